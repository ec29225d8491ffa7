import type { LeafOf } from '../tree.ts';
import { between, dayOf, dayRows, daysBefore, type Filter, scalar, startOf } from './filter.ts';

/** Amounts are whole cents in doubles, whose sum may fall short of its own last digit. */
const HALF_A_CENT = 0.005;

/**
 * Activity is kept by days of UTC, so the first day of the last N days counts whole. Once is a plain operator; how
 * often, or a sum, adds the rows up.
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

type Asked = LeafOf<'did'> | LeafOf<'did-not'>;

function rowOf(asked: Asked, now: Date): Filter {
  return { type: { $eq: scalar(asked.event) }, count: { $gte: 1 }, ...between('day', stretchOf(asked, now)) };
}

/** An aggregation would read a text that begins with "$" as a path: the event's name stands as a literal. */
function total(what: 'count' | 'sum', asked: Asked, now: Date): Filter {
  const { from, before } = stretchOf(asked, now);
  const rows = {
    input: dayRows,
    as: 'row',
    cond: {
      $and: [
        { $eq: ['$$row.type', { $literal: scalar(asked.event) }] },
        ...(from === undefined ? [] : [{ $gte: ['$$row.day', from] }]),
        ...(before === undefined ? [] : [{ $lt: ['$$row.day', before] }]),
      ],
    },
  };
  return { $sum: { $map: { input: { $filter: rows }, as: 'row', in: `$$row.${what}` } } };
}

function stretchOf({ days, since, before }: Asked, now: Date): { from?: Date; before?: Date } {
  return {
    ...(days === undefined ? {} : { from: dayOf(daysBefore(now, days)) }),
    ...(since === undefined ? {} : { from: startOf(since) }),
    ...(before === undefined ? {} : { before: startOf(before) }),
  };
}
