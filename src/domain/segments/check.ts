import { isOfCampaign } from '../campaigns/recurrence.ts';
import { activityFaults, areDidApart, impliesActivity, typeFaults } from './clauses/activity.ts';
import {
  areApart,
  isWithin,
  type Reaches,
  range,
  rangeFaults,
  type SegmentContext,
  span,
  spanFaults,
  type ValueRange,
  values,
  whole,
} from './clauses/clause.ts';
import { programFaults, subscriptionReaches } from './clauses/consent.ts';
import { fieldFaults, fieldReaches } from './clauses/custom-field.ts';
import { nameFaults, stageFaults } from './clauses/person.ts';
import { countriesOf, fitsIn, placeFaults, UNPLACED } from './clauses/place.ts';
import type { ClauseFault } from './clauses/shapes.ts';
import {
  type GroupKind,
  isGroup,
  type Leaf,
  type LeafOf,
  MOST_DEPTH,
  type Resolved,
  type ResolvedGroup,
  type ResolvedLeaf,
  type Tree,
} from './tree.ts';
import { isPlaced, zipsNear } from './zip-radius.ts';

type Checked = { ok: true; tree: Resolved } | { ok: false; faults: ClauseFault[] };

/** Limits for a resolved tree, in which every named segment is replaced by its own tree. */
const MOST_RESOLVED = { clauses: 1000, values: 20_000, depth: 3 * MOST_DEPTH };

/** Resolves a tree, or returns all its faults with their places. */
export function check(tree: Tree, known: SegmentContext, looking: CheckCache = newCheckCache()): Checked {
  const size = { clauses: 0, values: 0, over: false };
  const faults: ClauseFault[] = [];
  const trail = known.self === null ? [] : [known.self];
  const resolved = resolve(tree, { path: '', depth: 1, trail }, { known, size, faults, looking });
  if (size.over) return { ok: false, faults: [TOO_LARGE] };
  return resolved === null || faults.length > 0 ? { ok: false, faults } : { ok: true, tree: resolved };
}

const TOO_LARGE: ClauseFault = {
  path: '',
  problem: `Together with the segments that it names, this has more than ${MOST_RESOLVED.clauses} clauses, ${MOST_RESOLVED.depth} levels or ${MOST_RESOLVED.values} values.`,
};

type NodePosition = { path: string; depth: number; trail: readonly string[] };
type Work = {
  known: SegmentContext;
  size: { clauses: number; values: number; over: boolean };
  faults: ClauseFault[];
  looking: CheckCache;
};

/** Resolves a node. Null where it has faults, which are then in `work.faults`, or where the tree is too large. */
function resolve(tree: Tree, position: NodePosition, work: Work): Resolved | null {
  const { size, faults, looking } = work;
  size.clauses += 1;
  size.values += valuesOf(tree, looking);
  size.over ||=
    size.clauses > MOST_RESOLVED.clauses ||
    size.values > MOST_RESOLVED.values ||
    position.depth > MOST_RESOLVED.depth;
  if (size.over) return null;
  if (tree.kind === 'segment') return resolveSegment(tree.id, position, work);
  if (!isGroup(tree)) {
    for (const { path, problem } of leafFaults(tree, work.known)) {
      faults.push({ path: `${position.path}${path}`, problem });
    }
    return tree;
  }
  if (tree.of.length === 0) faults.push({ path: `${position.path}/of`, problem: EMPTY[tree.kind] });
  const before = faults.length;
  const children = tree.of.map((child, at) =>
    resolve(child, { ...position, path: `${position.path}/of/${at}`, depth: position.depth + 1 }, work),
  );
  const whole = children.filter((child) => child !== null);
  if (whole.length < children.length) return null;
  const resolved = { kind: tree.kind, of: whole };
  if (faults.length === before) {
    for (const { path, problem } of contradictions(resolved, looking)) {
      faults.push({ path: `${position.path}${path}`, problem });
    }
  }
  return resolved;
}

