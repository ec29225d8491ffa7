import { z } from 'zod';
import { HANDLINGS, SENDER_KINDS, type Sender, senderRate } from '../domain/program.ts';
import { BRAND_TIERS } from '../domain/sending/daily-caps.ts';
import { segmentsAtCarrier } from '../store/sender-pace.ts';
import { readTrouble, resumeSender } from '../store/sender-stops.ts';
import { iso, isoOrNull, line, time } from './fields.ts';
import { unusable } from './problem.ts';
import type { Call } from './route.ts';

/** More is not counted. */
const MOST_WAITING = 10_000;

const sender = z.strictObject({
  number: z.string(),
  kind: z.enum(SENDER_KINDS),
  country: z.string(),
  opt_out_handling: z.enum(HANDLINGS),
  segments_per_second: z.number(),
  brand: z
    .strictObject({ id: z.string(), tier: z.enum(BRAND_TIERS) })
    .nullable()
    .meta({
      description: "Registered brand that carriers' daily caps are counted by; null: none is counted.",
    }),
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
export const resumeBody = z.strictObject({ reason: line(3, 200) });

/** Our numbers, and whether anything keeps them from sending. */
export async function listSenders({ desk }: Call<object>) {
  const { senders } = desk.catalog.current().book;
  return { items: await Promise.all(senders.map((one) => shown(desk, one))) };
}

type Resume = Call<{ params: typeof senderParams; body: typeof resumeBody }>;

/** Lets a stopped sender send again, once a person has seen to what stopped it. The same request twice does no more. */
export async function resume({ desk, key, params, body }: Resume) {
  const found = desk.catalog.current().book.senders.find(({ number }) => number === params.number);
  if (found === undefined)
    throw unusable('number', 'There is no sender of this number; /senders lists ours.');
  const resumed = await resumeSender(desk.store, found.number);
  if (resumed) {
    const fields = { key: key.id, sender: found.number, reasonLength: body.reason.length };
    desk.log.info(fields, 'a sender was resumed');
  }
  return shown(desk, found);
}

async function shown({ store }: Call<object>['desk'], of: Sender) {
  const [{ circuit, stopped }, waiting] = await Promise.all([
    readTrouble(store, of.number),
    segmentsAtCarrier(store, of.number, MOST_WAITING),
  ]);
  return {
    number: of.number,
    kind: of.kind,
    country: of.country,
    opt_out_handling: of.handling,
    segments_per_second: senderRate(of),
    brand: of.brand ?? null,
    stopped: stopped === null ? null : { code: stopped.code, why: stopped.why, at: iso(stopped.at) },
    paused_until: isoOrNull(circuit.pausedUntil),
    waiting_at_carrier: waiting,
  };
}
