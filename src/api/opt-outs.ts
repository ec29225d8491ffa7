import { z } from 'zod';
import { type OptOutRequest, optOut } from '../consent/opt-in-and-out.ts';
import { type ListFailure, type OptOutLine, optOutList } from '../consent/opt-out-list.ts';
import { overturnOptOut } from '../consent/review/overturn-opt-out.ts';
import { keywordOf } from '../domain/consent/program-text.ts';
import type { ProgramBook } from '../domain/program.ts';
import { type FieldError, Problem, unusable } from './http/problems.ts';
import {
  type ApiRequest,
  type ApiRoute,
  actorOf,
  defineRoute,
  type RequestContext,
  readPart,
} from './http/route.ts';
import { contactId, count, heldPhone, iso, line, shape, slug, time } from './http/shapes.ts';
import type { NdjsonLine } from './http/streaming.ts';
import { findProgram, findTopic } from './programs.ts';

const MOST = 50;
const some = 'It must have at least one entry. Leave the field out to opt out of everything.';

const optOutBody = shape('OptOutRequest', {
  phone: heldPhone,
  programs: z.array(slug).min(1, some).max(MOST).optional().meta({
    description: 'The programs that the person leaves. Without programs and topics they leave everything.',
  }),
  topics: z
    .array(
      shape('TopicRef', {
        program: slug.meta({ description: 'The id of the program.' }),
        topic: slug.meta({ description: 'The id of the topic in that program.' }),
      }),
    )
    .min(1, some)
    .max(MOST)
    .optional()
    .meta({ description: 'The topics that the person ends; the rest of their programs goes on.' }),
  channel: z.enum(['WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE']).optional().meta({
    description:
      'How the person opted out. When absent, the ledger says NOT_STATED; the opt-out counts all the same.',
  }),
  reason: line(3, 200).optional().meta({ description: 'Why, in your words. Kept sealed in the ledger.' }),
});

const optOutAnswer = shape('OptOut', {
  contact: contactId,
  scopes: z.array(z.string()).meta({
    description: 'What the person left: all, program:<id> or topic:<program>/<id>.',
  }),
  done_at: time.meta({ description: 'From when on nothing more is handed to the carrier.' }),
});

const OUR_OWN = 'This is one of our own numbers. Give the number of the person who opted out.';

type OptOutBody = z.output<typeof optOutBody>;

/** Throws a `Problem` that names the field which cannot be used. */
function requestOf(
  { context, key }: Pick<RequestContext, 'context' | 'key'>,
  body: OptOutBody,
): OptOutRequest {
  const { book, sender } = context.catalog.current();
  const topics = body.topics ?? [];
  for (const [at, id] of (body.programs ?? []).entries()) findProgram(book, id, `programs.${at}`);
  for (const [at, ref] of topics.entries()) {
    findTopic(findProgram(book, ref.program, `topics.${at}.program`), ref.topic, `topics.${at}.topic`);
  }
  if (sender(body.phone) !== null) throw unusable('phone', OUR_OWN);
  return {
    number: body.phone,
    programs: [...new Set(body.programs ?? [])],
    topics,
    channel: body.channel ?? 'NOT_STATED',
    origin: {
      door: 'api',
      channel: body.channel ?? 'not stated',
      ...(body.reason === undefined ? {} : { reason: body.reason }),
    },
    actor: `key:${key.id}`,
  };
}

/**
 * Answers when the opt-out is durable, the planned deliveries that it forbids are canceled and the claimed ones
 * have settled.
 */
async function recordOptOut(call: ApiRequest<{ body: typeof optOutBody }>) {
  const { contact, scopes } = await optOut(call.context, requestOf(call, call.body));
  return { contact, scopes, done_at: iso(call.context.now()) };
}

const MOST_LINES = 100_000;

/** So much of a list may arrive while its first lines are worked on: more than 100,000 usual lines. */
const AHEAD_BYTES = 16 * 1024 * 1024;

const lineAnswer = z.union([
  shape('OptOutLineInForce', {
    line: count,
    result: z.literal('in-force'),
    scopes: z.array(z.string()),
    done_at: time,
  }),
  shape('OptOutLineRefused', {
    line: count,
    result: z.literal('refused'),
    errors: z.array(shape('FieldFault', { field: z.string(), message: z.string() })),
  }),
  shape('OptOutLineFailed', {
    line: count,
    result: z.literal('failed').meta({
      description: 'The opt-out is not known to be in force. Send the line again.',
    }),
    sentence: z.string(),
  }),
  shape('OptOutListReport', {
    report: shape('OptOutListCounts', { lines: count, in_force: count, refused: count, failed: count }).meta({
      description: 'The last line. An answer without it is not whole: send the list again.',
    }),
  }),
]);

