import type { Document } from 'mongodb';
import { z } from 'zod';
import { DAY_MS, HOUR_MS, utcDay } from '../../domain/durations.ts';
import type {
  Burst,
  DayOutcome,
  Dismissed,
  IncidentHour,
  IncidentKey,
  IncidentKind,
  OutcomeCount,
} from '../../domain/hygiene/incident-rules.ts';
import { type Database, defineCollection } from '../collection.ts';
import { contacts } from '../contacts/contacts.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { deliveries, FAILED, FAILURES, HANDED_OVER, HANDED_OVER_FILTER } from '../deliveries/delivery.ts';
import { firstHandedOver } from '../deliveries/outcomes.ts';
import { defineSetting, marks, type Setting } from '../settings.ts';

/** Incidents are computed anew from the deliveries while delivery reports about their hour arrive. */

export const incidents = defineCollection<IncidentHour>()('incidents', {
  'by-hour': { key: { hour: 1 } },
});

export const incidentId = (of: IncidentKind, key: IncidentKey, hour: Date): string =>
  `${of} ${key} ${hour.toISOString()}`;

export type IncidentHours = { from: Date; to: Date };

/**
 * Hours counted in one query, and the time limit of the query, ms. A day of a million messages needs several queries.
 */
const HOURS_AT_ONCE = 3;
const LOOK_MS = 60_000;

const ENDED = ['delivered', ...FAILURES] as const;

const handedOver = (programs: readonly string[], { from, to }: IncidentHours) => ({
  program: { $in: [...programs] },
  ...HANDED_OVER_FILTER,
  'decision.at': { $gte: from, $lt: to },
});

/**
 * The outcomes of the messages of some whole hours; null where the caller stopped it. Answers to texts are not
 * counted: a person who wrote is reachable.
 */
export async function countOutcomes(
  database: Database,
  programs: readonly string[],
  { from, to }: IncidentHours,
  goOn: () => boolean,
): Promise<OutcomeCount[] | null> {
  const counts: OutcomeCount[] = [];
  for (let next: Date | null = from; ; ) {
    if (!goOn()) return null;
    next = await firstHandedOver(database, programs, { from: next, to });
    if (next === null) return counts;
    const at = hourOf(next);
    const end = new Date(Math.min(at.getTime() + HOURS_AT_ONCE * HOUR_MS, to.getTime()));
    counts.push(...(await countPart(database, programs, { from: at, to: end })));
    next = end;
  }
}

const hourOf = (at: Date): Date => new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);

async function countPart(
  database: Database,
  programs: readonly string[],
  hours: IncidentHours,
): Promise<OutcomeCount[]> {
  // Fields are grouped unchanged, so missing ones stay missing: a message that arrived has no error.
  const hour = { $dateTrunc: { date: '$decision.at', unit: 'hour' } };
  const found = await deliveries(database)
    .aggregate<Grouped>(
      [
        { $match: handedOver(programs, hours) },
        { $match: { state: { $in: [...ENDED] } } },
        {
          $group: {
            _id: { hour, sender: '$sender', network: '$network', code: '$error' },
            messages: { $sum: 1 },
          },
        },
      ],
      { hint: HANDED_OVER, maxTimeMS: LOOK_MS },
    )
    .toArray();
  return found.map(({ _id: { network = null, code = null, ...of }, messages }) => ({
    ...of,
    network,
    code,
    messages,
  }));
}

type Grouped = {
  _id: { hour: Date; sender: string; network?: string | null; code?: string | null };
  messages: number;
};

/** Hours of incidents within a time, newest first. */
export async function readIncidents(
  database: Database,
  { from, to }: IncidentHours,
): Promise<IncidentHour[]> {
  return incidents(database)
    .find({ hour: { $gte: from, $lt: to } })
    .sort({ hour: -1, _id: 1 })
    .toArray();
}

/** How many senders and networks had an undismissed incident since a moment. */
export async function countIncidents(database: Database, since: Date): Promise<number> {
  const keys = await incidents(database).distinct(
    'key',
    { hour: { $gte: since }, dismissed: { $exists: false } },
    { maxTimeMS: 1000 },
  );
  return keys.length;
}

