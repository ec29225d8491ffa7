import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { earlierPromptOf, type OptInResult, optIn, type Prompted } from '../consent/opt-in-and-out.ts';
import { contactById } from '../contacts/find-contact.ts';
import { type DoorVerdict, noteVerdict, verifyAtEntry } from '../contacts/lookup.ts';
import { emptyConsentState } from '../domain/consent/consent-state.ts';
import { toDoInstead } from '../domain/consent/status-sentence.ts';
import type { Program } from '../domain/program.ts';
import { Problem, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, iso, language, line, phone, slug, time } from './http/shapes.ts';
import { findProgram } from './programs.ts';
import { notTaken, verification, verificationOf } from './verifications.ts';

const common = { phone, program: slug, language: language.optional() };
const page = {
  page_url: z.url({ protocol: /^https?$/, error: 'It must be a web address.' }).max(500),
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'It must be an IP address.' }),
  user_agent: line(1, 400),
  checkbox: z.literal(true, 'The box must have been ticked by the person.'),
};

/** One shape of evidence per channel. */
export const optInBody = z.discriminatedUnion('channel', [
  z.strictObject({ ...common, channel: z.literal('WEB_FORM'), evidence: z.strictObject(page) }),
  z.strictObject({
    ...common,
    channel: z.literal('MOBILE_QR_CODE'),
    evidence: z.strictObject({ ...page, location: line(1, 200) }),
  }),
  z.strictObject({
    ...common,
    channel: z.literal('PAPER_FORM'),
    evidence: z.strictObject({ location: line(1, 200), signed_at: time, staff: line(1, 100) }),
  }),
  z.strictObject({
    ...common,
    channel: z.literal('VERBAL'),
    evidence: z.strictObject({ agent: line(1, 100), call_id: line(1, 100), script_version: line(1, 100) }),
  }),
]);

export const optInAnswer = z.strictObject({
  contact: contactId,
  delivery: z.string(),
  expires_at: time,
  verification,
});

/** Asks the person by text to confirm. A form, sheet or call alone makes nobody a subscriber. */
export async function requestOptIn({ context, key, body, once }: ApiRequest<{ body: typeof optInBody }>) {
  const cause = once === null ? null : key.keyedHash(`opt-in ${once._id} ${once.asked}`);
  const before = cause === null ? null : await earlierPromptOf(context, body.phone, cause);
  // The earlier prompt may belong to a former holder of the number, so nothing found out now is stored with that
  // contact.
  if (before !== null) return answerOf(before, await verifyAtEntry(context, 'opt_ins', body.phone));
  const catalog = context.catalog.current();
  const program = findProgram(catalog.book, body.program);
  if (program.status === 'ended') throw unusable('program', 'The program has ended.');
  if (body.language !== undefined && !program.languages.includes(body.language)) {
    throw unusable('language', 'The program does not write in this language.');
  }
  if (catalog.sender(body.phone) !== null) throw unusable('phone', 'This is one of our own numbers.');
  if (body.channel === 'PAPER_FORM' && new Date(body.evidence.signed_at) > context.now()) {
    throw unusable('evidence.signed_at', 'It lies in the future.');
  }
  const verdict = await verifyAtEntry(context, 'opt_ins', body.phone);
  if (verdict.refused !== null) throw notTaken(verdict.refused);
  const evidence = Object.entries(body.evidence).map(([name, value]) => [name, String(value)]);
  const result = await optIn(context, {
    number: body.phone,
    program: program.id,
    channel: body.channel,
    language: body.language ?? null,
    origin: { door: 'api', ...Object.fromEntries(evidence) },
    actor: `key:${key.id}`,
    ...(cause === null ? {} : { cause }),
  });
  if (result === null) throw unusable('program', 'The program has ended.');
  if (result.kind === 'no-sender') {
    throw unusable('phone', `No number of the program may write to ${result.country}: see /senders.`);
  }
  if (result.kind === 'stopped') throw nothingLeaves(result);
  await noteVerdict(context, result.contact, verdict);
  if (result.kind === 'prompted') return answerOf(result, verdict);
  // Another process may have planned the prompt while this one waited.
  const meanwhile = cause === null ? null : await earlierPromptOf(context, body.phone, cause);
  if (meanwhile !== null) return answerOf(meanwhile, verdict);
  throw await refused(context, program, result);
}

const nothingLeaves = ({ number, why }: Extract<OptInResult, { kind: 'stopped' }>): Problem =>
  new Problem('not-possible', `Nothing is recorded, and no question was sent: ${number} is stopped. ${why}`, {
    next_step: `See to it, POST /senders/${number}/resume, and ask again.`,
  });

function answerOf({ contact, delivery, expiresAt }: Prompted, verdict: DoorVerdict) {
  return { contact, delivery, expires_at: iso(expiresAt), verification: verificationOf(verdict) };
}

async function refused(
  context: AppContext,
  program: Program,
  { contact, refusal, why, from }: Extract<OptInResult, { kind: 'refused' }>,
): Promise<Problem> {
  const person = (await contactById(context, contact))?.person ?? emptyConsentState();
  const detail = `The request is on record, but no question was sent: ${why}.`;
  return new Problem('refused', detail, {
    next_step: toDoInstead(person, program, from, refusal, context.now()),
  });
}
