import { z } from 'zod';
import { BRAND_TIERS, HANDLINGS, SENDER_KINDS, type Sender, senderRate } from '../domain/program.ts';
import { senderFaults } from '../domain/sender-faults.ts';
import { codeFault } from '../domain/text/required-content.ts';
import { letAttemptsEnd } from '../sending/cancel-and-drain.ts';
import { writeSender } from '../store/consent/programs.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { partsAtCarrier } from '../store/senders/rate-limiter.ts';
import { readSenderHealth, resumeSender } from '../store/senders/sender-state.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, logLookUp } from './http/rate-limits.ts';
import type { ApiRequest } from './http/route.ts';
import { iso, isoOrNull, line, time } from './http/shapes.ts';

/** Counting stops here. */
const MOST_WAITING = 10_000;

/** The fields of a sender that an operator configures. */
const fields = {
  kind: z.enum(SENDER_KINDS),
  country: z.enum(['US', 'CA']),
  opt_out_handling: z
    .enum(HANDLINGS)
    .meta({ description: 'Who answers an opt-out on it: docs/operations/carrier.md.' }),
  messaging_service_sid: z
    .string()
    .regex(/^MG[0-9a-f]{32}$/, 'It must be the id of a Messaging Service: MG and 32 of 0-9, a-f.')
    .nullable(),
  receipts: z.boolean().meta({ description: 'False where the carrier posts no receipts for it.' }),
  brand: z
    .strictObject({
      id: z.string().regex(/^[\w-]{1,40}$/, 'It is not the id of a brand.'),
      tier: z.enum(BRAND_TIERS),
    })
    .nullable()
    .meta({
      description: "Registered brand that carriers' daily caps are counted by; null: none is counted.",
    }),
};

const sender = z.strictObject({
  number: z.string(),
  ...fields,
  segments_per_second: z.number(),
  stopped: z
    .strictObject({ code: z.string(), why: z.string(), at: time })
    .nullable()
    .meta({ description: 'An error of the account or the number: nothing leaves until it is resumed.' }),
  paused_until: time.nullable().meta({ description: 'The carrier failed: it is tried again then.' }),
  waiting_at_carrier: z
    .number()
    .meta({ description: 'Segments taken and not passed on, of the last minute.' }),
});

export const sendersQuery = z.strictObject({});
export const sendersAnswer = z.strictObject({ items: z.array(sender) });
export const senderAnswer = sender;
export const senderParams = z.strictObject({
  number: z.string().regex(/^\+?\d{4,15}$/, 'It must be one of our own numbers, as /senders lists it.'),
});
export const senderBody = z.strictObject({
  ...fields,
  messaging_service_sid: fields.messaging_service_sid.prefault(null),
  receipts: fields.receipts.prefault(true),
  brand: fields.brand.prefault(null),
  segments_per_second: z
    .number()
    .positive()
    .max(1000)
    .nullable()
    .prefault(null)
    .meta({ description: 'Parts a second the carrier takes from it; null: what its kind usually gets.' }),
});
export const resumeBody = z.strictObject({ reason: line(3, 200) });

/** Our numbers, and what keeps each from sending. */
export async function listSenders({ context }: ApiRequest<object>) {
  const { senders } = context.catalog.current().book;
  return { items: await Promise.all(senders.map((sender) => shown(context, sender))) };
}

type Put = ApiRequest<{ params: typeof senderParams; body: typeof senderBody }>;

/**
 * Saves one of our numbers whole. Answers when no delivery that was decided before is under way. Idempotent. For a
 * number that is not ours yet the request is a look-up: its answer tells whether a person holds the number.
 */
export async function putSender(call: Put) {
  const { context, key, params, body } = call;
  const sender = senderOf(params.number, body);
  const errors = senderFaults(sender).map(({ field, message }) => ({ field: WRITTEN_AS[field], message }));
  const fault = codeFault(sender, context.catalog.current().book);
  if (fault !== null) errors.push({ field: 'country', message: fault });
  if (errors.length > 0) throw new Problem('unprocessable', 'The sender was not saved.', { errors });
  if (context.catalog.current().sender(sender.number) === null) await refuseHeld(call, sender.number);
  await writeSender(context.store, sender, context.now());
  await context.catalog.refresh();
  await letAttemptsEnd(context.store, { numbers: [sender.number] }, context.monotonic);
  context.log.info({ key: key.id, sender: sender.number }, 'a sender was saved');
  return shown(context, sender);
}

/** Throws a `Problem` when a person holds a number that is not ours yet. */
async function refuseHeld(call: Put, number: string): Promise<void> {
  const [holder] = await findHolders(call.context.store, [call.context.indexOf(number)]);
  await countUnknownNumber(call, holder !== undefined);
  if (holder === undefined) return;
  logLookUp(call, holder._id);
  throw unusable('number', 'A person is held under that number: it cannot be one of ours.');
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

function senderOf(number: string, body: z.output<typeof senderBody>): Sender {
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

type Resume = ApiRequest<{ params: typeof senderParams; body: typeof resumeBody }>;

/** Lets a stopped sender send again, after a person has fixed what stopped it. Idempotent. */
export async function resume({ context, key, params, body }: Resume) {
  const found = context.catalog.current().book.senders.find(({ number }) => number === params.number);
  if (found === undefined)
    throw unusable('number', 'There is no sender of this number; /senders lists ours.');
  const resumed = await resumeSender(context.store, found.number, context.now());
  if (resumed) {
    const fields = { key: key.id, sender: found.number, reasonLength: body.reason.length };
    context.log.info(fields, 'a sender was resumed');
  }
  return shown(context, found);
}

async function shown({ store }: ApiRequest<object>['context'], of: Sender) {
  const [{ circuit, stopped }, waiting] = await Promise.all([
    readSenderHealth(store, of.number),
    partsAtCarrier(store, of.number, MOST_WAITING),
  ]);
  return {
    number: of.number,
    kind: of.kind,
    country: of.country,
    opt_out_handling: of.handling,
    messaging_service_sid: of.messagingServiceSid,
    receipts: of.receipts ?? true,
    brand: of.brand ?? null,
    segments_per_second: senderRate(of),
    stopped: stopped === null ? null : { code: stopped.code, why: stopped.why, at: iso(stopped.at) },
    paused_until: isoOrNull(circuit.pausedUntil),
    waiting_at_carrier: waiting,
  };
}
