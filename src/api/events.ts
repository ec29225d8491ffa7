import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { type EventRow, recordEvents } from '../contacts/bulk-import.ts';
import { type IncomingEvent, recordContactEvent } from '../contacts/events.ts';
import { takeTries } from '../contacts/number-tries.ts';
import { couponCode } from './coupon-pools.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, logLookUp, withTries } from './http/rate-limits.ts';
import { type ApiRequest, namedAs, readPart, UNUSABLE } from './http/route.ts';
import {
  contactId,
  eventType,
  lineFaults,
  namesOnePerson,
  ONE_PERSON,
  phone,
  slug,
  time,
  untold,
} from './http/shapes.ts';
import type { NdjsonLine } from './http/streaming.ts';

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

/**
 * One event of a long list. Its id is required: when a list breaks off and is sent again, events without ids would
 * count twice.
 */
export const eventLine = z.strictObject({ ...fields, id: ownId }).refine(namesOnePerson, ONE_PERSON);

/** The event in a body. `at` may be in the future by as much as clocks differ. */
function happeningOf(body: z.output<typeof eventBody>): IncomingEvent {
  const { type, amount = null, id = null, coupon } = body;
  const who = body.phone === undefined ? { contact: body.contact ?? '' } : { number: body.phone };
  return { who, type, at: new Date(body.at), amount, id, ...(coupon === undefined ? {} : { coupon }) };
}

const FUTURE = { field: 'at', message: 'It lies in the future.' };

const liesAhead = ({ at }: IncomingEvent, now: Date): boolean => at.getTime() > now.getTime() + AHEAD_MS;

export const eventAnswer = z.strictObject({
  contact: contactId.nullable().meta({ description: `By \`phone\` null too: ${untold}` }),
  repeated: z
    .boolean()
    .nullable()
    .meta({ description: `It was taken before, and counts once. By \`phone\`: ${untold}` }),
});

/**
 * Records an event. Never creates a contact: about an unknown number nothing is stored, and a key that may not look
 * people up does not learn so.
 */
export async function postEvent(call: ApiRequest<{ body: typeof eventBody }>) {
  const { context, key, body } = call;
  const happening = happeningOf(body);
  if (liesAhead(happening, context.now())) throw unusable(FUTURE.field, FUTURE.message);
  const { phone: number } = body;
  if (number !== undefined) await withTries(call, (tries) => takeTries(context, [number], tries));
  const taken = await recordContactEvent(context, happening);
  if (taken.kind === 'no-coupon')
    throw unusable('coupon', 'No person was given this code. The event can be stored without the code.');
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
  context.log.info(
    { key: key.id, contact, type: body.type, repeated: kind === 'again' },
    'an event was taken',
  );
  return { contact, repeated: kind === 'again' };
}

const DIFFERS = new Problem('conflict', 'Another event has this id.');

/**
 * An event that belongs to another number counts like an unknown number: otherwise a caller could try numbers until
 * one fits the event.
 */
async function noteNotTheirs(call: ApiRequest<object>, contact: string | null): Promise<void> {
  logLookUp(call, contact);
  if (contact !== null) await countUnknownNumber(call, false);
}

const count = z.int().min(0);

export const eventsAnswer = z.strictObject({
  lines: count,
  recorded: count.nullable().meta({ description: untold }),
  repeated: count
    .nullable()
    .meta({ description: `Taken before under the same id: each counts once. ${untold}` }),
  ...lineFaults,
});

/** Records a long list of events, line by line. A faulty line is refused alone. Never creates a contact. */
export async function postEvents(call: ApiRequest<object>) {
  const { context, key, lines } = call;
  const report = await withTries(
    call,
    (tries) => recordEvents(context, rowsOf(context, lines()), tries),
    true,
  );
  const { errors, errors_left_out, ...totals } = report;
  context.log.info({ key: key.id, ...totals }, 'events were taken');
  const told = { ...report, errors: namedAs(errors) };
  return key.mayLookUp ? told : { ...told, recorded: null, repeated: null, refused_unnamed: null };
}

async function* rowsOf(context: AppContext, lines: AsyncIterable<NdjsonLine>): AsyncGenerator<EventRow> {
  for await (const line of lines) yield { line: line.number, ...readRow(context, line) };
}

function readRow(context: AppContext, line: NdjsonLine) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(eventLine, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const happening = happeningOf(read.data);
  return liesAhead(happening, context.now()) ? { faults: [FUTURE] } : { happening };
}
