import { z } from 'zod';
import { stopSenderByStaff } from '../consent/programs/sender-health.ts';
import { listSenders, resumeStoppedSender, saveSender, viewSender } from '../consent/programs/senders.ts';
import {
  BRAND_TIERS,
  findSender,
  HANDLINGS,
  SENDER_KINDS,
  type Sender,
  senderRate,
} from '../domain/program.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber } from './http/rate-limits.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, line, plainLine, shape, time } from './http/shapes.ts';

/** The fields of a sender that an operator configures. */
const fields = {
  kind: z.enum(SENDER_KINDS).meta({ description: 'What kind of number it is.' }),
  country: z.enum(['US', 'CA']).meta({ description: 'The country of the number.' }),
  opt_out_handling: z
    .enum(HANDLINGS)
    .meta({ description: 'Who answers an opt-out on this number: docs/operations/carrier.md.' }),
  messaging_service_sid: z
    .string()
    .regex(/^MG[0-9a-f]{32}$/, 'It must be the id of a Messaging Service: MG and 32 of 0-9, a-f.')
    .nullable()
    .meta({ description: 'The Messaging Service that has the number in its pool; null: none.' }),
  receipts: z
    .boolean()
    .meta({ description: 'False when the carrier posts no delivery reports for this number.' }),
  brand: shape('SenderBrand', {
    id: z
      .string()
      .regex(/^[\w-]{1,40}$/, 'It must be the id of a brand: 1 to 40 letters, digits, "-" and "_".')
      .meta({ description: 'The id of the brand.' }),
    tier: z.enum(BRAND_TIERS).meta({ description: 'The tier of the brand at the carriers.' }),
  })
    .nullable()
    .meta({
      description:
        'The registered brand by which the daily caps of carriers are counted; null: no cap is counted.',
    }),
};

const sender = shape('Sender', {
  number: z.string(),
  ...fields,
  segments_per_second: z.number(),
  stopped: shape('SenderStop', { code: z.string(), why: z.string(), at: time }).nullable().meta({
    description: 'An error of the account or the number: nothing is sent until a person resumes the sender.',
  }),
  paused_until: time
    .nullable()
    .meta({ description: 'The carrier failed: sending is tried again at this time.' }),
  waiting_at_carrier: z
    .number()
    .meta({ description: 'Parts that the carrier accepted in the last minute and has not passed on.' }),
});

const senderParams = z.strictObject({
  number: z
    .string()
    .regex(/^\+?\d{4,15}$/, 'It must be one of our own numbers, as GET /senders lists it.')
    .meta({ description: 'One of our numbers.' }),
});
export const senderBody = shape('UpdateSenderRequest', {
  ...fields,
  messaging_service_sid: fields.messaging_service_sid.prefault(null),
  receipts: fields.receipts.prefault(true),
  brand: fields.brand.prefault(null),
  segments_per_second: z.number().positive().max(1000).nullable().prefault(null).meta({
    description:
      'Parts a second that the carrier accepts from this number; null: the usual rate of its kind.',
  }),
});

/** For a number that is not ours yet the request is a look-up: its answer tells whether a person holds the number. */
async function putSender(call: ApiRequest<{ params: typeof senderParams; body: typeof senderBody }>) {
  const { context, key, params, body } = call;
  const saved = await saveSender(context, {
    sender: senderOf(params.number, body),
    actor: actorOf(key),
    countNumber: (isHeld) => countUnknownNumber(call, isHeld),
  });
  if (saved.kind === 'faults') {
    const errors = saved.faults.map(({ field, message }) => ({ field: WRITTEN_AS[field], message }));
    throw new Problem('unprocessable', 'The sender was not saved.', { errors });
  }
  if (saved.kind === 'held')
    throw unusable('number', 'A person holds this number, so it cannot be one of ours.');
  return shownSender(saved.view);
}

const WRITTEN_AS: Record<keyof Sender, string> = {
  number: 'number',
  kind: 'kind',
  country: 'country',
  handling: 'opt_out_handling',
  messagingServiceSid: 'messaging_service_sid',
  rate: 'segments_per_second',
  receipts: 'receipts',
  brand: 'brand',
};

export function senderOf(number: string, body: z.output<typeof senderBody>): Sender {
  return {
    number,
    kind: body.kind,
    country: body.country,
    handling: body.opt_out_handling,
    messagingServiceSid: body.messaging_service_sid,
    ...(body.segments_per_second === null ? {} : { rate: body.segments_per_second }),
    ...(body.receipts ? {} : { receipts: false }),
    ...(body.brand === null ? {} : { brand: body.brand }),
  };
}

type ListedSender = Awaited<ReturnType<typeof listSenders>>[number];

const shownSender = ({ sender: own, stopped, pausedUntil, waitingAtCarrier }: ListedSender) => ({
  number: own.number,
  kind: own.kind,
  country: own.country,
  opt_out_handling: own.handling,
  messaging_service_sid: own.messagingServiceSid,
  receipts: own.receipts ?? true,
  brand: own.brand ?? null,
  segments_per_second: senderRate(own),
  stopped: stopped === null ? null : { code: stopped.code, why: stopped.why, at: iso(stopped.at) },
  paused_until: isoOrNull(pausedUntil),
  waiting_at_carrier: waitingAtCarrier,
});

/** Our own numbers. */
export const SENDER_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/senders',
    scope: 'programs:read',
    id: 'listSenders',
    returns: 'All our numbers.',
    summary: 'List our numbers, and what keeps each of them from sending.',
    query: z.strictObject({}),
    answer: shape('SenderList', { items: z.array(sender) }),
    handle: async ({ context }) => ({ items: (await listSenders(context)).map(shownSender) }),
  }),
  defineRoute({
    method: 'put',
    path: '/senders/{number}',
    scope: 'programs:write',
    id: 'updateSender',
    returns: 'The number as it is saved.',
    summary: 'Save one of our numbers whole: its kind, who answers an opt-out on it, and its speed.',
    params: senderParams,
    body: senderBody,
    answer: sender,
    handle: putSender,
  }),
  defineRoute({
    method: 'post',
    path: '/senders/{number}/stop',
    scope: 'programs:write',
    id: 'stopSender',
    returns: 'The number, which is stopped.',
    summary: 'Send nothing from a number, answers included, until it is resumed. The first reason stays.',
    params: senderParams,
    body: shape('StopSenderRequest', {
      reason: plainLine(3, 200).meta({ description: 'Why. It stays on record.' }),
    }),
    answer: sender,
    handle: async ({ context, key, params: { number }, body: { reason } }) => {
      const own = findSender(context.catalog.current().book, number);
      if (own === null) throw unusable('number', 'There is no sender of this number; /senders lists ours.');
      await stopSenderByStaff(context, own, { actor: actorOf(key), reason });
      return shownSender(await viewSender(context, own));
    },
  }),
  defineRoute({
    method: 'post',
    path: '/senders/{number}/resume',
    scope: 'programs:write',
    id: 'resumeSender',
    returns: 'The number, which may send again.',
    summary: 'Let a stopped or paused number send again, once the cause is fixed.',
    params: senderParams,
    body: shape('ResumeSenderRequest', {
      reason: line(3, 200).meta({ description: 'What was mended. It stays on record.' }),
    }),
    answer: sender,
    handle: async ({ context, key, params: { number }, body: { reason } }) => {
      const resumed = await resumeStoppedSender(context, number, { actor: actorOf(key), reason });
      if (resumed === null)
        throw unusable('number', 'There is no sender of this number; /senders lists ours.');
      return shownSender(resumed);
    },
  }),
];
