import { z } from 'zod';
import { optOut } from '../../consent/opt-out.ts';
import { contactId, heldPhone, iso, line, slug, time } from '../fields.ts';
import { unusable } from '../problem.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';

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

/** Answers once it is durable, what was planned is canceled and what was under way has settled. */
export async function recordOptOut({ desk, key, body }: Call<{ body: typeof optOutBody }>) {
  const { book, sender } = desk.catalog.current();
  const programs = [...new Set(body.programs ?? [])];
  const topics = body.topics ?? [];
  for (const [at, id] of (body.programs ?? []).entries()) findProgram(book, id, `programs.${at}`);
  for (const [at, ref] of topics.entries()) {
    findTopic(findProgram(book, ref.program, `topics.${at}.program`), ref.topic, `topics.${at}.topic`);
  }
  if (sender(body.phone) !== null) throw unusable('phone', OUR_OWN);
  const { contact, scopes } = await optOut(desk, {
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
  return { contact, scopes, done_at: iso(desk.now()) };
}
