import { z } from 'zod';
import {
  ACTIONS,
  type Action,
  classFault,
  codeOf,
  ERROR_CLASSES,
  ERROR_CODES,
  type ErrorRow,
  HARMLESS_CLASSES,
  NO_CODE,
  STAGES,
} from '../domain/hygiene/error-codes.ts';
import { readUnknownCodes } from '../receipts/unknown-codes.ts';
import { countBouncesAnew } from '../reports/list-quality.ts';
import { type UnknownCode, writeClassedCode } from '../store/senders/error-codes.ts';
import { unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, time } from './http/shapes.ts';
import * as incidents from './incidents.ts';

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
const errorCodesAnswer = z.strictObject({ items: z.array(row) });

/** Every known error code of the carrier. */
async function listErrorCodes(_: ApiRequest<object>) {
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
const unknownCodesAnswer = z.strictObject({ items: z.array(unknown) });
const unknownCodeAnswer = unknown;

/** Unknown codes: those that wait for a person first, then the classified ones. */
async function listUnknownCodes({ context }: ApiRequest<object>) {
  return { items: (await readUnknownCodes(context)).map((code) => shownUnknown(code, code.classed)) };
}

const codeParams = z.strictObject({
  code: z
    .string()
    .regex(
      /^(?:[1-9]\d{3,5}|none)$/,
      'It is no error that a message failed with: four to six digits, or none.',
    )
    .refine((code) => codeOf(code) === null, 'It is in the table: GET /error-codes says what it means.'),
});
const classifyBody = z.strictObject({
  class: z.enum(HARMLESS_CLASSES).meta({
    description:
      '`unreachable` counts as a soft failure from the next nightly sweep on, and is never said of `none`; the others never count.',
  }),
  note: plainLine(3, 200),
});

type Classify = ApiRequest<{ params: typeof codeParams; body: typeof classifyBody }>;

/** Classifies an unknown code. The last classification counts. */
async function classify({ context, key, params: { code }, body }: Classify) {
  const fault = classFault(code, body.class);
  if (fault !== null) throw unusable('class', fault);
  const decided = { class: body.class, note: body.note, by: `key:${key.id}`, at: context.now() };
  await writeClassedCode(context.store, code, decided);
  await countBouncesAnew(context);
  context.log.info({ key: key.id, code, class: body.class }, 'an unknown error code was classed');
  const named = code === NO_CODE ? null : code;
  const found = (await readUnknownCodes(context)).find((code) => code.code === named);
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

const read = { method: 'get', scope: 'reports:read' } as const;
const decide = { method: 'post', scope: 'programs:write' } as const;

/** What the carrier's errors mean, and when a sender or a network failed as a whole. */
export const HYGIENE_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    ...read,
    path: '/incidents',
    summary: 'List when a sender or a network failed as a whole; what failed then is held against no number.',
    query: incidents.incidentsQuery,
    answer: incidents.incidentsAnswer,
    handle: incidents.listIncidents,
  }),
  defineRoute({
    ...decide,
    path: '/incidents/{id}/dismiss',
    summary: 'Say that an incident was none, so that its failures count.',
    params: incidents.incidentParams,
    body: incidents.dismissBody,
    answer: incidents.incidentAnswer,
    problems: ['not-found'],
    handle: incidents.dismiss,
  }),
  defineRoute({
    ...read,
    path: '/error-codes',
    summary: "List the carrier's errors: what each means, what follows by itself, what to do.",
    answer: errorCodesAnswer,
    handle: listErrorCodes,
  }),
  defineRoute({
    ...read,
    path: '/error-codes/unknown',
    summary:
      'List the errors that nobody knows, none at all too, for a person to say what they are; those that wait come first.',
    answer: unknownCodesAnswer,
    handle: listUnknownCodes,
  }),
  defineRoute({
    ...decide,
    path: '/error-codes/{code}/classify',
    summary: 'Say what an unknown error code is; `none` stands for failures without one.',
    params: codeParams,
    body: classifyBody,
    answer: unknownCodeAnswer,
    handle: classify,
  }),
];
