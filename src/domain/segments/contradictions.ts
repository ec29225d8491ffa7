import { isOfCampaign } from '../campaigns/run-id.ts';
import { type Fault, isGroup, type LeafOf, type Resolved, type ResolvedGroup } from './tree.ts';
import { zipsNear } from './zips-near.ts';

/** Something that must be true, or must not be, of everyone in a group, and the child of the group that says so. */
type Fact = { leaf: Resolved; holds: boolean; at: number };

/**
 * Children of one `all`, or of one `none`, of which nobody can match two at once, as far as two clauses show it; the
 * path begins at the group. A group may still match nobody for reasons that only three clauses, or the people, show.
 */
export function contradictions(group: ResolvedGroup): Fault[] {
  if (group.kind === 'any') return [];
  const facts = group.of.flatMap((child, at) => factsOf(child, group.kind === 'all', at));
  const nobody = facts.filter(
    ({ leaf, holds, at }) => leaf.kind === 'everyone' && !holds && isOwn(group, at),
  );
  return [
    ...nobody.map(({ at }) => ({
      path: `/of/${at}`,
      problem: 'Nobody can match: this leaves everyone out.',
    })),
    ...facts.flatMap((later, index) => {
      const earlier = facts.slice(0, index).find((one) => one.at !== later.at && clash(one, later));
      return earlier
        ? [{ path: `/of/${later.at}`, problem: `Nobody can match both this and clause ${earlier.at + 1}.` }]
        : [];
    }),
  ];
}

/** A nested group has said so of its own children already. */
const isOwn = (group: ResolvedGroup, at: number): boolean => {
  const child = group.of[at];
  return child !== undefined && !isGroup(child);
};

/** Groups that only say "all of these hold", or "none of these", are taken apart; others stand whole. */
function factsOf(tree: Resolved, holds: boolean, at: number): Fact[] {
  if (tree.kind === 'did-not') {
    const did = { kind: 'did' as const, event: tree.event };
    const leaf = tree.days === undefined ? did : { ...did, days: tree.days };
    return [{ leaf, holds: !holds, at }];
  }
  if (isGroup(tree)) {
    if (tree.kind === 'all' && holds) return tree.of.flatMap((child) => factsOf(child, true, at));
    if (tree.kind === 'none' && holds) return tree.of.flatMap((child) => factsOf(child, false, at));
    if (tree.kind === 'any' && !holds) return tree.of.flatMap((child) => factsOf(child, false, at));
  }
  return [{ leaf: tree, holds, at }];
}

function clash(one: Fact, other: Fact): boolean {
  if (one.holds && other.holds) return areDisjoint(one.leaf, other.leaf);
  if (one.holds === other.holds) return false;
  return one.holds ? implies(one.leaf, other.leaf) : implies(other.leaf, one.leaf);
}

function areDisjoint(one: Resolved, other: Resolved): boolean {
  if (one.kind === 'age' && other.kind === 'age') {
    return (one.from ?? 0) > (other.to ?? Infinity) || (other.from ?? 0) > (one.to ?? Infinity);
  }
  const [a, b] = [choiceOf(one), choiceOf(other)];
  return a !== null && a.of === b?.of && [...a.values].every((value) => !b.values.has(value));
}

/** Whether whoever matches the first surely matches the second. */
function implies(one: Resolved, other: Resolved): boolean {
  if (JSON.stringify(one) === JSON.stringify(other)) return true;
  if (one.kind === 'did' && other.kind === 'did') {
    const wider = (other.days ?? Infinity) >= (one.days ?? Infinity);
    const weaker = (other.times ?? 1) <= (one.times ?? 1) && (other.sum ?? 0) <= (one.sum ?? 0);
    return (
      one.event === other.event && wider && weaker && (other.sum === undefined || other.days === one.days)
    );
  }
  if (one.kind === 'age' && other.kind === 'age') {
    return (one.from ?? 0) >= (other.from ?? 0) && (one.to ?? Infinity) <= (other.to ?? Infinity);
  }
  if (one.kind === 'sent' && other.kind === 'sent') return isSentWider(one, other);
  if (one.kind === 'replied' && other.kind === 'replied') {
    return (other.days ?? Infinity) >= (one.days ?? Infinity);
  }
  if (one.kind === 'ignored' && other.kind === 'ignored') return other.last <= one.last;
  const [a, b] = [choiceOf(one), choiceOf(other)];
  if (a === null || a.of !== b?.of || isTimed(other)) return false;
  return [...a.values].every((value) => b.values.has(value));
}

function isSentWider(one: LeafOf<'sent'>, other: LeafOf<'sent'>): boolean {
  return (
    (other.campaign === undefined ||
      (one.campaign !== undefined && isOfCampaign(one.campaign, other.campaign))) &&
    (other.delivered === undefined || one.delivered === true) &&
    (other.clicked === undefined || other.clicked === one.clicked) &&
    (other.days ?? Infinity) >= (one.days ?? Infinity)
  );
}

const SINGLE = [
  'gender',
  'language',
  'country',
  'state',
  'city',
  'zip',
  'zone',
  'stage',
  'area-code',
  'engagement',
  'contact',
];

/** What a person has one value of at most, and the values that a clause lets through. */
function choiceOf(leaf: Resolved): { of: string; values: ReadonlySet<unknown> } | null {
  if ('oneOf' in leaf) {
    return SINGLE.includes(leaf.kind) ? { of: leaf.kind, values: new Set<unknown>(leaf.oneOf) } : null;
  }
  if (leaf.kind === 'near') return { of: 'zip', values: new Set(zipsNear(leaf.zip, leaf.miles)) };
  if (leaf.kind !== 'field') return null;
  const values = testedValues(leaf.test);
  return values === null ? null : { of: `field ${leaf.name}`, values: new Set(values) };
}

function testedValues(test: LeafOf<'field'>['test']): readonly unknown[] | null {
  if (test.kind === 'is') return [test.value];
  return test.kind === 'one-of' ? test.values : null;
}

const isTimed = (leaf: Resolved): boolean =>
  leaf.kind === 'stage' && (leaf.olderThanDays !== undefined || leaf.newerThanDays !== undefined);
