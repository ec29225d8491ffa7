import { dayWords } from '../../console-time.ts';
import { firstRemembered, LEVELS, REMEMBERED_DAYS, stretchOf } from '../../contacts/activity.ts';
import { EVENT_TYPE, EVENT_TYPE_LETTERS } from '../../contacts/profile.ts';
import { utcDay } from '../../durations.ts';
import { dateAfter } from '../../hours/local-time.ts';
import type { LeafOf } from '../tree.ts';
import {
  amongWords,
  between,
  dayOf,
  dayRows,
  daysBefore,
  type Filter,
  type Predicate,
  quoted,
  reversedFaults,
  scalar,
  startOf,
  within,
} from './clause.ts';
import type { ClauseFault } from './shapes.ts';

type ActivityClause = LeafOf<'did'> | LeafOf<'did-not'>;

/**
 * Finds the faults of a clause about activity. A day in the future is no fault where the clause is evaluated later
 * than `now`.
 */
export const activityFaults = (leaf: ActivityClause, now: Date, isAskedLater: boolean): ClauseFault[] => [
  ...(leaf.kind === 'did' ? boundFaults(leaf) : []),
  ...timeFaults(leaf, now, isAskedLater),
];

export const comingProblem = ({ since }: ActivityClause, at: Date): string | null =>
  since !== undefined && since > utcDay(at)
    ? `${since} lies in the future, so nobody did anything since then.`
    : null;

function boundFaults({ times, timesAtMost, sum, sumAtMost }: LeafOf<'did'>): ClauseFault[] {
  const sums = reversedFaults(sum, sumAtMost, '/sum');
  if (times !== 0 && timesAtMost !== 0) return [...reversedFaults(times, timesAtMost, '/times'), ...sums];
  if (times === 0 && timesAtMost !== undefined && timesAtMost > 0) {
    const problem = `“did” begins at once. 0 to ${timesAtMost} times is a “none” of “did” with "times": ${timesAtMost + 1}.`;
    return [{ path: '/times', problem }, ...sums];
  }
  const path = times === 0 ? '/times' : '/timesAtMost';
  return [{ path, problem: '“did” begins at once. Who did it 0 times is asked for by “did-not”.' }, ...sums];
}

/**
 * Activity is forgotten after some time, so a clause about older days is refused: `did-not` would match everybody.
 */
function timeFaults(leaf: ActivityClause, now: Date, isAskedLater: boolean): ClauseFault[] {
  const { days, since, before } = leaf;
  if (days !== undefined && (since !== undefined || before !== undefined)) {
    return [
      { path: '/days', problem: 'The period is given twice. Give it by days, or by since and before.' },
    ];
  }
  if (since !== undefined && before !== undefined && since >= before) {
    return [{ path: '/since', problem: `No day lies from ${since} on and before ${before}.` }];
  }
  const coming = isAskedLater ? null : comingProblem(leaf, now);
  if (coming !== null) return [{ path: '/since', problem: coming }];
  const first = utcDay(firstRemembered(now));
  const problem = `Activity is kept for ${REMEMBERED_DAYS} days, now since ${first}.`;
  if (since !== undefined && since < first) {
    return [{ path: '/since', problem: `${problem} Take that day or a later one.` }];
  }
  if (before === undefined || before > first) return [];
  return [{ path: '/before', problem: `${problem} Take a later day.` }];
}

type Did = LeafOf<'did'>;

/**
 * True where everyone who matches the first clause surely matches the second. A longer period contains at least as
 * many events, so minimum counts carry over to it. Maximum counts and sums carry over only to the same period,
 * since amounts may be negative.
 */
