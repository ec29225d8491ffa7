import { z } from 'zod';
import {
  ACTIONS,
  type Action,
  codeOf,
  ERROR_CLASSES,
  ERROR_CODES,
  type ErrorRow,
  HARMLESS_CLASSES,
  STAGES,
} from '../domain/hygiene/error-codes.ts';
import { classifyUnknownCode, readUnknownCodes } from '../receipts/unknown-codes.ts';
import { unusable } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, shape, time } from './http/shapes.ts';
import { INCIDENT_ROUTES } from './incidents.ts';

/** The class of a carrier's error code, from which the clean-up concludes what becomes of the number. */
export const errorClass = z.enum(ERROR_CLASSES).meta({ id: 'ErrorClass' });
const harmlessClass = z.enum(HARMLESS_CLASSES).meta({ id: 'HarmlessErrorClass' });

const row = shape('ErrorCode', {
  code: z.string(),
  class: errorClass,
  action: z.enum(Object.keys(ACTIONS) as [Action, ...Action[]]),
  effect: z.string().meta({ description: 'What the action does.' }),
  threshold: shape('ErrorThreshold', { times: z.number(), within_days: z.number() }).nullable().meta({
    description:
      'On how many days, out of how many, the error must occur; null: the action does not depend on the past.',
  }),
  seen: z.array(z.enum(STAGES)),
  may_have_arrived: z
    .boolean()
    .meta({ description: 'The carrier could not tell whether the message arrived.' }),
  sentence: z.string(),
  todo: z.string(),
  source: z.string(),
});
function shownRow({ stops: _, threshold, seen, mayHaveArrived: may_have_arrived, ...of }: ErrorRow) {
  const shown = threshold === null ? null : { times: threshold.times, within_days: threshold.withinDays };
  return { ...of, seen: [...seen], may_have_arrived, effect: ACTIONS[of.action], threshold: shown };
}

const classed = shape('ErrorClassification', {
  class: harmlessClass,
  note: z.string(),
  by: z.string(),
  at: time,
})
  .nullable()
  .meta({
    description:
      'What a person decided. Null when nobody has decided: then the error counts against no number.',
  });
const unknown = shape('UnknownErrorCode', {
  code: z.string().nullable().meta({
    description: 'Null when the carrier gave no code; classify such failures as `none`.',
  }),
  messages: z.number(),
  first_at: time.nullable(),
  last_at: time.nullable(),
  delivery: z
    .string()
    .nullable()
    .meta({ description: 'The last delivery with this error: GET /deliveries/{id}.' }),
  classed,
});
const codeParams = z.strictObject({
  code: z
    .string()
    .regex(
      /^(?:[1-9]\d{3,5}|none)$/,
      'It must be an error with which a message failed: four to six digits, or none.',
    )
    .refine(
      (code) => codeOf(code) === null,
      'It must be a code that is not known. This one is: GET /error-codes says what it means.',
    )
    .meta({ description: 'The unknown code, or `none` for failures without a code.' }),
});
const classifyBody = shape('ClassifyErrorCodeRequest', {
  class: harmlessClass.meta({
    description:
      '`unreachable` counts as a soft failure from the next nightly sweep on, and cannot be used for `none`. The other classes never count.',
  }),
  note: plainLine(3, 200).meta({ description: 'Why; it is kept in the clear.' }),
});

type UnknownFound =
  | Awaited<ReturnType<typeof readUnknownCodes>>[number]
  | Extract<Awaited<ReturnType<typeof classifyUnknownCode>>, { kind: 'classified' }>['found'];

function shownUnknown({ code, messages, firstAt, lastAt, example, classed: decided }: UnknownFound) {
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

/** Routes of the carrier's error codes and their meaning, and of incidents of a sender or a network. */
export const HYGIENE_ROUTES: readonly ApiRoute[] = [
  ...INCIDENT_ROUTES,
  defineRoute({
    ...read,
    path: '/error-codes',
    id: 'listErrorCodes',
    returns: 'All error codes of the table.',
    summary: 'List the errors of the carrier: what each means, what happens automatically, and what to do.',
    answer: shape('ErrorCodes', { items: z.array(row) }),
    handle: async () => ({ items: ERROR_CODES.map(shownRow) }),
  }),
  defineRoute({
    ...read,
    path: '/error-codes/unknown',
    id: 'listUnknownErrorCodes',
    returns: 'All errors that are not in the table, those that wait first.',
    summary:
      'List the errors that are not in the table, and failures without an error code, for a person to classify. Those that wait come first.',
    answer: shape('UnknownErrorCodes', { items: z.array(unknown) }),
    handle: async ({ context }) => ({ items: (await readUnknownCodes(context)).map(shownUnknown) }),
  }),
  defineRoute({
    ...decide,
    path: '/error-codes/{code}/classify',
    id: 'classifyErrorCode',
    returns: 'The error with the decision.',
    summary: 'Classify an unknown error code. `none` stands for failures without a code.',
    params: codeParams,
    body: classifyBody,
    answer: unknown,
    handle: async ({ context, key, params: { code }, body }) => {
      const classified = await classifyUnknownCode(context, { code, ...body, actor: actorOf(key) });
      if (classified.kind === 'fault') throw unusable('class', classified.message);
      return shownUnknown(classified.found);
    },
  }),
];
