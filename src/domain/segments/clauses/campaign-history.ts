import { beginningOfRuns } from '../../campaigns/recurrence.ts';
import type { LeafOf } from '../tree.ts';
import { lately } from './activity.ts';
import {
  beginningWith,
  dayRows,
  daysBefore,
  type Filter,
  type Predicate,
  quoted,
  type SentenceNames,
  scalar,
} from './clause.ts';
import { REMEMBERED_SENDS } from './shapes.ts';

const EVER = new Date(0);

const since = (days: number | undefined, now: Date): Date =>
  days === undefined ? EVER : daysBefore(now, days);

/**
 * One message must meet all conditions. A message of unknown outcome counts as sent, because a person who may have
 * got it must not be taken for one who did not. That message does not count as unclicked.
 */
export function compileSent({ campaign, delivered, clicked, days }: LeafOf<'sent'>, now: Date): Filter {
  const filter: Filter = {
    ...(campaign === undefined ? {} : ofCampaign(scalar(campaign))),
    ...(delivered === undefined ? {} : { delivered: { $eq: scalar(delivered) } }),
    // `clicked` is stored only where it is true.
    ...(clicked === undefined
      ? {}
      : clicked === false
        ? { clicked: { $ne: true }, unknown: { $ne: true } }
        : { clicked: { $eq: scalar(clicked) } }),
    at: { $gte: since(days, now) },
  };
  return { sends: { $elemMatch: filter } };
}

/** A recurrence sends nothing itself, so a clause about it means its runs. */
const ofCampaign = (id: string): Filter => ({
  $or: [{ campaign: { $eq: id } }, beginningWith('campaign', [beginningOfRuns(id)])],
});

export function compileReplied({ days }: LeafOf<'replied'>, now: Date): Filter {
  return { repliedAt: { $gte: since(days, now) } };
}

/**
 * The send history is ordered newest first, with messages of unknown outcome last, so the last N messages begin at
 * index N - 1. Clicks are known by UTC day: a click on the day of that message counts as an answer to it. Throws
 * TypeError where `last` is out of range.
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

export function sentPredicate(
  { campaign, delivered, clicked, days }: LeafOf<'sent'>,
  { campaigns }: SentenceNames,
): Predicate {
  const name = campaigns.find(({ id }) => id === campaign)?.name ?? campaign;
  const what = name === undefined ? 'any campaign' : `the campaign ${quoted(name)}`;
  if (clicked !== undefined) {
    const received = delivered === undefined ? '' : 'received ';
    const rest = [`message of ${what}`, ...lately(days).map((when) => `sent ${when}`)].join(' ');
    const kind = `${received}${clicked ? 'clicked' : 'unclicked'}`;
    return {
      is: `has ${kind.startsWith('u') ? 'an' : 'a'} ${kind} ${rest}`,
      isNot: `has no ${kind} ${rest}`,
    };
  }
  const rest = [what, ...lately(days)].join(' ');
  const got = delivered === undefined ? 'was sent' : 'has received';
  const none = delivered === undefined ? 'was not sent' : 'is not known to have received';
  return { is: `${got} ${rest}`, isNot: `${none} ${rest}` };
}

export function repliedPredicate({ days }: LeafOf<'replied'>): Predicate {
  const rest = ['us', ...lately(days)].join(' ');
  return { is: `texted ${rest}`, isNot: `did not text ${rest}` };
}

export function ignoredPredicate({ last }: LeafOf<'ignored'>): Predicate {
  const what = last === 1 ? 'the last campaign message' : `the last ${last} campaign messages`;
  return { is: `ignored ${what}`, isNot: `did not ignore ${what}` };
}