export function impliesActivity(first: Did, second: Did): boolean {
  if (first.event !== second.event || !isWithinTime(first, second)) return false;
  const { times = 1, timesAtMost, sum, sumAtMost } = second;
  const needsSame = timesAtMost !== undefined || sum !== undefined || sumAtMost !== undefined;
  return (
    (!needsSame || isWithinTime(second, first)) &&
    (first.times ?? 1) >= times &&
    (first.timesAtMost ?? Infinity) <= (timesAtMost ?? Infinity) &&
    (first.sum ?? -Infinity) >= (sum ?? -Infinity) &&
    (first.sumAtMost ?? Infinity) <= (sumAtMost ?? Infinity)
  );
}

/** True where nobody matches both: one clause asks for more than the other allows. */
export const areDidApart = (first: Did, second: Did): boolean =>
  first.event === second.event && (exceeds(first, second) || exceeds(second, first));

function exceeds(first: Did, second: Did): boolean {
  if (!isWithinTime(first, second)) return false;
  if ((first.times ?? 1) > (second.timesAtMost ?? Infinity)) return true;
  return isWithinTime(second, first) && (first.sum ?? -Infinity) > (second.sumAtMost ?? Infinity);
}

const [FIRST, LAST] = ['', '~'];

/**
 * True where the first period always lies within the second. A period counted back from today is not compared with
 * calendar dates.
 */
function isWithinTime(first: Did, second: Did): boolean {
  return (
    (first.days ?? Infinity) <= (second.days ?? Infinity) &&
    (first.since ?? FIRST) >= (second.since ?? FIRST) &&
    (first.before ?? LAST) <= (second.before ?? LAST)
  );
}

/** Refuses event types of another shape: a misspelt type would match nobody. */
export function typeFaults({ event }: LeafOf<'did' | 'did-not'>): ClauseFault[] {
  const problem = `No event is of such a type: it is ${EVENT_TYPE_LETTERS}.`;
  return EVENT_TYPE.test(event) ? [] : [{ path: '/event', problem }];
}

/** Amounts are whole cents stored as doubles, whose sum may be slightly too small. */
const HALF_A_CENT = 0.005;

/**
 * Activity is stored by UTC days, so the first of the last N days counts whole. "At least once" needs a plain
 * operator; other counts, and sums, add up the days.
 */
export function compileDid(leaf: LeafOf<'did'>, now: Date): Filter {
  const once = { 'profile.days': { $elemMatch: rowOf(leaf, now) } };
  const { times = 1, timesAtMost, sum, sumAtMost } = leaf;
  const totals = [
    ...(times === 1 ? [] : [{ $gte: [total('count', leaf, now), scalar(times)] }]),
    ...(timesAtMost === undefined ? [] : [{ $lte: [total('count', leaf, now), scalar(timesAtMost)] }]),
    ...(sum === undefined ? [] : [{ $gte: [total('sum', leaf, now), scalar(sum) - HALF_A_CENT] }]),
    ...(sumAtMost === undefined
      ? []
      : [{ $lte: [total('sum', leaf, now), scalar(sumAtMost) + HALF_A_CENT] }]),
  ];
  return totals.length === 0 ? once : { $and: [once, ...totals.map((compared) => ({ $expr: compared }))] };
}

export function compileDidNot(leaf: LeafOf<'did-not'>, now: Date): Filter {
  return { 'profile.days': { $not: { $elemMatch: rowOf(leaf, now) } } };
}

type ActivityLeaf = LeafOf<'did'> | LeafOf<'did-not'>;

function rowOf(leaf: ActivityLeaf, now: Date): Filter {
  return {
    type: { $eq: scalar(leaf.event) },
    count: { $gte: 1 },
    ...between('day', periodFilter(leaf, now)),
  };
}

/** An aggregation reads a string that begins with "$" as a path, so the event's type is passed as a literal. */
function total(quantity: 'count' | 'sum', leaf: ActivityLeaf, now: Date): Filter {
  const { from, before } = periodFilter(leaf, now);
  const rows = {
    input: dayRows,
    as: 'row',
    cond: {
      $and: [
        { $eq: ['$$row.type', { $literal: scalar(leaf.event) }] },
        ...(from === undefined ? [] : [{ $gte: ['$$row.day', from] }]),
        ...(before === undefined ? [] : [{ $lt: ['$$row.day', before] }]),
      ],
    },
  };
  return { $sum: { $map: { input: { $filter: rows }, as: 'row', in: `$$row.${quantity}` } } };
}

