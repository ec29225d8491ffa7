import { z } from 'zod';
import { requestOptIn } from '../contacts/opt-in-request.ts';
import { Problem, throwRefusal, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { contactId, iso, language, line, phone, slug, time } from './http/shapes.ts';
import { notTaken, verification, verificationOf } from './verifications.ts';

const common = { phone, program: slug, language: language.optional() };
const page = {
  page_url: z
    .url({ protocol: /^https?$/, error: 'It must be a web address that begins with http:// or https://.' })
    .max(500),
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'It must be an IP address, such as 192.0.2.7.' }),
  user_agent: line(1, 400),
  checkbox: z.literal(true, 'The box must have been ticked by the person.'),
};

/** One shape of evidence per channel. */
const optInBody = z.discriminatedUnion('channel', [
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

async function postOptIn({ context, key, body, once }: ApiRequest<{ body: typeof optInBody }>) {
  const evidence = Object.entries(body.evidence).map(([name, value]) => [name, String(value)]);
  const outcome = await requestOptIn(context, {
    number: body.phone,
    program: body.program,
    channel: body.channel,
    language: body.language ?? null,
    evidence: Object.fromEntries(evidence),
    signedAt: body.channel === 'PAPER_FORM' ? new Date(body.evidence.signed_at) : null,
    actor: actorOf(key),
    door: 'api',
    cause: once === null ? null : key.keyedHash(`opt-in ${once._id} ${once.asked}`),
  }).catch(throwRefusal);
  switch (outcome.kind) {
    case 'prompted': {
      const { contact, delivery, expiresAt } = outcome.prompt;
      return { contact, delivery, expires_at: iso(expiresAt), verification: verificationOf(outcome.verdict) };
    }
    case 'number-refused':
      throw notTaken(outcome.refused);
    case 'no-sender':
      throw unusable('phone', `No number of the program may write to ${outcome.country}: see /senders.`);
    case 'stopped':
      throw nothingLeaves(outcome.number, outcome.why);
    case 'refused':
      throw new Problem('refused', `The request is on record, but no question was sent: ${outcome.why}.`, {
        next_step: outcome.todo,
      });
    default:
      return outcome satisfies never;
  }
}

const nothingLeaves = (number: string, why: string): Problem =>
  new Problem('not-possible', `Nothing was recorded and no question was sent: ${number} is stopped. ${why}`, {
    next_step: `Fix the cause, resume the sender by POST /senders/${number}/resume, and ask again.`,
  });

/** Opt-ins that a person asked for elsewhere. */
export const OPT_IN_ROUTE: ApiRoute = defineRoute({
  method: 'post',
  path: '/opt-ins',
  scope: 'consent:write',
  idempotency: 'optional',
  summary: 'Ask a person by text to confirm what they asked for on a form, a sheet or a call.',
  body: optInBody,
  status: 202,
  answer: z.strictObject({ contact: contactId, delivery: z.string(), expires_at: time, verification }),
  problems: ['refused', 'not-possible'],
  handle: postOptIn,
});
