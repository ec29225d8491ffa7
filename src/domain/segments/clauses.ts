import { z } from 'zod';
import { REMEMBERED_DAYS } from '../audience/activity.ts';
import { LEVELS, type Level } from '../audience/engagement.ts';
import { CHANNELS, SUBSCRIPTION_STATES } from '../consent/person.ts';
import { LANGUAGES, PURPOSES } from '../program.ts';

/** Most values one clause may list. */
const MOST_VALUES = 1000;

/** Names of own fields: also a step of a path in the database, so nothing but these characters. */
export const FIELD_NAME = /^(?!__)[a-z0-9_]{1,40}$/;

const days = z.int().min(1).max(36_500);
const amount = z.number().max(1_000_000_000).multipleOf(0.01);
/** Shaped to take 0, so that whoever writes it is told which clause asks that. */
const times = z.int().min(0).max(100_000);
/** The last days, or days of UTC by the calendar, of which `since` belongs and `before` does not. */
const period = {
  days: z.int().min(1).max(REMEMBERED_DAYS).exactOptional(),
  since: z.iso.date().exactOptional(),
  before: z.iso.date().exactOptional(),
};
const age = z.int().min(0).max(130);
const word = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
const listOf = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(MOST_VALUES);
const someOf = <T extends z.ZodEnum>(choice: T) => z.array(choice).min(1).max(choice.options.length);
const oneOf = <K extends string, T extends z.ZodType>(kind: K, value: T) =>
  z.strictObject({ kind: z.literal(kind), oneOf: listOf(value) });

/** Most messages of campaigns that a contact remembers; nobody can be asked about more. */
export const REMEMBERED_SENDS = 20;

/** Widest circle, miles: some thousand ZIP codes in the densest part of the country. */
const MOST_MILES = 300;

const levels = Object.keys(LEVELS) as [Level, ...Level[]];

/** How an own field is asked. Dates are days of UTC. Which test fits which type of field is not checked here. */
const fieldTest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known') }),
  z.strictObject({ kind: z.literal('is'), value: z.union([word, z.number(), z.boolean()]) }),
  z.strictObject({ kind: z.literal('one-of'), values: listOf(word) }),
  z.strictObject({ kind: z.literal('starts-with'), value: word }),
  z.strictObject({
    kind: z.literal('between'),
    low: z.number().exactOptional(),
    high: z.number().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('before'), date: z.iso.date() }),
  z.strictObject({ kind: z.literal('after'), date: z.iso.date() }),
  z.strictObject({ kind: z.literal('within'), days, direction: z.enum(['past', 'coming']) }),
]);
export type FieldTest = z.infer<typeof fieldTest>;

export const KNOWABLE = [
  'birth-date',
  'gender',
  'language',
  'country',
  'state',
  'city',
  'zip',
  'zone',
  'stage',
] as const;
export type Knowable = (typeof KNOWABLE)[number];

/** Clauses that hold no other clause. Ages and days count from the moment the segment is read, both ends belong. */
export const LEAVES = [
  z.strictObject({ kind: z.literal('everyone') }),
  z.strictObject({ kind: z.literal('age'), from: age.exactOptional(), to: age.exactOptional() }),
  z.strictObject({ kind: z.literal('gender'), oneOf: someOf(z.enum(['female', 'male', 'other'])) }),
  z.strictObject({ kind: z.literal('language'), oneOf: someOf(z.enum(LANGUAGES)) }),
  oneOf('country', z.string().regex(/^[A-Z]{2}$/)),
  oneOf('state', z.string().regex(/^[A-Z]{2}$/)),
  oneOf('city', word),
  oneOf('zip', z.string().regex(/^(\d{5}|[A-Z]\d[A-Z] \d[A-Z]\d)$/)),
  oneOf('zip-area', z.string().regex(/^(\d{1,4}|[A-Z](\d[A-Z]?)?)$/)),
  /** Whose ZIP code lies at most so far from this one, centre to centre. */
  z.strictObject({
    kind: z.literal('near'),
    zip: z.string().regex(/^\d{5}$/),
    miles: z.number().min(1).max(MOST_MILES),
  }),
  oneOf('area-code', z.string().regex(/^[2-9]\d\d$/)),
  oneOf('zone', word),
  /** Of whom place and ZIP do not leave one time zone: strict quiet hours bind them. */
  z.strictObject({ kind: z.literal('weak-zone') }),
  oneOf('interest', word),
  oneOf('list', word),
  oneOf('contact', word),
  z.strictObject({ kind: z.literal('known'), what: z.enum(KNOWABLE) }),
  z.strictObject({ kind: z.literal('field'), name: z.string().regex(FIELD_NAME), test: fieldTest }),
  z.strictObject({
    kind: z.literal('stage'),
    oneOf: listOf(word),
    olderThanDays: days.exactOptional(),
    newerThanDays: days.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('added'),
    olderThanDays: days.exactOptional(),
    newerThanDays: days.exactOptional(),
  }),
  /** One subscription that is all of this; older and newer speak of the confirmed consent it rests on. */
  z.strictObject({
    kind: z.literal('subscription'),
    state: z.enum(SUBSCRIPTION_STATES),
    program: word.exactOptional(),
    topics: listOf(word).exactOptional(),
    channels: someOf(z.enum(CHANNELS)).exactOptional(),
    purposes: someOf(z.enum(PURPOSES)).exactOptional(),
    olderThanDays: days.exactOptional(),
    newerThanDays: days.exactOptional(),
  }),
  /** At least so many times, once where it is not said, and amounts of at least so much in all, to the cent; at most likewise. */
  z.strictObject({
    kind: z.literal('did'),
    event: word,
    times: times.exactOptional(),
    timesAtMost: times.exactOptional(),
    sum: amount.min(0.01).exactOptional(),
    sumAtMost: amount.min(0).exactOptional(),
    ...period,
  }),
  z.strictObject({ kind: z.literal('did-not'), event: word, ...period }),
  z.strictObject({ kind: z.literal('engagement'), oneOf: someOf(z.enum(levels)) }),
  /** Messages of campaigns that the carrier took; `delivered`: that reached the handset; `clicked`: a link of theirs was, or none. */
  z.strictObject({
    kind: z.literal('sent'),
    campaign: word.exactOptional(),
    delivered: z.literal(true).exactOptional(),
    clicked: z.boolean().exactOptional(),
    days: days.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('replied'), days: days.exactOptional() }),
  /** Who got so many messages of campaigns, and neither clicked nor texted since the first of these last. */
  z.strictObject({ kind: z.literal('ignored'), last: z.int().min(1).max(REMEMBERED_SENDS) }),
  z.strictObject({ kind: z.literal('segment'), id: word }),
] as const;