/**
 * Replaces the incidents of a time by the given ones. A dismissed one stays even while it is no incident, because
 * later delivery reports may make it one again. Returns how many changed.
 */
export async function writeIncidents(
  database: Database,
  { from, to }: IncidentHours,
  found: readonly IncidentHour[],
): Promise<number> {
  const ids = found.map(({ _id }) => _id);
  const gone = await incidents(database).deleteMany({
    hour: { $gte: from, $lt: to },
    _id: { $nin: ids },
    dismissed: { $exists: false },
  });
  if (found.length === 0) return gone.deletedCount;
  const writes = found.map(({ _id, ...$set }) => ({
    updateOne: { filter: { _id }, update: { $set }, upsert: true },
  }));
  const result = await incidents(database).bulkWrite(writes, { ordered: false });
  return gone.deletedCount + result.modifiedCount + result.upsertedCount;
}

/** False where no such hours exist. */
export async function dismissIncident(
  database: Database,
  ids: readonly string[],
  dismissed: Dismissed,
): Promise<boolean> {
  const { matchedCount } = await incidents(database).updateMany(
    { _id: { $in: [...ids] } },
    { $set: { dismissed } },
  );
  return matchedCount > 0;
}

const OUTCOMES = 'outcomes ';
const COUNT = z.int();
const outcomesOf = (day: string): Setting<DayOutcome[]> =>
  defineSetting<DayOutcome[]>(
    OUTCOMES + day,
    z.array(
      z.strictObject({
        key: z.union([
          z.templateLiteral(['sender ', z.string()]),
          z.templateLiteral(['network ', z.string()]),
        ]),
        ended: COUNT,
        reach: COUNT,
        numbers: COUNT,
      }),
    ),
    [],
  );

/** Saves the outcomes of a day (UTC, YYYY-MM-DD), so that the usual share need not be counted again. */
export async function writeDayOutcomes(
  database: Database,
  day: string,
  { outcomes, at }: { outcomes: readonly DayOutcome[]; at: Date },
): Promise<void> {
  const setting = outcomesOf(day);
  if (JSON.stringify(await setting.read(database)) === JSON.stringify(outcomes)) return;
  await setting.write(database, [...outcomes], at);
}

/** The saved days from `from` up to, but not including, `to`. */
export async function readDayOutcomes(
  database: Database,
  from: string,
  to: string,
): Promise<Map<string, DayOutcome[]>> {
  const found = await marks(database)
    .find({ _id: { $gte: OUTCOMES + from, $lt: OUTCOMES + to } })
    .toArray();
  const days = found.map(({ _id, value }) => ({ day: _id.slice(OUTCOMES.length), value }));
  return new Map(days.map(({ day, value }) => [day, outcomesOf(day).check(value)]));
}

/**
 * The newest day (UTC) searched for incidents, followed by the codes that people had then classified as a possible
 * outage.
 */
const LOOKED_AT_DAY = defineSetting('incident look', z.string(), null);

/** Days before the last searched one at which the next search begins: carriers try a message for 72 h at most. */
export const LATE_DAYS = 3;

/** Null before the first search. */
export const readLook = (database: Database): Promise<string | null> => LOOKED_AT_DAY.read(database);

