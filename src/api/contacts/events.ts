import { z } from 'zod';
import { takeTries } from '../../contacts/number-tries.ts';
import { type Happening, takeEvent } from '../../contacts/take-event.ts';
import { contactId, eventType, namesOnePerson, ONE_PERSON, phone, slug, time } from '../fields.ts';
import { Problem, unusable } from '../problem.ts';
import { UNUSABLE } from '../read-request.ts';
import type { Call } from '../route.ts';
import { couponCode } from '../templates/coupon-pools.ts';
import { untold } from './contacts.ts';
import { countIfUnknown, logLookUp, withTries } from './lookup-quota.ts';

/** How far a client's clock may be ahead of ours, ms. */
const AHEAD_MS = 5 * 60_000;
const MOST = 1e9;

const isCents = (amount: number): boolean => Math.abs(Math.round(amount * 100) - amount * 100) < 1e-3;

const ownId = z
  .string()
  .regex(/^[!-~]{1,200}$/, 'It must be 1 to 200 visible ASCII characters.')
  .meta({
    description: 'Your own id of this event, among those of all keys: sent again under it, it counts once.',
  });

const fields = {
  contact: contactId.optional(),
  phone: phone.optional(),
  type: eventType.meta({
    description: 'What the person did, in a word of your own.',
    examples: ['purchase'],
  }),
  at: time,
  amount: z
    .number()
    .min(-MOST)
    .max(MOST)
    .refine(isCents, { error: 'It may have two decimals.', params: UNUSABLE })
    .optional()
    .meta({ description: 'What it was worth, to the cent; less than 0 for what was given back.' }),
  id: ownId.optional(),
  coupon: z.strictObject({ pool: slug, code: couponCode }).optional().meta({
    description:
      'A code of one of our messages that came with it; it counts for the campaign of that message, whoever used it.',
  }),
};

export const eventBody = z.strictObject(fields).refine(namesOnePerson, ONE_PERSON);

/** One of many: a long list breaks off, and without ids what was taken would count again. */
export const eventLine = z.strictObject({ ...fields, id: ownId }).refine(namesOnePerson, ONE_PERSON);

/** What happened, as a body tells it; `at` may lie ahead by what clocks differ. */
export function happeningOf(body: z.output<typeof eventBody>): Happening {
  const { type, amount = null, id = null, coupon } = body;
  const who = body.phone === undefined ? { contact: body.contact ?? '' } : { number: body.phone };
  return { who, type, at: new Date(body.at), amount, id, ...(coupon === undefined ? {} : { coupon }) };
}

export const FUTURE = { field: 'at', message: 'It lies in the future.' };

export const liesAhead = ({ at }: Happening, now: Date): boolean => at.getTime() > now.getTime() + AHEAD_MS;

export const eventAnswer = z.strictObject({
  contact: contactId.nullable().meta({ description: `By \`phone\` null too: ${untold}` }),
  repeated: z
    .boolean()
    .nullable()
    .meta({ description: `It was taken before, and counts once. By \`phone\`: ${untold}` }),
});

/**
 * Takes what a person did. Nobody is made by it: about an unknown number nothing is kept, and a key that may not look people up
 * is not told so.
 */
export async function postEvent(call: Call<{ body: typeof eventBody }>) {
  const { desk, key, body } = call;
  const happening = happeningOf(body);
  if (liesAhead(happening, desk.now())) throw unusable(FUTURE.field, FUTURE.message);
  const { phone: number } = body;
  if (number !== undefined) await withTries(call, (tries) => takeTries(desk, [number], tries));
  const taken = await takeEvent(desk, happening);
  if (taken.kind === 'no-coupon')
    throw unusable('coupon', 'Nobody was given this code. Without it the event can be taken.');
  if (taken.kind === 'other-event' && !taken.ofOther) throw DIFFERS;
  if (number !== undefined && !key.mayLookUp) return { contact: null, repeated: null };
  if (taken.kind === 'no-contact') {
    if (number !== undefined) logLookUp(call, null);
    throw new Problem('not-found', 'There is no such contact. POST /contacts makes one.');
  }
  if (taken.kind === 'other-event') {
    if (number !== undefined) await noteNotTheirs(call, taken.contact);
    throw DIFFERS;
  }
  const { contact, kind } = taken;
  desk.log.info({ key: key.id, contact, type: body.type, repeated: kind === 'again' }, 'an event was taken');
  return { contact, repeated: kind === 'again' };
}

const DIFFERS = new Problem('conflict', 'This id stands for an event that differs.');

/**
 * Where an event turns out to be another number's, that is counted like an unknown number: else a caller could try numbers until
 * one fits the event.
 */
async function noteNotTheirs(call: Call<object>, contact: string | null): Promise<void> {
  logLookUp(call, contact);
  if (contact !== null) await countIfUnknown(call, false);
}
