import type { Document } from 'mongodb';
import { DAY_MS, HOUR_MS } from '../../domain/durations.ts';
import type { Burst } from '../../domain/hygiene/incidents.ts';
import { FAILED, FAILURES } from '../deliveries/deliveries.ts';
import { WAS_HANDED_OVER } from '../deliveries/handed-over.ts';
import type { Store } from '../store.ts';

/** How many numbers the failures of one burst are of, and the contacts of some of them. */
export type FailedNumbers = { numbers: number; some: string[] };
export const NO_NUMBERS: FailedNumbers = { numbers: 0, some: [] };

/** Longest that one look takes in the database, ms. */
const LOOK_MS = 60_000;

/**
 * Ends are told 72 hours after a message left, when the carrier is asked, unless we were down. What is told later than this,
 * ms, is of no number here: a look at an old day would read all failures of two months. A choice.
 */
const TOLD_WITHIN_MS = 14 * DAY_MS;

/** Contacts of one question. */
const TOGETHER = 1000;

/** What bursts are of: the field that their key names. */
const FIELDS = ['sender', 'network'] as const;
type Field = (typeof FIELDS)[number];

/** Each burst's numbers, in the bursts' order; of each at most `most` contacts, the lowest ids. */
export async function failedNumbers(
  store: Store,
  programs: readonly string[],
  bursts: readonly Burst[],
  most: number,
): Promise<FailedNumbers[]> {
  const found = new Map<string, FailedNumbers>();
  for (const field of FIELDS) {
    const of = bursts.filter(({ key }) => key.startsWith(`${field} `));
    if (of.length === 0) continue;
    const groups = await store.deliveries
      .aggregate<Group>(stagesOf(programs, field, of, most), { hint: FAILED, maxTimeMS: LOOK_MS })
      .toArray();
    for (const { _id, ...numbers } of groups) found.set(nameOf(field, _id), numbers);
  }
  return bursts.map((burst) => found.get(`${burst.of} ${burst.key} ${burst.hour.getTime()}`) ?? NO_NUMBERS);
}

type Group = FailedNumbers & { _id: { of: string; hour: Date; value: string } };

const nameOf = (field: Field, { of, hour, value }: Group['_id']): string =>
  `${of} ${field} ${value} ${hour.getTime()}`;

const codesOf = (bursts: readonly Burst[], of: Burst['of']): string[] => [
  ...new Set(bursts.flatMap((one) => (one.of === of ? Object.keys(one.codes) : []))),
];

/**
 * Of failures alone, by when they were told: no sooner than the message left, but for clocks that differ, and within
 * `TOLD_WITHIN_MS` of it.
 */
function stagesOf(
  programs: readonly string[],
  field: Field,
  bursts: readonly Burst[],
  most: number,
): Document[] {
  const hours = bursts.map(({ hour }) => hour.getTime());
  const from = Math.min(...hours);
  const until = Math.max(...hours) + HOUR_MS;
  const [reach, numbers] = [codesOf(bursts, 'reach'), codesOf(bursts, 'numbers')];
  const values = new Set(bursts.map(({ key }) => key.slice(field.length + 1)));
  const of = { $cond: [{ $in: ['$error', reach] }, 'reach', 'numbers'] };
  const hour = { $dateTrunc: { date: '$decision.at', unit: 'hour' } };
  return [
    {
      $match: {
        ...WAS_HANDED_OVER,
        state: { $in: [...FAILURES] },
        finalAt: { $gte: new Date(from - HOUR_MS), $lt: new Date(until + TOLD_WITHIN_MS) },
        error: { $in: [...reach, ...numbers] },
        'decision.at': { $gte: new Date(from), $lt: new Date(until) },
        program: { $in: [...programs] },
        [field]: { $in: [...values] },
      },
    },
    { $group: { _id: { of, hour, value: `$${field}`, contact: '$contact' } } },
    {
      $group: {
        _id: { of: '$_id.of', hour: '$_id.hour', value: '$_id.value' },
        numbers: { $sum: 1 },
        some: { $minN: { input: '$_id.contact', n: most } },
      },
    },
  ];
}

/** When some contacts last got a message, wrote or confirmed, ms; without those who did nothing of it since a moment. */
export async function lastProofs(
  store: Store,
  contacts: readonly string[],
  since: Date,
): Promise<Map<string, number>> {
  const proofs = new Map<string, number>();
  const note = (contact: string, at: Date | null | undefined): void => {
    if (at != null && at >= since) proofs.set(contact, Math.max(proofs.get(contact) ?? 0, at.getTime()));
  };
  for (let at = 0; at < contacts.length; at += TOGETHER) {
    const $in = contacts.slice(at, at + TOGETHER);
    const wrote = store.contacts.find(
      { _id: { $in } },
      {
        projection: { repliedAt: 1, 'subscriptions.basis.at': 1 },
        hint: { _id: 1 },
        maxTimeMS: LOOK_MS,
      },
    );
    for await (const { _id, repliedAt, subscriptions } of wrote) {
      note(_id, repliedAt);
      for (const { basis } of subscriptions) note(_id, basis?.at);
    }
    const got = store.deliveries.aggregate<{ _id: string; at: Date }>(
      [
        { $match: { contact: { $in }, createdAt: { $gte: since }, state: 'delivered' } },
        { $group: { _id: '$contact', at: { $max: '$createdAt' } } },
      ],
      { hint: 'of-contact', maxTimeMS: LOOK_MS },
    );
    for await (const { _id, at: gotAt } of got) note(_id, gotAt);
  }
  return proofs;
}
