import { isOfCampaign } from '../../campaigns/run-id.ts';
import { type Fault, isGroup, type LeafOf, type Resolved, type ResolvedGroup } from '../tree.ts';
import { areDidApart, didImplies } from './contradictions-activity.ts';
import { type Looking, newLooking } from './looking.ts';
import { areApart, isWithin, type Reach } from './reach.ts';

/** Something that must be true, or must not be, of everyone in a group, and the child of the group that says so. */
type Fact = { leaf: Resolved; holds: boolean; at: number };

/**
 * Children of one `all`, or of one `none`, of which nobody can match two at once, as far as two clauses show it; the
 * path begins at the group. A group may still match nobody for reasons that only three clauses, or the people, show, or
 * that two show of more than are compared.
 */
export function contradictions(group: ResolvedGroup, looking: Looking = newLooking()): Fault[] {
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
      const earlier = facts
        .slice(0, index)
        .find((one) => one.at !== later.at && looking.mayCompare() && clash(one, later, looking));
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
    return [{ leaf: { ...tree, kind: 'did' }, holds: !holds, at }];
  }
  if (isGroup(tree)) {
    if (tree.kind === 'all' && holds) return tree.of.flatMap((child) => factsOf(child, true, at));
    if (tree.kind === 'none' && holds) return tree.of.flatMap((child) => factsOf(child, false, at));
    if (tree.kind === 'any' && !holds) return tree.of.flatMap((child) => factsOf(child, false, at));
  }
  return [{ leaf: tree, holds, at }];
}

function clash(one: Fact, other: Fact, looking: Looking): boolean {
  if (one.holds && other.holds) return areDisjoint(one.leaf, other.leaf, looking);
  if (one.holds === other.holds) return false;
  return one.holds ? implies(one.leaf, other.leaf, looking) : implies(other.leaf, one.leaf, looking);
}

function areDisjoint(one: Resolved, other: Resolved, { reachesOf }: Looking): boolean {
  if (isGroup(one) || isGroup(other)) return false;
  if (one.kind === 'did' && other.kind === 'did') return areDidApart(one, other);
  const [a, b] = [reachesOf(one), reachesOf(other)];
  const apart = (some: readonly Reach[], others: readonly Reach[]): boolean =>
    some.some((reach) => others.some((another) => areApart(reach, another)));
  return apart(a.says, b.says) || apart(a.says, b.ifKnown) || apart(a.ifKnown, b.says);
}

/** Whether whoever matches the first surely matches the second. */
function implies(one: Resolved, other: Resolved, { reachesOf, textOf }: Looking): boolean {
  if (textOf(one) === textOf(other)) return true;
  if (one.kind === 'did' && other.kind === 'did') return didImplies(one, other);
  if (one.kind === 'sent' && other.kind === 'sent') return isSentWider(one, other);
  if (one.kind === 'ignored' && other.kind === 'sent') return isSentWider({ kind: 'sent' }, other);
  if (one.kind === 'replied' && other.kind === 'replied') {
    return (other.days ?? Infinity) >= (one.days ?? Infinity);
  }
  if (one.kind === 'ignored' && other.kind === 'ignored') return other.last <= one.last;
  if (one.kind === 'subscription' && other.kind === 'subscription') return isSubscribedWider(one, other);
  if (isGroup(one) || isGroup(other)) return false;
  const [a, b] = [reachesOf(one), reachesOf(other)];
  return b.whole && b.says.every((wider) => a.says.some((reach) => isWithin(reach, wider)));
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

function isSubscribedWider(one: LeafOf<'subscription'>, other: LeafOf<'subscription'>): boolean {
  const isIn = <T>(some: readonly T[] | undefined, wider: readonly T[] | undefined): boolean =>
    wider === undefined || (some?.every((value) => wider.includes(value)) ?? false);
  const older = other.olderThanDays === undefined || (one.olderThanDays ?? 0) >= other.olderThanDays;
  const newer = other.newerThanDays === undefined || (one.newerThanDays ?? Infinity) <= other.newerThanDays;
  return (
    one.state === other.state &&
    (other.program === undefined || one.program === other.program) &&
    isIn(one.topics, other.topics) &&
    isIn(one.channels, other.channels) &&
    isIn(one.purposes, other.purposes) &&
    older &&
    newer
  );
}
