import { z } from 'zod';
import {
  EVENT_TYPE,
  EVENT_TYPE_LETTERS,
  isEveryObjects,
  SLUG,
  SLUG_LETTERS,
} from '../domain/audience/names.ts';
import { mayHoldNumber, NUMBER_IN_CLEAR, type NumberReading, readNumber } from '../domain/numbers.ts';
import { LANGUAGES } from '../domain/program.ts';
import { REASONS, type Reason } from '../domain/sending/may-receive.ts';
import { faultIn } from '../domain/sending/message-plan.ts';
import { UNUSABLE } from './read-request.ts';

type Phone = Extract<NumberReading, { kind: 'phone' }>;

/** A number, read strictly, as E.164. What was written is never repeated. */
const phoneThat = (serves: (reading: Phone) => boolean, description: string) =>
  z
    .string()
    .meta({ description, examples: ['+15551230001'] })
    .transform((text, context) => {
      const reading = readNumber(text);
      if (reading.kind === 'phone' && serves(reading)) return reading.e164;
      const message = reading.kind === 'not-a-number' ? reading.why : NOT_A_RECIPIENT[reading.kind];
      context.addIssue({ code: 'custom', message, params: UNUSABLE });
      return z.NEVER;
    });

/** Words that can be sent as they are. */
export const wordsToSend = z.string().superRefine((written, context) => {
  const message = faultIn(written);
  if (message !== null) context.addIssue({ code: 'custom', message, params: UNUSABLE });
});

/** A recipient's. */
export const phone = phoneThat(
  ({ valid, fictional }) => valid || fictional,
  'A phone number with + and country code. Short codes and unassigned ranges are refused.',
);

/** Of someone who may be held already: who texted us is not refused because our copy of the numbering plan is older than their range. */
export const heldPhone = phoneThat(
  ({ valid, fictional, e164 }) => valid || fictional || /^\+(?!1)|^\+1[2-9]\d\d[2-9]\d{6}$/.test(e164),
  'A phone number with + and country code. Short codes are refused.',
);

const NOT_A_RECIPIENT = {
  phone: 'No phone has a number of this range.',
  'short-code': 'A short code cannot get texts.',
  alphanumeric: 'An alphanumeric sender cannot get texts.',
} as const;

export const contactId = z
  .string()
  .regex(/^c_[\w-]{16}$/, 'It is not the id of a contact.')
  .meta({
    description: 'Id of a contact, from POST /contacts/lookup.',
    examples: ['c_6f1kQ0rBq0e2Yx9a'],
  });

export const slug = z
  .string()
  .regex(SLUG, `It must be ${SLUG_LETTERS}.`)
  .refine((text) => !isEveryObjects(text), 'It cannot be used as an id.');

/** One line a person wrote. */
export const line = (least: number, most: number) =>
  z
    .string()
    .trim()
    .min(least, `It must have at least ${least} characters.`)
    .max(most, `It must have at most ${most} characters.`)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'It must be one line of text.');

const IN_CLEAR = { error: NUMBER_IN_CLEAR, params: UNUSABLE };
const holdsNone = (text: string): boolean => !mayHoldNumber(text);

/** One that is kept in the clear. */
export const plainLine = (least: number, most: number) => line(least, most).refine(holdsNone, IN_CLEAR);

/** A name that people are put under, kept in the clear with each of them. */
export const plainSlug = slug.refine(holdsNone, IN_CLEAR);

/** What a person did, in a word that is kept in the clear with each of them, and logged. */
export const eventType = z
  .string()
  .regex(EVENT_TYPE, `It must be ${EVENT_TYPE_LETTERS}.`)
  .refine(holdsNone, IN_CLEAR);

/** Of a body that names its person one way, by `contact` or by `phone`: what it is refined by. */
export const namesOnePerson = (body: { contact?: unknown; phone?: unknown }): boolean =>
  (body.contact === undefined) !== (body.phone === undefined);
export const ONE_PERSON = { path: ['phone'], error: 'Give either contact or phone.' };

export const language = z.enum(LANGUAGES);

export const time = z.iso.datetime({ offset: true });

export const reason = z.strictObject({
  code: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]),
  sentence: z.string(),
});

export const reasonsOf = (codes: readonly Reason[]) =>
  codes.map((code) => ({ code, sentence: REASONS[code] }));

export const iso = (date: Date): string => date.toISOString();
export const isoOrNull = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;
