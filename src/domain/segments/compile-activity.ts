import { dayOf, dayRows, daysBefore, type Filter, scalar } from './filter.ts';
import type { LeafOf } from './tree.ts';

/** Amounts are whole cents in doubles, whose sum may fall short of its own last digit. */
const HALF_A_CENT = 0.005;

/**
 * Activity is kept by days of UTC, so the first day of the last N days counts whole. Once is a plain operator; more
 * often, or a sum, adds the rows up.
 */
export function compileDid(leaf: LeafOf<'did'>, now: Date): Filter {
  const once = { 'profile.days': { $elemMatch: rowOf(leaf, now) } };
  const { times = 1, sum } = leaf;
  if (times === 1 && sum === undefined) return once;
  return {
    $and: [
      once,
      ...(times === 1 ? [] : [{ $expr: { $gte: [total('count', leaf, now), scalar(times)] } }]),
      ...(sum === undefined
        ? []
        : [{ $expr: { $gte: [total('sum', leaf, now), scalar(sum) - HALF_A_CENT] } }]),
    ],
  };
}

export function compileDidNot(leaf: LeafOf<'did-not'>, now: Date): Filter {
  return { 'profile.days': { $not: { $elemMatch: rowOf(leaf, now) } } };
}

type Asked = { event: string; days?: number };

function rowOf(asked: Asked, now: Date): Filter {
  const since = firstDay(asked, now);
  return {
    type: { $eq: scalar(asked.event) },
    count: { $gte: 1 },
    ...(since === null ? {} : { day: { $gte: since } }),
  };
}

/** An aggregation would read a text that begins with "$" as a path: the event's name stands as a literal. */
function total(what: 'count' | 'sum', asked: Asked, now: Date): Filter {
  const since = firstDay(asked, now);
  const rows = {
    input: dayRows,
    as: 'row',
    cond: {
      $and: [
        { $eq: ['$$row.type', { $literal: scalar(asked.event) }] },
        ...(since === null ? [] : [{ $gte: ['$$row.day', since] }]),
      ],
    },
  };
  return { $sum: { $map: { input: { $filter: rows }, as: 'row', in: `$$row.${what}` } } };
}

function firstDay({ days }: Asked, now: Date): Date | null {
  return days === undefined ? null : dayOf(daysBefore(now, days));
}
