import { z } from 'zod';
import { type EngagementLevel, LEVELS, REMEMBERED_DAYS } from '../../contacts/activity.ts';

export const amount = z.number().max(1_000_000_000).multipleOf(0.01);
/** Accepts 0, so that the check can refuse it with the name of the right clause. */
export const times = z.int().min(0).max(100_000);
/** Either the last days, or calendar days in UTC: `since` is inclusive, `before` exclusive. */
export const period = {
  days: z.int().min(1).max(REMEMBERED_DAYS).exactOptional(),
  since: z.iso.date().exactOptional(),
  before: z.iso.date().exactOptional(),
};

export const levels = Object.keys(LEVELS) as [EngagementLevel, ...EngagementLevel[]];

/** How many campaign messages a contact's send history holds. No clause can ask about more. */
export const REMEMBERED_SENDS = 20;

/** The most values that one clause may list. */
const MOST_VALUES = 1000;

export const days = z.int().min(1).max(36_500);

export const age = z.int().min(0).max(130);
export const word = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'It must be text without control characters.');
export const listOf = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(MOST_VALUES);
export const someOf = <T extends z.ZodEnum>(choice: T) => z.array(choice).min(1).max(choice.options.length);
export const oneOf = <K extends string, T extends z.ZodType>(kind: K, value: T) =>
  z.strictObject({ kind: z.literal(kind), oneOf: listOf(value) });

/** A fault in a tree: its place as a JSON Pointer (RFC 6901), and the problem as a sentence. */
export type ClauseFault = { path: string; problem: string };

/** Names of custom fields. A name becomes part of a path in MongoDB, so no other characters are allowed. */
export const FIELD_NAME = /^(?!__)[a-z0-9_]{1,40}$/;

/** The test of a custom field. Dates are UTC days. `fieldFaults` checks which tests fit which type of field. */
export const fieldTest = z.discriminatedUnion('kind', [
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