function periodFilter({ days, since, before }: ActivityLeaf, now: Date): { from?: Date; before?: Date } {
  return {
    ...(days === undefined ? {} : { from: dayOf(daysBefore(now, days)) }),
    ...(since === undefined ? {} : { from: startOf(since) }),
    ...(before === undefined ? {} : { before: startOf(before) }),
  };
}

/**
 * Each level is a range of `fadesAt`. Dormant also includes contacts without that value, which no range finds.
 * Throws TypeError at an unknown level.
 */
export function compileEngagement({ oneOf }: LeafOf<'engagement'>, now: Date): Filter {
  const path = 'profile.fadesAt';
  return {
    $or: oneOf.map((level) => {
      if (!Object.hasOwn(LEVELS, level)) throw new TypeError('there is no such level of engagement');
      const { from, before } = stretchOf(level, now);
      if (from === null) return before === null ? {} : { [path]: { $not: { $gte: before } } };
      return { [path]: { $gte: from, ...(before === null ? {} : { $lt: before }) } };
    }),
  };
}

const ACTS: ReadonlyMap<string, [past: string, verb: string]> = new Map([
  ['purchase', ['bought', 'buy']],
  ['click', ['clicked a link', 'click a link']],
]);

export function didPredicate(leaf: LeafOf<'did'> | LeafOf<'did-not'>): Predicate {
  const { event } = leaf;
  const [past, verb] = ACTS.get(event) ?? [`did ${quoted(event)}`, `do ${quoted(event)}`];
  const rest = [...(leaf.kind === 'did' ? [...often(leaf), ...worth(leaf)] : []), ...during(leaf)];
  const [did, didNot] = [[past, ...rest].join(' '), [`did not ${verb}`, ...rest].join(' ')];
  return leaf.kind === 'did' ? { is: did, isNot: didNot } : { is: didNot, isNot: did };
}

/**
 * "1 to 3 times" says that the person did it at least once; "at most 3 times" would include people who never did.
 */
function often({ times = 1, timesAtMost: most }: LeafOf<'did'>): string[] {
  if (most === undefined) return times > 1 ? [`at least ${times} times`] : [];
  if (times < most) return [`${times} to ${most} times`];
  return [most === 1 ? 'exactly once' : `exactly ${most} times`];
}

function worth({ sum, sumAtMost: most }: LeafOf<'did'>): string[] {
  if (sum === undefined && most === undefined) return [];
  if (most === undefined) return [`for at least ${sum} in all`];
  if (sum === undefined) return [`for at most ${most} in all`];
  return [sum === most ? `for exactly ${sum} in all` : `for ${sum} to ${most} in all`];
}

/** Words both ends of a period as days that belong to it. */
function during({ days, since, before }: LeafOf<'did'> | LeafOf<'did-not'>): string[] {
  if (since !== undefined && before !== undefined) {
    const [first, last] = [dayWords(since), dayWords(dateAfter(before, -1))];
    return [first === last ? `on ${first}` : `from ${first} to ${last}`];
  }
  if (since !== undefined) return [`since ${dayWords(since)}`];
  return before === undefined ? lately(days) : [`before ${dayWords(before)}`];
}

export function engagementPredicate({ oneOf }: LeafOf<'engagement'>): Predicate {
  const levels = amongWords(oneOf.map((level) => level.replace('-', ' ')));
  return { is: `is ${levels} by engagement`, isNot: `is not ${levels} by engagement` };
}

export const lately = (days: number | undefined): string[] =>
  days === undefined ? [] : [within('last', days)];
