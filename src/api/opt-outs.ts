import { z } from 'zod';
import { optOut } from '../consent/opt-in-and-out.ts';
import { overturnOptOut } from '../consent/review/overturn-opt-out.ts';
import { keywordOf } from '../domain/consent/program-text.ts';
import type { ProgramBook } from '../domain/program.ts';
import { Problem, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, heldPhone, iso, line, slug, time } from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

const MOST = 50;
const some = 'Leave the field out to opt out of everything.';

export const optOutBody = z.strictObject({
  phone: heldPhone,
  programs: z.array(slug).min(1, some).max(MOST).optional(),
  topics: z
    .array(z.strictObject({ program: slug, topic: slug }))
    .min(1, some)
    .max(MOST)
    .optional(),
  channel: z.enum(['WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE']).optional().meta({
    description:
      'How the person said it; left out, the ledger has NOT_STATED. An opt-out is never refused for want of it.',
  }),
  reason: line(3, 200).optional(),
});

export const optOutAnswer = z.strictObject({
  contact: contactId,
  scopes: z.array(z.string()),
  done_at: time,
});

const OUR_OWN = 'This is one of our own numbers. Give that of the person who opted out.';

/**
 * Answers when the opt-out is durable, the planned deliveries that it forbids are canceled and the claimed ones
 * have settled.
 */
export async function recordOptOut({ context, key, body }: ApiRequest<{ body: typeof optOutBody }>) {
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

export const overturnParams = z.strictObject({ id: contactId });
export const overturnBody = z.strictObject({
  event: z
    .int('It must be a whole number.')
    .min(1)
    .max(1_000_000_000)
    .meta({ description: 'Number (seq) of the opt-out in GET /consent-records.' }),
  reason: line(3, 200).meta({ description: 'Kept, sealed, in the ledger.' }),
});
export const overturnAnswer = z.strictObject({
  contact: contactId,
  restored: z.array(z.strictObject({ program: z.string(), topics: z.array(z.string()) })),
  done_at: time,
});

type Asked = ApiRequest<{ params: typeof overturnParams; body: typeof overturnBody }>;

/** Takes back an opt-out that was read from ordinary words. Restores what the opt-out closed. */
export async function answerOverturn({ context, key, params, body }: Asked) {
  const order = { contact: params.id, seq: body.event, reason: body.reason, actor: `key:${key.id}` };
  const outcome = await overturnOptOut(context, order);
  if (outcome.kind === 'unknown') {
    throw new Problem('not-found', 'There is no such contact, or no such entry in their ledger.');
  }
  if (outcome.kind === 'refused') {
    throw new Problem('refused', outcome.sentence, {
      next_step: howToReturn(context.catalog.current().book),
    });
  }
  context.log.info({ key: key.id, contact: params.id, event: body.event }, 'an opt-out was overturned');
  return { contact: params.id, restored: outcome.restored, done_at: iso(context.now()) };
}

/** How people can return by a text of their own: the only way when nothing can be overturned. */
export function howToReturn({ programs }: ProgramBook): string {
  const each = programs
    .filter(({ status }) => status === 'active')
    .map((program) => `${keywordOf(program, 'en')} to ${program.numbers[0]} (${program.name})`);
  return `The person texts, from their own phone: ${each.join(', ')}.`;
}
