import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { type EventRow, recordEvents } from '../contacts/bulk-import.ts';
import { type IncomingEvent, listEventTypes, takeEvent } from '../contacts/events.ts';
import type { Tries } from '../contacts/number-tries.ts';
import { couponCode } from './coupon-pools.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, withTries } from './http/rate-limits.ts';
import {
  type ApiRequest,
  type ApiRoute,
  actorOf,
  defineRoute,
  namedAs,
  readPart,
  UNUSABLE,
} from './http/route.ts';
import {
  contactId,
  eventType,
  iso,
  lineFaults,
  namesOnePerson,
  ONE_PERSON,
  page,
  paging,
  phone,
  plainPage,
  shape,
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
    description:
      'Your own id of this event, unique among the ids of all keys. An event that is sent again under its id counts once.',
  });

const fields = {
  contact: contactId.optional(),
  phone: phone.optional(),
  type: eventType.meta({
    description: 'What the person did, in a word of your own.',
    examples: ['purchase'],
  }),
  at: time.meta({ description: 'When it happened; at most five minutes ahead of our clock.' }),
  amount: z
    .number()
    .min(-MOST)
    .max(MOST)
    .refine(isCents, { error: 'It must have at most two decimals.', params: UNUSABLE })
    .optional()
    .meta({ description: 'What the event was worth, to the cent; less than 0 for what was given back.' }),
  id: ownId.optional(),
  coupon: shape('RedeemedCoupon', {
    pool: slug.meta({ description: 'Id of the coupon pool that has the code.' }),
    code: couponCode,
  })
    .optional()
    .meta({
      description:
        'A coupon code from one of our messages that was used. The event counts for the campaign of that message, whoever used the code.',
    }),
};

const eventBody = z
  .strictObject(fields)
  .refine(namesOnePerson, ONE_PERSON)
  .meta({ id: 'RecordEventRequest' });

/**
 * One event of a long list. Its id is required: when a list breaks off and is sent again, events without ids would
 * count twice.
 */
const eventLine = z
  .strictObject({ ...fields, id: ownId })
  .refine(namesOnePerson, ONE_PERSON)
  .meta({ id: 'EventLine' });

/** The event in a body. `at` may be in the future by as much as clocks differ. */
function eventOf(body: z.output<typeof eventBody>): IncomingEvent {
  const { type, amount = null, id = null, coupon } = body;
  const who = body.phone === undefined ? { contact: body.contact ?? '' } : { number: body.phone };
  return { who, type, at: new Date(body.at), amount, id, ...(coupon === undefined ? {} : { coupon }) };
}

const FUTURE = { field: 'at', message: 'The time lies in the future.' };

const liesAhead = ({ at }: IncomingEvent, now: Date): boolean => at.getTime() > now.getTime() + AHEAD_MS;

const eventAnswer = shape('RecordedEvent', {
  contact: contactId.nullable().meta({ description: `By \`phone\` also: ${untold}` }),
  repeated: z
    .boolean()
    .nullable()
    .meta({ description: `Whether the event was recorded before; it counts once. By \`phone\`: ${untold}` }),
});

async function postEvent(call: ApiRequest<{ body: typeof eventBody }>) {
  const { context, key, body } = call;
  const event = eventOf(body);
  if (liesAhead(event, context.now())) throw unusable(FUTURE.field, FUTURE.message);
  const countNumber = (isKnown: boolean) => countUnknownNumber(call, isKnown);
  const outcome = await withTries(call, (tries) =>
    takeEvent(context, event, { actor: actorOf(key), tries, countNumber }),
  );
  switch (outcome.kind) {
    case 'taken':
      return { contact: outcome.contact, repeated: outcome.repeated };
    case 'untold':
      return { contact: null, repeated: null };
    case 'no-contact':
      throw new Problem('not-found', 'There is no such contact. POST /contacts creates one.');
    case 'no-coupon':
      throw unusable('coupon', 'Nobody was given this code. The event can be recorded without it.');
    case 'differs':
      throw new Problem('conflict', 'This id belongs to a different event.');
    default:
      return outcome satisfies never;
  }
}

const count = z.int().min(0);

const eventsAnswer = shape('RecordedEvents', {
  lines: count.meta({ description: 'How many lines were read.' }),
  recorded: count.nullable().meta({ description: untold }),
  repeated: count
    .nullable()
    .meta({ description: `Events that were recorded before under the same id; each counts once. ${untold}` }),
  ...lineFaults,
});

async function postEvents(call: ApiRequest<object>) {
  const { context, key, lines } = call;
  const recordWithin = (tries: Tries | null) =>
    recordEvents(context, rowsOf(context, lines()), { actor: actorOf(key), tries });
  const report = await withTries(call, recordWithin, true);
  const answer = { ...report, errors: namedAs(report.errors) };
  return key.mayLookUp ? answer : { ...answer, recorded: null, repeated: null, refused_unnamed: null };
}

async function* rowsOf(
  context: Pick<AppContext, 'now'>,
  lines: AsyncIterable<NdjsonLine>,
): AsyncGenerator<EventRow> {
  for await (const line of lines) yield { line: line.number, ...readRow(context, line) };
}

function readRow(context: Pick<AppContext, 'now'>, line: NdjsonLine) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(eventLine, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const happening = eventOf(read.data);
  return liesAhead(happening, context.now()) ? { faults: [FUTURE] } : { happening };
}

/** Routes by which other systems report events of people. They create no contact. */
export const EVENT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/events',
    id: 'recordEvent',
    returns: 'Whose event it is, and whether it was recorded before.',
    scope: 'contacts:write',
    summary: 'Record what a person did. The request creates no contact.',
    body: eventBody,
    answer: eventAnswer,
    problems: ['not-found', 'conflict'],
    handle: postEvent,
  }),
  defineRoute({
    method: 'post',
    path: '/events/bulk',
    id: 'recordEvents',
    returns: 'How many lines were recorded, recorded before and refused, with the first faults.',
    scope: 'contacts:write',
    summary: 'Record what many people did: NDJSON, each line as in POST /events, with an `id`.',
    lines: eventLine,
    answer: eventsAnswer,
    handle: postEvents,
  }),
  defineRoute({
    method: 'get',
    path: '/event-types',
    id: 'listEventTypes',
    returns: 'One page of event types, in alphabetical order.',
    scope: 'contacts:read',
    summary: 'List the types of the events that were ever recorded.',
    query: z.strictObject(paging('event-types', /^[a-z0-9-]{2,40}$/)),
    answer: page(
      shape('EventType', {
        type: z.string(),
        last_recorded_at: time.meta({ description: 'When the newest event of this type was recorded.' }),
      }),
    ),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage(
        'event-types',
        await listEventTypes(context, { after, limit }),
        ({ type, lastRecordedAt }) => ({ type, last_recorded_at: iso(lastRecordedAt) }),
      ),
  }),
];
