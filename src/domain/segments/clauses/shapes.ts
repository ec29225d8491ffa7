import { z } from 'zod';
import { type EngagementLevel, LEVELS, REMEMBERED_DAYS } from '../../contacts/activity.ts';

export const amount = z.number().max(1_000_000_000).multipleOf(0.01);
/** Accepts 0, so that the check can refuse it with the name of the right clause. */
export const times = z.int().min(0).max(100_000);
/** Either the last days, or calendar days in UTC: `since` is inclusive, `before` exclusive. */
export const period = {
  days: z
    .int()
    .min(1)
    .max(REMEMBERED_DAYS)
    .describe('In the last so many days. Instead of since and before.')
    .exactOptional(),
  since: z.iso.date().describe('From this UTC day on.').exactOptional(),
  before: z.iso.date().describe('Before this UTC day.').exactOptional(),
};

export const levels = Object.keys(LEVELS) as [EngagementLevel, ...EngagementLevel[]];

/** How many campaign messages a contact's send history holds. No clause can ask about more. */
export const REMEMBERED_SENDS = 20;

/** The most values that one clause may list. */
const MOST_VALUES = 1000;

export const days = z.int().min(1).max(36_500);
/** How long something has lasted, in days; both ends are inclusive. */
export const daysAgo = {
  olderThanDays: days.describe('For at least so many days.').exactOptional(),
  newerThanDays: days.describe('For at most so many days.').exactOptional(),
};

export const age = z.int().min(0).max(130);
export const word = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'It must be text without control characters.');
export const listOf = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(MOST_VALUES);
export const someOf = <T extends z.ZodEnum>(choice: T) => z.array(choice).min(1).max(choice.options.length);
/** A clause that is true for contacts with one of these values; `which` describes them. */
export const oneOf = <K extends string, T extends z.ZodType>(kind: K, value: T, which: string) =>
  z.strictObject({ kind: z.literal(kind), oneOf: listOf(value).describe(which) });

/** A fault in a tree: its place as a JSON Pointer (RFC 6901), and the problem as a sentence. */
export type ClauseFault = { path: string; problem: string };

/** Names of custom fields. A name becomes part of a path in MongoDB, so no other characters are allowed. */
export const FIELD_NAME = /^(?!__)[a-z0-9_]{1,40}$/;

/** The test of a custom field. Dates are UTC days. `fieldFaults` checks which tests fit which type of field. */
export const fieldTest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known') }),
  z.strictObject({
    kind: z.literal('is'),
    value: z.union([word, z.number(), z.boolean()]).describe('The value of the field.'),
  }),
  z.strictObject({
    kind: z.literal('one-of'),
    values: listOf(word).describe('Values, one of which the field has.'),
  }),
  z.strictObject({ kind: z.literal('starts-with'), value: word.describe('The beginning of the value.') }),
  z.strictObject({
    kind: z.literal('between'),
    low: z.number().describe('The least value, included.').exactOptional(),
    high: z.number().describe('The greatest value, included.').exactOptional(),
  }),
  z.strictObject({ kind: z.literal('before'), date: z.iso.date().describe('The UTC day, not included.') }),
  z.strictObject({ kind: z.literal('after'), date: z.iso.date().describe('The UTC day, not included.') }),
  z.strictObject({
    kind: z.literal('within'),
    days: days.describe('How many days from today.'),
    direction: z.enum(['past', 'coming']).describe('The last days, or the next ones.'),
  }),
]);

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

/** The largest radius, miles: some thousand ZIP codes in the densest part of the country. */
export const MOST_MILES = 300;
