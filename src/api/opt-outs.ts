import { z } from 'zod';
import { optOut } from '../consent/opt-in-and-out.ts';
import { overturnOptOut } from '../consent/review/overturn-opt-out.ts';
import { keywordOf } from '../domain/consent/program-text.ts';
import type { ProgramBook } from '../domain/program.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { contactId, heldPhone, iso, line, slug, time } from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

const MOST = 50;
const some = 'It must have at least one entry. Leave the field out to opt out of everything.';

const optOutBody = z.strictObject({
  phone: heldPhone,
  programs: z.array(slug).min(1, some).max(MOST).optional(),
  topics: z
    .array(z.strictObject({ program: slug, topic: slug }))
    .min(1, some)
    .max(MOST)
    .optional(),
  channel: z.enum(['WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE']).optional().meta({
    description:
      'How the person opted out. When absent, the ledger says NOT_STATED; the opt-out counts all the same.',
  }),
  reason: line(3, 200).optional(),
});

const optOutAnswer = z.strictObject({
  contact: contactId,
  scopes: z.array(z.string()),
  done_at: time,
});

const OUR_OWN = 'This is one of our own numbers. Give the number of the person who opted out.';

/**
 * Answers when the opt-out is durable, the planned deliveries that it forbids are canceled and the claimed ones
 * have settled.
 */
async function recordOptOut({ context, key, body }: ApiRequest<{ body: typeof optOutBody }>) {
  const { book, sender } = context.catalog.current();
  const programs = [...new Set(body.programs ?? [])];
  const topics = body.topics ?? [];
  for (const [at, id] of (body.programs ?? []).entries()) findProgram(book, id, `programs.${at}`);
  for (const [at, ref] of topics.entries()) {
    findTopic(findProgram(book, ref.program, `topics.${at}.program`), ref.topic, `topics.${at}.topic`);
  }
  if (sender(body.phone) !== null) throw unusable('phone', OUR_OWN);
  const { contact, scopes } = await optOut(context, {
    number: body.phone,
    programs,
    topics,
    channel: body.channel ?? 'NOT_STATED',
    origin: {
      door: 'api',
      channel: body.channel ?? 'not stated',
      ...(body.reason === undefined ? {} : { reason: body.reason }),
    },
    actor: `key:${key.id}`,
  });
  return { contact, scopes, done_at: iso(context.now()) };
}

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
  summary:
    'Opt a person out of everything, or of programs and topics. The opt-out is in force when the request is answered.',
  body: optOutBody,
  answer: optOutAnswer,
  handle: recordOptOut,
});

/** Takes back an opt-out that was read from ordinary words. Restores what the opt-out closed. */
export const OVERTURN_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/contacts/{id}/overturn',
  scope: 'consent:overturn',
  summary: 'Take back, for compliance, an opt-out that was read from ordinary words.',
  params: z.strictObject({ id: contactId }),
  body: z.strictObject({
    event: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .meta({ description: 'Number (seq) of the opt-out in GET /consent-records.' }),
    reason: line(3, 200).meta({ description: 'Kept sealed in the ledger.' }),
  }),
  answer: z.strictObject({
    contact: contactId,
    restored: z.array(z.strictObject({ program: z.string(), topics: z.array(z.string()) })),
    done_at: time,
  }),
  problems: ['not-found', 'refused', 'not-possible'],
  handle: async ({ context, key, params: { id: contact }, body }) => {
    const order = { contact, seq: body.event, reason: body.reason, key: key.id };
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
