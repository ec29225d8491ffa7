import { z } from 'zod';
import { classFault, HARMLESS_CLASSES, NO_CODE } from '../../domain/hygiene/classed-codes.ts';
import { codeOf, ERROR_CODES } from '../../domain/hygiene/error-codes.ts';
import {
  ACTIONS,
  type Action,
  ERROR_CLASSES,
  type ErrorRow,
  STAGES,
} from '../../domain/hygiene/error-row.ts';
import { readUnknownCodes } from '../../receipts/hygiene/unknown-codes.ts';
import { countBouncesAnew } from '../../receipts/quality/count-bounces-anew.ts';
import { type UnknownCode, writeClassedCode } from '../../store/senders/error-classes.ts';
import { iso, isoOrNull, plainLine, time } from '../fields.ts';
import { unusable } from '../problem.ts';
import type { Call } from '../route.ts';

const row = z.strictObject({
  code: z.string(),
  class: z.enum(ERROR_CLASSES),
  action: z.enum(Object.keys(ACTIONS) as [Action, ...Action[]]),
  effect: z.string().meta({ description: 'What the action does.' }),
  threshold: z.strictObject({ times: z.number(), within_days: z.number() }).nullable().meta({
    description: 'On how many days of how many it must be met; null: it does not depend on the past.',
  }),
  seen: z.array(z.enum(STAGES)),
  may_have_arrived: z
    .boolean()
    .meta({ description: 'The carrier could not tell whether the message arrived.' }),
  sentence: z.string(),
  todo: z.string(),
  source: z.string(),
});
export const errorCodesAnswer = z.strictObject({ items: z.array(row) });

/** Every error of the carrier that is known. */
export async function listErrorCodes(_: Call<object>) {
  return { items: ERROR_CODES.map(shownRow) };
}

function shownRow({ stops: _, threshold, seen, mayHaveArrived: may_have_arrived, ...of }: ErrorRow) {
  const shown = threshold === null ? null : { times: threshold.times, within_days: threshold.withinDays };
  return { ...of, seen: [...seen], may_have_arrived, effect: ACTIONS[of.action], threshold: shown };
}

const classed = z
  .strictObject({ class: z.enum(HARMLESS_CLASSES), note: z.string(), by: z.string(), at: time })
  .nullable()
  .meta({ description: 'What a person decided; null: nobody has, and it is held against no number.' });
const unknown = z.strictObject({
  code: z.string().nullable().meta({
    description: 'Null: the carrier gave none; it is classed as `none`.',
  }),
  messages: z.number(),
  first_at: time.nullable(),
  last_at: time.nullable(),
  delivery: z.string().nullable().meta({ description: 'One that met it last: GET /deliveries/{id}.' }),
  classed,
});
export const unknownCodesAnswer = z.strictObject({ items: z.array(unknown) });
export const unknownCodeAnswer = unknown;

/** Those that wait for a person first, then what people decided. */
export async function listUnknownCodes({ desk }: Call<object>) {
  return { items: (await readUnknownCodes(desk)).map((one) => shownUnknown(one, one.classed)) };
}

export const codeParams = z.strictObject({
  code: z
    .string()
    .regex(
      /^(?:[1-9]\d{3,5}|none)$/,
      'It is no error that a message failed with: four to six digits, or none.',
    )
    .refine((code) => codeOf(code) === null, 'It is in the table: GET /error-codes says what it means.'),
});
export const classifyBody = z.strictObject({
  class: z.enum(HARMLESS_CLASSES).meta({
    description:
      '`unreachable` counts as a soft failure from the next nightly sweep on, and is never said of `none`; the others never count.',
  }),
  note: plainLine(3, 200),
});

type Classify = Call<{ params: typeof codeParams; body: typeof classifyBody }>;

/** Says what an unknown code is; the last word counts. */
export async function classify({ desk, key, params: { code }, body }: Classify) {
  const fault = classFault(code, body.class);
  if (fault !== null) throw unusable('class', fault);
  const decided = { class: body.class, note: body.note, by: `key:${key.id}`, at: desk.now() };
  await writeClassedCode(desk.store, code, decided);
  await countBouncesAnew(desk);
  desk.log.info({ key: key.id, code, class: body.class }, 'an unknown error code was classed');
  const named = code === NO_CODE ? null : code;
  const found = (await readUnknownCodes(desk)).find((one) => one.code === named);
  return shownUnknown(found ?? { code: named, ...NEVER }, decided);
}

const NEVER = { messages: 0, firstAt: null, lastAt: null, example: null };

type Met = Pick<UnknownCode, 'code' | 'messages'> & {
  [field in 'firstAt' | 'lastAt']: Date | null;
} & { example: string | null };
type Decided = Parameters<typeof writeClassedCode>[2] | null;

function shownUnknown({ code, messages, firstAt, lastAt, example }: Met, decided: Decided) {
  return {
    code,
    messages,
    first_at: isoOrNull(firstAt),
    last_at: isoOrNull(lastAt),
    delivery: example,
    classed: decided === null ? null : { ...decided, at: iso(decided.at) },
  };
}