function valuesOf(tree: Tree, { zipsNear }: CheckCache): number {
  if ('oneOf' in tree) return tree.oneOf.length;
  if (tree.kind === 'near') return zipsNear(tree.zip, tree.miles).length;
  if (tree.kind === 'subscription') return tree.topics?.length ?? 0;
  return tree.kind === 'field' && tree.test.kind === 'one-of' ? tree.test.values.length : 0;
}

const EMPTY: Record<GroupKind, string> = {
  all: 'This “all” holds no clause; “everyone” says it plainly.',
  any: 'This “any” holds no clause, so nobody can match it.',
  none: 'This “none” holds no clause; “everyone” says it plainly.',
};

/** Any fault inside a named segment is reported as a fault of the clause that names it. */
function resolveSegment(id: string, position: NodePosition, work: Work): Resolved | null {
  const path = `${position.path}/id`;
  if (position.trail.includes(id)) {
    work.faults.push({
      path,
      problem: 'This segment contains itself through other segments. Remove this clause.',
    });
    return null;
  }
  const saved = work.known.segments.find((segment) => segment.id === id);
  if (!saved) {
    work.faults.push({ path, problem: 'There is no such segment.' });
    return null;
  }
  const inner: Work = { ...work, faults: [] };
  const trail = [...position.trail, id];
  const resolved = resolve(saved.tree, { path: '', depth: position.depth + 1, trail }, inner);
  const [first] = inner.faults;
  if (first) {
    const position = first.path === '' ? '' : ` at ${first.path}`;
    work.faults.push({
      path,
      problem: `The segment “${saved.name}” has a fault itself${position}: ${first.problem}`,
    });
  }
  return resolved;
}

/**
 * A clause that must be true (`holds`), or false, of everyone in a group, and the index of the group's child that
 * says so.
 */
type Assertion = { leaf: Resolved; holds: boolean; at: number };

/**
 * Finds children of an `all` or `none` group that nobody can match together. Only pairs of clauses are compared, up
 * to a limit. A group without such a pair may still match nobody. Paths begin at the group.
 */
export function contradictions(group: ResolvedGroup, looking: CheckCache = newCheckCache()): ClauseFault[] {
  if (group.kind === 'any') return [];
  const facts = group.of.flatMap((child, at) => factsOf(child, group.kind === 'all', at));
  const nobody = facts.filter(
    ({ leaf, holds, at }) => leaf.kind === 'everyone' && !holds && isOwn(group, at),
  );
  return [
    ...nobody.map(({ at }) => ({
      path: `/of/${at}`,
      problem: 'Nobody can match, because this leaves everyone out.',
    })),
    ...facts.flatMap((later, index) => {
      const earlier = facts
        .slice(0, index)
        .find((fact) => fact.at !== later.at && looking.mayCompare() && clash(fact, later, looking));
      return earlier
        ? [{ path: `/of/${later.at}`, problem: `Nobody can match both this and clause ${earlier.at + 1}.` }]
        : [];
    }),
  ];
}

/** True for a child that is a clause. A nested group reports its own children itself. */
const isOwn = (group: ResolvedGroup, at: number): boolean => {
  const child = group.of[at];
  return child !== undefined && !isGroup(child);
};

/**
 * Splits groups that only say "all of these hold" or "none of these holds" into their clauses; other groups stay
 * whole.
 */
