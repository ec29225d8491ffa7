import { beginningOfRuns } from '../../campaigns/run-id.ts';
import { REMEMBERED_SENDS } from '../clauses.ts';
import type { LeafOf } from '../tree.ts';
import { beginningWith, dayRows, daysBefore, type Filter, scalar } from './filter.ts';

const EVER = new Date(0);

const since = (days: number | undefined, now: Date): Date =>
  days === undefined ? EVER : daysBefore(now, days);

/**
 * One message that is all of it at once. One of which nobody knows whether the carrier took it counts as sent, so that nobody
 * is taken for one who did not get it and may have; but it is none that somebody left unclicked.
 */
export function compileSent({ campaign, delivered, clicked, days }: LeafOf<'sent'>, now: Date): Filter {
  const one: Filter = {
    ...(campaign === undefined ? {} : ofCampaign(scalar(campaign))),
    ...(delivered === undefined ? {} : { delivered: { $eq: scalar(delivered) } }),
    // Noted only where it is so.
    ...(clicked === undefined
      ? {}
      : clicked === false
        ? { clicked: { $ne: true }, unknown: { $ne: true } }
        : { clicked: { $eq: scalar(clicked) } }),
    at: { $gte: since(days, now) },
  };
  return { sends: { $elemMatch: one } };
}

/** A recurrence sends nothing itself: whoever asks for it means its runs. */
const ofCampaign = (id: string): Filter => ({
  $or: [{ campaign: { $eq: id } }, beginningWith('campaign', [beginningOfRuns(id)])],
});

export function compileReplied({ days }: LeafOf<'replied'>, now: Date): Filter {
  return { repliedAt: { $gte: since(days, now) } };
}

/**
 * Messages stand newest first, those that the carrier may not have taken behind them, so the last N begin at place N - 1. Clicks are known by days of UTC: one on the day of
 * that message counts as an answer to it. Throws a TypeError where it is no place in the list.
 */
export function compileIgnored({ last }: LeafOf<'ignored'>): Filter {
  if (!Number.isInteger(last) || last < 1 || last > REMEMBERED_SENDS)
    throw new TypeError('no place in a list');
  const first = { $arrayElemAt: ['$sends.at', last - 1] };
  const clicked = {
    $and: [
      { $eq: ['$$row.type', 'click'] },
      { $gte: ['$$row.day', { $dateTrunc: { date: first, unit: 'day' } }] },
    ],
  };
  return {
    [`sends.${last - 1}.at`]: { $gte: EVER },
    [`sends.${last - 1}.unknown`]: { $ne: true },
    $expr: {
      $and: [
        { $lt: [{ $ifNull: ['$repliedAt', EVER] }, first] },
        { $eq: [{ $size: { $filter: { input: dayRows, as: 'row', cond: clicked } } }, 0] },
      ],
    },
  };
}
