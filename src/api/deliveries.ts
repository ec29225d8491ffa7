import { z } from 'zod';
import { explainDelivery, listDeliveries, MOMENTS } from '../contacts/deliveries.ts';
import { LANGUAGES } from '../domain/program.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../domain/sending/lanes.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute, readerOf } from './http/route.ts';
import {
  answerPage,
  capped,
  cappedOf,
  contactId,
  iso,
  isoOrNull,
  page,
  paging,
  reason,
  reasonsOf,
  time,
} from './http/shapes.ts';

const delivery = z.strictObject({
  id: z.string(),
  contact: contactId,
  class: z.enum(MESSAGE_CLASSES),
  program: z.string().nullable(),
  topic: z.string().nullable(),
  template: z.string(),
  language: z.enum(LANGUAGES),
  sender: z.string(),
  parts: z
    .number()
    .meta({ description: 'Parts that count against the rate of the sender; an MMS counts as one.' }),
  media: z.number().meta({ description: 'Number of pictures; an SMS has none.' }),
  test: z.boolean().meta({ description: 'Whether the message is a test to staff.' }),
  state: z.enum(DELIVERY_STATES),
  created_at: time,
  accepted_at: time.nullable(),
  carrier_id: z.string().nullable(),
  error: z.string().nullable(),
  decision: z.strictObject({ allowed: z.boolean(), at: time, reasons: z.array(reason) }).nullable(),
  look_ups: z.array(z.strictObject({ at: time, found: z.number() })).meta({
    description:
      "For a message of unknown outcome: the searches of the carrier's list, and how many messages found there could be this one.",
  }),
  text: z.string().nullable().meta({
    description:
      'Only with the scope evidence:read, and until the text is erased; null in a list over many people.',
  }),
});

const deliveriesQuery = z
  .strictObject({
    contact: contactId
      .optional()
      .meta({ description: 'Only deliveries to this contact. It may be left out when a state is given.' }),
    state: z.enum(['unknown']).optional().meta({
      description:
        'Only messages of which nobody knows whether they left: look_ups shows the searches. Messages that the carrier accepted without ever reporting their end are not included.',
    }),
    ...paging('deliveries', /^\d{1,15} [\w-]{10,60}$/),
  })
  .refine((query) => query.contact !== undefined || query.state !== undefined, {
    path: ['contact'],
    error: 'It is missing. Give a contact, a state, or both: one of them is accepted.',
  });

const deliveryParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{2}[\w-]{24}$/, 'It must be the id of a delivery, as GET /deliveries lists it.')
    .meta({ description: 'Id of a delivery, from POST /messages, POST /opt-ins or GET /deliveries.' }),
});

const deliveryAnswer = delivery.extend({
  sentence: z.string(),
  timeline: z.array(z.strictObject({ what: z.enum(MOMENTS), at: time })),
  due_at: time
    .nullable()
    .meta({ description: 'The message is not sent before this time; null once it is no longer planned.' }),
  valid_until: time.nullable(),
  where: z
    .strictObject({
      zones: z.array(z.string()),
      jurisdictions: z
        .array(z.string())
        .meta({ description: 'Jurisdictions whose rules on hours were kept.' }),
      source: z.enum(['declared', 'zip', 'area-code', 'none']),
      confidence: z.enum(['sure', 'weak']),
      version: z.string().meta({ description: 'Version of the table of hours.' }),
    })
    .nullable()
    .meta({
      description:
        'The assumed place of the person when the message was allowed. Null when no hours bind the message, when it was not allowed or not yet decided, and when the place was not recorded.',
    }),
  capped: capped.meta({ description: 'The cap that the message waits for, or that ended it.' }),
  tries: z.number().meta({ description: 'How often the delivery was claimed.' }),
  clicks: z
    .strictObject({ people: z.number(), bots: z.number(), tests: z.number(), first_at: time.nullable() })
    .meta({ description: 'How often the links of the message were opened, and when a person first did so.' }),
  extra_carrier_ids: z
    .array(z.string())
    .meta({ description: 'Extra messages that the carrier made of this delivery, each one too many.' }),
  answers: z.strictObject({ received_at: time, message_sid: z.string().nullable() }).nullable().meta({
    description:
      "The person's text that the message answers; the id of the text only with the scope evidence:read.",
  }),
});

type DeliveryPage = NonNullable<Awaited<ReturnType<typeof listDeliveries>>>;

const shownDelivery = (view: DeliveryPage['items'][number]) => ({
  id: view.id,
  contact: view.contact,
  class: view.class,
  program: view.program,
  topic: view.topic,
  template: view.template,
  language: view.language,
  sender: view.sender,
  parts: view.parts,
  media: view.media,
  test: view.isTest,
  state: view.state,
  created_at: iso(view.createdAt),
  accepted_at: isoOrNull(view.acceptedAt),
  carrier_id: view.carrierId,
  error: view.error,
  decision:
    view.decision === null
      ? null
      : {
          allowed: view.decision.allowed,
          at: iso(view.decision.at),
          reasons: reasonsOf(view.decision.reasons),
        },
  look_ups: view.lookUps.map(({ at, found }) => ({ at: iso(at), found })),
  text: view.text,
});

function deliveryAt(cursor: string | undefined) {
  const [at, id] = cursor?.split(' ') ?? [];
  return at === undefined || id === undefined ? null : { at: new Date(Number(at)), id };
}

type Explained = NonNullable<Awaited<ReturnType<typeof explainDelivery>>>;

const shownExplained = ({ clicks, answers, ...explained }: Explained) => ({
  ...shownDelivery(explained),
  sentence: explained.sentence,
  timeline: explained.timeline.map(({ what, at }) => ({ what, at: iso(at) })),
  due_at: isoOrNull(explained.dueAt),
  valid_until: isoOrNull(explained.validUntil),
  where: explained.where,
  capped: cappedOf(explained.cap),
  tries: explained.tries,
  clicks: { people: clicks.person, bots: clicks.bot, tests: clicks.test, first_at: isoOrNull(clicks.first) },
  extra_carrier_ids: explained.extraCarrierIds,
  answers: answers === null ? null : { received_at: iso(answers.receivedAt), message_sid: answers.sid },
});

/** Routes of deliveries: which messages were sent or not sent to a person, and why. */
export const DELIVERY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/deliveries',
    scope: 'contacts:read',
    summary:
      'List what was sent to a contact, and what was not sent and why; or all messages of unknown outcome. The newest come first.',
    query: deliveriesQuery,
    answer: page(delivery),
    problems: ['not-found'],
    handle: async (call) => {
      const { contact = null, state, cursor, limit } = call.query;
      const asked = { contact, lost: state === 'unknown', after: deliveryAt(cursor), limit };
      const found = await listDeliveries(call.context, asked, readerOf(call));
      if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
      return answerPage('deliveries', found, shownDelivery, ({ at, id }) => `${at.getTime()} ${id}`);
    },
  }),
  defineRoute({
    method: 'get',
    path: '/deliveries/{id}',
    scope: 'contacts:read',
    summary: 'Explain one message: what became of it, when and why, in one sentence and in full.',
    params: deliveryParams,
    answer: deliveryAnswer,
    problems: ['not-found'],
    handle: async (call) => {
      const explained = await explainDelivery(call.context, call.params.id, readerOf(call));
      if (explained === null) throw new Problem('not-found', 'There is no delivery of this id.');
      return shownExplained(explained);
    },
  }),
];