function factsOf(tree: Resolved, holds: boolean, at: number): Assertion[] {
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

function clash(first: Assertion, second: Assertion, looking: CheckCache): boolean {
  if (first.holds && second.holds) return areDisjoint(first.leaf, second.leaf, looking);
  if (first.holds === second.holds) return false;
  return first.holds ? implies(first.leaf, second.leaf, looking) : implies(second.leaf, first.leaf, looking);
}

function areDisjoint(first: Resolved, second: Resolved, { reachesOf }: CheckCache): boolean {
  if (isGroup(first) || isGroup(second)) return false;
  if (first.kind === 'did' && second.kind === 'did') return areDidApart(first, second);
  const [a, b] = [reachesOf(first), reachesOf(second)];
  const apart = (firstRanges: readonly ValueRange[], secondRanges: readonly ValueRange[]): boolean =>
    firstRanges.some((reach) => secondRanges.some((another) => areApart(reach, another)));
  return apart(a.says, b.says) || apart(a.says, b.ifKnown) || apart(a.ifKnown, b.says);
}

/** True where everyone who matches the first clause surely matches the second. */
function implies(first: Resolved, second: Resolved, { reachesOf, textOf }: CheckCache): boolean {
  if (textOf(first) === textOf(second)) return true;
  if (first.kind === 'did' && second.kind === 'did') return impliesActivity(first, second);
  if (first.kind === 'sent' && second.kind === 'sent') return isSentWider(first, second);
  if (first.kind === 'ignored' && second.kind === 'sent') return isSentWider({ kind: 'sent' }, second);
  if (first.kind === 'replied' && second.kind === 'replied') {
    return (second.days ?? Infinity) >= (first.days ?? Infinity);
  }
  if (first.kind === 'ignored' && second.kind === 'ignored') return second.last <= first.last;
  if (first.kind === 'subscription' && second.kind === 'subscription')
    return isSubscribedWider(first, second);
  if (isGroup(first) || isGroup(second)) return false;
  const [a, b] = [reachesOf(first), reachesOf(second)];
  return b.whole && b.says.every((wider) => a.says.some((reach) => isWithin(reach, wider)));
}

function isSentWider(first: LeafOf<'sent'>, second: LeafOf<'sent'>): boolean {
  return (
    (second.campaign === undefined ||
      (first.campaign !== undefined && isOfCampaign(first.campaign, second.campaign))) &&
    (second.delivered === undefined || first.delivered === true) &&
    (second.clicked === undefined || second.clicked === first.clicked) &&
    (second.days ?? Infinity) >= (first.days ?? Infinity)
  );
}

function isSubscribedWider(first: LeafOf<'subscription'>, second: LeafOf<'subscription'>): boolean {
  const isIn = <T>(narrower: readonly T[] | undefined, wider: readonly T[] | undefined): boolean =>
    wider === undefined || (narrower?.every((value) => wider.includes(value)) ?? false);
  const older = second.olderThanDays === undefined || (first.olderThanDays ?? 0) >= second.olderThanDays;
  const newer =
    second.newerThanDays === undefined || (first.newerThanDays ?? Infinity) <= second.newerThanDays;
  return (
    first.state === second.state &&
    (second.program === undefined || first.program === second.program) &&
    isIn(first.topics, second.topics) &&
    isIn(first.channels, second.channels) &&
    isIn(first.purposes, second.purposes) &&
    older &&
    newer
  );
}

/** Finds the faults of a single clause. Paths begin at the clause. */
function leafFaults(leaf: Leaf, known: SegmentContext): ClauseFault[] {
  switch (leaf.kind) {
    case 'age':
      return rangeFaults(leaf.from, leaf.to, ['from', 'to'], '');
    case 'field':
      return fieldFaults(leaf, known);
    case 'stage':
      return [...stageFaults(leaf, known), ...spanFaults(leaf)];
    case 'country':
    case 'state':
    case 'zip':
    case 'zone':
      return placeFaults(leaf);
    case 'added':
      return leaf.olderThanDays === undefined && leaf.newerThanDays === undefined
        ? [{ path: '', problem: 'This clause asks nothing: it needs olderThanDays or newerThanDays.' }]
        : spanFaults(leaf);
    case 'subscription':
      return [...programFaults(leaf, known), ...spanFaults(leaf)];
    case 'did':
    case 'did-not':
      return [...typeFaults(leaf), ...activityFaults(leaf, known.now, known.isAskedLater === true)];
    case 'interest':
    case 'list':
      return nameFaults(leaf);
    case 'near':
      return isPlaced(leaf.zip) ? [] : [{ path: '/zip', problem: UNPLACED }];
    case 'sent':
      return leaf.campaign === undefined || known.campaigns.some(({ id }) => id === leaf.campaign)
        ? []
        : [{ path: '/campaign', problem: 'There is no such campaign.' }];
    default:
      leaf.kind satisfies FaultlessKind;
      return [];
  }
}

/** Clauses whose shape leaves nothing to check. A new kind belongs here, or gets a check above. */
type FaultlessKind =
  | 'everyone'
  | 'gender'
  | 'language'
  | 'city'
  | 'zip-area'
  | 'area-code'
  | 'weak-zone'
  | 'contact'
  | 'known'
  | 'engagement'
  | 'replied'
  | 'ignored'
  | 'segment';

/**
 * The most pairs of clauses that one check compares. A tree that names no segment has at most 19,900, all of which
 * are compared.
 */
const MOST_PAIRS = 50_000;

/** The cache of one check: each value is computed once, however many other clauses a clause is compared with. */
type CheckCache = {
  zipsNear: typeof zipsNear;
  reachesOf: (leaf: ResolvedLeaf) => Reaches;
  /** A text that is equal for two clauses that are written alike. */
  textOf: (tree: Resolved) => string;
  /** Counts a comparison, and returns whether it is within the limit. */
  mayCompare: () => boolean;
};

export function newCheckCache(walk: typeof zipsNear = zipsNear): CheckCache {
  const [near, reaches, texts] = [new Map<string, string[]>(), new WeakMap(), new WeakMap()];
  let compared = 0;
  const looking: CheckCache = {
    zipsNear: (zip, miles) => once(near, `${zip} ${miles}`, () => walk(zip, miles)),
    reachesOf: (leaf) => once(reaches, leaf, () => reachesOf(leaf, looking.zipsNear)),
    textOf: (tree) => once(texts, tree, () => JSON.stringify(tree)),
    mayCompare: () => {
      compared += 1;
      return compared <= MOST_PAIRS;
    },
  };
  return looking;
}

type Kept<K, V> = { get: (key: K) => V | undefined; set: (key: K, value: V) => unknown };

function once<K, V>(kept: Kept<K, V>, key: K, work: () => V): V {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const value = work();
  kept.set(key, value);
  return value;
}

/** `near`: finds the ZIP codes around a ZIP code. */
function reachesOf(leaf: ResolvedLeaf, near: typeof zipsNear): Reaches {
  switch (leaf.kind) {
    case 'age':
      return whole(range('birth-date', leaf.from, leaf.to));
    case 'known':
      return whole({ of: leaf.what, kind: 'any' });
    case 'zip-area':
      return whole(
        { of: 'zip', kind: 'beginnings', beginnings: new Set(leaf.oneOf) },
        { ifKnown: [countriesOf(leaf.oneOf, (area, country) => /^\d/.test(area) === (country === 'US'))] },
      );
    case 'near':
      return whole(values('zip', near(leaf.zip, leaf.miles)), { ifKnown: [values('country', ['US'])] });
    case 'field':
      return whole(fieldReaches(leaf));
    case 'stage':
      return whole([values('stage', leaf.oneOf), ...span('stage since', leaf)]);
    case 'added':
      return whole(span('added', leaf));
    case 'subscription':
      return { says: subscriptionReaches(leaf), whole: false, ifKnown: [] };
    case 'state':
    case 'zip':
      return whole(values(leaf.kind, leaf.oneOf), { ifKnown: [countriesOf(leaf.oneOf, fitsIn(leaf.kind))] });
    default:
      if (isSingle(leaf)) return whole(values(leaf.kind, leaf.oneOf));
      leaf.kind satisfies IncomparableKind;
      return NOTHING;
  }
}

/** Clauses that contradict no other clause by their values. A new kind belongs here, or gets a case above. */
type IncomparableKind =
  | 'everyone'
  | 'weak-zone'
  | 'interest'
  | 'list'
  | 'did'
  | 'did-not'
  | 'sent'
  | 'replied'
  | 'ignored';

const NOTHING: Reaches = { says: [], whole: false, ifKnown: [] };

const SINGLE = [
  'gender',
  'language',
  'country',
  'city',
  'zone',
  'area-code',
  'engagement',
  'contact',
] as const;
type Single = LeafOf<(typeof SINGLE)[number]>;
const isSingle = (leaf: ResolvedLeaf): leaf is Single => SINGLE.some((kind) => kind === leaf.kind);