async function* linesOf(call: RequestContext): AsyncGenerator<OptOutLine<FieldError>> {
  for await (const read of call.lines(AHEAD_BYTES)) {
    const { number: line } = read;
    const request = readLine(call, read);
    yield Array.isArray(request) ? { line, faults: request } : { line, request };
  }
}

/** The opt-out that a line asks for, or what is wrong with the line. */
function readLine(call: RequestContext, line: NdjsonLine): OptOutRequest | FieldError[] {
  if (line.number > MOST_LINES) return [{ field: 'body', message: TOO_MANY }];
  if ('fault' in line) return [{ field: 'body', message: line.fault }];
  const read = readPart(optOutBody, line.json, 'body');
  if ('issues' in read) return read.issues.map(({ field, message }) => ({ field, message }));
  try {
    return requestOf(call, read.data);
  } catch (error) {
    if (error instanceof Problem && error.extras.errors !== undefined) return error.extras.errors;
    throw error;
  }
}

const TOO_MANY = `A request has at most ${MOST_LINES} lines: send this one and those after it in another request.`;

async function* answerLines(call: RequestContext): AsyncGenerator<z.input<typeof lineAnswer>> {
  for await (const done of optOutList(call.context, linesOf(call), actorOf(call.key))) {
    if (!('kind' in done)) {
      const { lines, inForce: in_force, refused, failed } = done;
      yield { report: { lines, in_force, refused, failed } };
      continue;
    }
    const { line, kind: result } = done;
    if (result === 'in-force') yield { line, result, scopes: done.scopes, done_at: iso(done.at) };
    else if (result === 'refused') yield { line, result, errors: done.faults };
    else yield { line, result, sentence: FAILURES[done.why] };
  }
}

const FAILURES: Record<ListFailure, string> = {
  'no-answer':
    'The database did not answer in time, so this opt-out is not known to be in force. Send the line again.',
  'not-tried':
    'Nothing was tried, because the database did not answer for an earlier line. Send the line again.',
  'no-key':
    'No key of this process opens the data of this person, so the opt-out is not in force. Start every process with the missing key in KEYRING, then send the line again.',
  fault:
    'Something failed here, so this opt-out is not known to be in force. The error is in the log. Send the line again.',
};

/** How people can return by a text of their own: the only way when nothing can be overturned. */
export function howToReturn({ programs }: ProgramBook): string {
  const each = programs
    .filter(({ status }) => status === 'active')
    .map((program) => `${keywordOf(program, 'en')} to ${program.numbers[0]} (${program.name})`);
  return `The person texts, from their own phone: ${each.join(', ')}.`;
}

export const OPT_OUT_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/opt-outs',
  scope: 'consent:write',
  id: 'createOptOut',
  returns: 'What is in force now.',
  summary:
    'Opt a person out of everything, or of programs and topics. The opt-out is in force when the request is answered.',
  body: optOutBody,
  answer: optOutAnswer,
  handle: recordOptOut,
});

/** Nothing in its answers depends on who is known: a list of opt-outs finds nobody. */
export const OPT_OUT_LIST_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/opt-outs/bulk',
  scope: 'consent:write',
  id: 'createOptOuts',
  returns: 'One line for each line of the request, and the report.',
  summary:
    'Opt many people out: NDJSON, each line as in POST /opt-outs, answered line by line. A line is in force when it is answered. The last line is the report.',
  lines: optOutBody,
  answer: lineAnswer,
  streams: true,
  handle: async (call) => answerLines(call),
});

/** Takes back an opt-out that was read from ordinary words. Restores what the opt-out closed. */
export const OVERTURN_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/contacts/{id}/overturn',
  scope: 'consent:overturn',
  id: 'overturnOptOut',
  returns: 'The programs and topics that the person gets again.',
  summary: 'Take back, for compliance, an opt-out that was read from ordinary words.',
  params: z.strictObject({ id: contactId }),
  body: shape('OverturnOptOutRequest', {
    event: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .meta({ description: 'Number (seq) of the opt-out in GET /consent-records.' }),
    reason: line(3, 200).meta({ description: 'Kept sealed in the ledger.' }),
  }),
  answer: shape('OverturnedOptOut', {
    contact: contactId,
    restored: z.array(shape('RestoredProgram', { program: z.string(), topics: z.array(z.string()) })),
    done_at: time,
  }),
  problems: ['not-found', 'refused', 'not-possible'],
  handle: async ({ context, key, params: { id: contact }, body }) => {
    const order = { contact, seq: body.event, reason: body.reason, actor: actorOf(key) };
    const outcome = await overturnOptOut(context, order);
    if (outcome.kind === 'unknown')
      throw new Problem(
        'not-found',
        'There is no such contact, or no such entry in the ledger of the contact.',
      );
    if (outcome.kind === 'refused') {
      throw new Problem('refused', outcome.sentence, {
        next_step: howToReturn(context.catalog.current().book),
      });
    }
    return { contact, restored: outcome.restored, done_at: iso(context.now()) };
  },
});
