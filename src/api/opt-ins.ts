import { z } from 'zod';
import { requestOptIn } from '../contacts/opt-in-request.ts';
import { Problem, throwRefusal, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { contactId, iso, language, line, phone, shape, slug, time } from './http/shapes.ts';
import { notTaken, verification, verificationOf } from './verifications.ts';

const common = {
  phone,
  program: slug.meta({ description: 'The program that the person asked for.' }),
  language: language.optional().meta({
    description:
      'The language of the question. When absent: the language that the person is known to write in.',
  }),
};
const page = {
  page_url: z
    .url({ protocol: /^https?$/, error: 'It must be a web address that begins with http:// or https://.' })
    .max(500)
    .meta({ description: 'The address of the page with the form.' }),
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'It must be an IP address, such as 192.0.2.7.' }).meta({
    description: 'The address from which the form was sent.',
  }),
  user_agent: line(1, 400).meta({ description: 'What the browser said that it is.' }),
  checkbox: z
    .literal(true, 'The box must have been ticked by the person.')
    .meta({ description: 'The person ticked the box themselves.' }),
};

const EVIDENCE = 'What was recorded when the person asked. The ledger keeps it sealed.';

/** One shape of evidence per channel. */
const optInBody = z
  .discriminatedUnion('channel', [
    shape('WebFormOptIn', {
      ...common,
      channel: z.literal('WEB_FORM').meta({ description: 'A form on a web page.' }),
      evidence: shape('WebFormEvidence', page).meta({ description: EVIDENCE }),
    }),
    shape('QrCodeOptIn', {
      ...common,
      channel: z.literal('MOBILE_QR_CODE').meta({ description: 'A form behind a QR code.' }),
      evidence: shape('QrCodeEvidence', {
        ...page,
        location: line(1, 200).meta({ description: 'Where the code hangs.' }),
      }).meta({ description: EVIDENCE }),
    }),
    shape('PaperFormOptIn', {
      ...common,
      channel: z.literal('PAPER_FORM').meta({ description: 'A sheet that the person signed.' }),
      evidence: shape('PaperFormEvidence', {
        location: line(1, 200).meta({ description: 'Where the sheet was signed.' }),
        signed_at: time.meta({ description: 'When the person signed.' }),
        staff: line(1, 100).meta({ description: 'Who took in the sheet.' }),
      }).meta({ description: EVIDENCE }),
    }),
    shape('VerbalOptIn', {
      ...common,
      channel: z.literal('VERBAL').meta({ description: 'A call.' }),
      evidence: shape('VerbalEvidence', {
        agent: line(1, 100).meta({ description: 'Who spoke with the person.' }),
        call_id: line(1, 100).meta({ description: 'The id of the call in your phone system.' }),
        script_version: line(1, 100).meta({ description: 'The version of the words that were read out.' }),
      }).meta({ description: EVIDENCE }),
    }),
  ])
  .meta({ id: 'OptInRequest' });

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
  id: 'createOptIn',
  returns: 'The contact and the message that asks for the confirmation.',
  idempotency: 'optional',
  summary: 'Ask a person by text to confirm what they asked for on a form, a sheet or a call.',
  body: optInBody,
  status: 202,
  answer: shape('OptIn', {
    contact: contactId,
    delivery: z.string().meta({ description: 'The id of the message that asks, for GET /deliveries/{id}.' }),
    expires_at: time.meta({ description: 'Until when a YES to the question counts.' }),
    verification,
  }),
  problems: ['refused', 'not-possible'],
  handle: postOptIn,
});