/** False where the position has changed since it was read: another search moved it, or it was set back. */
export async function moveLook(
  database: Database,
  { from, to, at }: { from: string | null; to: string; at: Date },
): Promise<boolean> {
  const as = { _id: LOOKED_AT_DAY.id, value: from };
  try {
    const moved = await marks(database).updateOne(as, { $set: { at, value: to } }, { upsert: from === null });
    return moved.matchedCount + moved.upsertedCount === 1;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}

/** Makes the next search begin with the day of a moment, or earlier. */
export async function rescanIncidentsFrom(database: Database, at: Date): Promise<void> {
  const last = at.getTime() + LATE_DAYS * DAY_MS;
  const value = { $concat: [utcDay(new Date(last)), { $substrCP: ['$value', 10, { $strLenCP: '$value' }] }] };
  const later = { _id: LOOKED_AT_DAY.id, value: { $gte: utcDay(new Date(last + DAY_MS)) } };
  await marks(database).updateOne(later, [{ $set: { value } }]);
}

/** How many numbers the failures of one burst concern, and the contacts of some of them. */
type FailedNumbers = { numbers: number; some: string[] };
export const NO_NUMBERS: FailedNumbers = { numbers: 0, some: [] };

/** Time limit of one query in the database, ms. */
const NUMBERS_LOOK_MS = 60_000;

/**
 * A message gets its final report within 72 hours, when the carrier is asked, unless this installation was down.
 * Failures reported later than this after their message was sent are ignored here, ms: a search of an old day would
 * otherwise read all failures of two months. Our choice.
 */
const TOLD_WITHIN_MS = 14 * DAY_MS;

/** Contacts of one query. */
const TOGETHER = 1000;

/** The fields that the keys of bursts name. */
const FIELDS = ['sender', 'network'] as const;
type Field = (typeof FIELDS)[number];

/** Each burst's numbers, in the order of the bursts; at most `most` contacts of each, those with the lowest ids. */
export async function failedNumbers(
  database: Database,
  programs: readonly string[],
  bursts: readonly Burst[],
  most: number,
): Promise<FailedNumbers[]> {
  const found = new Map<string, FailedNumbers>();
  for (const field of FIELDS) {
    const of = bursts.filter(({ key }) => key.startsWith(`${field} `));
    if (of.length === 0) continue;
    const groups = await deliveries(database)
      .aggregate<Group>(stagesOf(programs, field, of, most), { hint: FAILED, maxTimeMS: NUMBERS_LOOK_MS })
      .toArray();
    for (const { _id, ...numbers } of groups) found.set(nameOf(field, _id), numbers);
  }
  return bursts.map((burst) => found.get(`${burst.of} ${burst.key} ${burst.hour.getTime()}`) ?? NO_NUMBERS);
}

type Group = FailedNumbers & { _id: { of: string; hour: Date; value: string } };

const nameOf = (field: Field, { of, hour, value }: Group['_id']): string =>
  `${of} ${field} ${value} ${hour.getTime()}`;

const codesOf = (bursts: readonly Burst[], of: Burst['of']): string[] => [
  ...new Set(bursts.flatMap((burst) => (burst.of === of ? Object.keys(burst.codes) : []))),
];

/**
 * Selects failures by the time of their report: not before the message was sent, apart from differing clocks, and
 * within `TOLD_WITHIN_MS` after it.
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
        ...HANDED_OVER_FILTER,
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

/**
 * When some contacts last got a message, wrote or confirmed, ms. Leaves out contacts who did none of these since a
 * moment.
 */
export async function lastProofs(
  database: Database,
  contactIds: readonly string[],
  since: Date,
): Promise<Map<string, number>> {
  const proofs = new Map<string, number>();
  const note = (contact: string, at: Date | null | undefined): void => {
    if (at != null && at >= since) proofs.set(contact, Math.max(proofs.get(contact) ?? 0, at.getTime()));
  };
  for (let at = 0; at < contactIds.length; at += TOGETHER) {
    const $in = contactIds.slice(at, at + TOGETHER);
    const wrote = contacts(database).find(
      { _id: { $in } },
      {
        projection: { repliedAt: 1, 'subscriptions.basis.at': 1 },
        hint: { _id: 1 },
        maxTimeMS: NUMBERS_LOOK_MS,
      },
    );
    for await (const { _id, repliedAt, subscriptions } of wrote) {
      note(_id, repliedAt);
      for (const { basis } of subscriptions) note(_id, basis?.at);
    }
    const got = deliveries(database).aggregate<{ _id: string; at: Date }>(
      [
        { $match: { contact: { $in }, createdAt: { $gte: since }, state: 'delivered' } },
        { $group: { _id: '$contact', at: { $max: '$createdAt' } } },
      ],
      { hint: deliveries.hint('of-contact'), maxTimeMS: NUMBERS_LOOK_MS },
    );
    for await (const { _id, at: gotAt } of got) note(_id, gotAt);
  }
  return proofs;
}
