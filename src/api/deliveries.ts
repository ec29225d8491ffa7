import { z } from 'zod';
import { explainDelivery, listDeliveries, MOMENTS } from '../contacts/deliveries.ts';
import { ACT_CHANNELS } from '../domain/consent/channels.ts';
import { EVENT_KINDS } from '../domain/consent/decision.ts';
import { CAUSE_OUTCOMES } from '../domain/sending/delivery-cause.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../domain/sending/lanes.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute, readerOf } from './http/route.ts';
import {
  answerPage,
  capped,
  cappedOf,
  contactId,
  cursorAt,
  iso,
  isoOrNull,
  language,
  page,
  paging,
  reason,
  reasonsOf,
  shape,
  time,
} from './http/shapes.ts';

export const deliveryState = z.enum(DELIVERY_STATES).meta({ id: 'DeliveryState' });
export const messageClass = z.enum(MESSAGE_CLASSES).meta({ id: 'MessageClass' });
/** From what the gateway derived a contact's time zone; `placeConfidence` says how certain it is. */
export const placeSource = z.enum(['declared', 'zip', 'area-code', 'none']).meta({ id: 'PlaceSource' });
export const placeConfidence = z.enum(['sure', 'weak']).meta({ id: 'PlaceConfidence' });
/** A campaign or journey as other answers name it. */
export const namedRef = shape('NamedRef', { id: z.string(), name: z.string() });

const delivery = shape('Delivery', {
  id: z.string(),
  contact: contactId,
  class: messageClass,
  program: z.string().nullable(),
  topic: z.string().nullable(),
  template: z.string(),
  language,
  sender: z.string().meta({ description: 'Our number or sender from which the message leaves.' }),
  parts: z
    .number()
    .meta({ description: 'Parts that count against the rate of the sender; an MMS counts as one.' }),
  media: z.number().meta({ description: 'Number of pictures; an SMS has none.' }),
  test: z.boolean().meta({ description: 'Whether the message is a test to staff.' }),
  state: deliveryState,
  created_at: time,
  accepted_at: time.nullable(),
  carrier_id: z.string().nullable().meta({ description: "The carrier's id of the message." }),
  error: z.string().nullable().meta({ description: "The carrier's error code." }),
  decision: shape('DeliveryDecision', {
    allowed: z.boolean(),
    at: time,
    reasons: z.array(reason),
  }).nullable(),
  look_ups: z.array(shape('DeliveryLookUp', { at: time, found: z.number() })).meta({
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

const actChannel = z.enum(ACT_CHANNELS).meta({ id: 'ActChannel' });
const causeAct = shape('ConsentAct', {
  kind: z.enum(EVENT_KINDS),
  at: time,
  channel: actChannel,
  asked_for_by: actChannel
    .nullable()
    .meta({ description: 'For a confirmation: how the consent was asked for.' }),
  words: z.string().nullable().meta({
    description:
      'The words of the person, as typed. Those of the confirmation that their subscription rests on now are always shown; all others only with the scope evidence:read, and until they are erased.',
  }),
  disclosure: shape('DisclosureRef', { touchpoint: z.string(), version: z.number() }).nullable(),
  entry: shape('LedgerEntryRef', { seq: z.number(), href: z.string() }).meta({
    description: 'The entry of the consent ledger, and the request that shows it.',
  }),
});

const why = shape('DeliveryCause', {
  sentence: z
    .string()
    .meta({ description: 'The answer to "why was I texted?", or "why wasn\'t I?", to be read out.' }),
  outcome: z.enum(CAUSE_OUTCOMES).meta({ id: 'DeliveryOutcome' }),
  rules: z.array(shape('DeliveryRule', { code: z.string(), sentence: z.string() })).meta({
    description:
      'The rule that let the message go, the rules that stopped it, or those that it waits for. A message whose outcome is unknown has the rule that let it go.',
  }),
  consent: causeAct.nullable().meta({
    description:
      "The person's last confirmation before the decision. Null for answers and questions, which need none, and when there was none.",
  }),
  topic_turned_on: causeAct
    .nullable()
    .meta({ description: 'The later act that turned the topic on, when the confirmation did not.' }),
  stopped_by: causeAct
    .nullable()
    .meta({ description: 'The entry of the ledger behind the rule that stopped the message.' }),
  campaign: namedRef.nullable(),
  journey: namedRef.nullable(),
  segment: z.string().nullable().meta({
    description: 'The audience of the campaign in one sentence, as it was when the campaign was started.',
  }),
}).meta({ description: 'Why the person was texted, or was not.' });

const explainedFields = {
  sentence: z.string().meta({ description: 'What became of the message.' }),
  why,
  timeline: z.array(shape('DeliveryMoment', { what: z.enum(MOMENTS), at: time })),
  due_at: time
    .nullable()
    .meta({ description: 'The message is not sent before this time; null once it is no longer planned.' }),
  valid_until: time.nullable().meta({ description: 'The message is not sent after this time.' }),
  where: shape('DeliveryPlace', {
    zones: z.array(z.string()),
    jurisdictions: z.array(z.string()).meta({ description: 'Jurisdictions whose rules on hours were kept.' }),
    source: placeSource,
    confidence: placeConfidence,
    version: z.string().meta({ description: 'Version of the table of hours.' }),
  })
    .nullable()
    .meta({
      description:
        'The assumed place of the person when the message was allowed. Null when no hours bind the message, when it was not allowed or not yet decided, and when the place was not recorded.',
    }),
  capped: capped.meta({ description: 'The cap that the message waits for, or that ended it.' }),
  tries: z.number().meta({ description: 'How often the delivery was claimed.' }),
  clicks: shape('DeliveryClicks', {
    people: z.number(),
    bots: z.number(),
    tests: z.number(),
    first_at: time.nullable(),
  }).meta({ description: 'How often the links of the message were opened, and when a person first did so.' }),
  extra_carrier_ids: z
    .array(z.string())
    .meta({ description: 'Extra messages that the carrier made of this delivery, each one too many.' }),
  answers: shape('AnsweredText', { received_at: time, message_sid: z.string().nullable() }).nullable().meta({
    description:
      "The person's text that the message answers; the id of the text only with the scope evidence:read.",
  }),
};
const deliveryAnswer = shape('ExplainedDelivery', { ...delivery.shape, ...explainedFields });

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

type Act = NonNullable<Explained['why']['consent']>;

/** The entry behind a cursor is the first one of its page. */
function entryHref(contact: string, seq: number): string {
  const after = seq === 1 ? '' : `&cursor=${cursorAt('consent-records', String(seq - 1))}`;
  return `/api/v1/consent-records?contact=${contact}${after}&limit=1`;
}

const actOf = (contact: string, act: Act | null) =>
  act === null
    ? null
    : {
        kind: act.kind,
        at: iso(act.at),
        channel: act.channel,
        asked_for_by: act.askedForBy,
        words: act.words,
        disclosure: act.disclosure,
        entry: { seq: act.seq, href: entryHref(contact, act.seq) },
      };

const whyOf = ({ contact, why: cause }: Explained): z.input<typeof why> => ({
  sentence: cause.sentence,
  outcome: cause.outcome,
  rules: cause.rules,
  consent: actOf(contact, cause.consent),
  topic_turned_on: actOf(contact, cause.topicOn),
  stopped_by: actOf(contact, cause.stoppedBy),
  campaign: cause.campaign,
  journey: cause.journey,
  segment: cause.segment,
});

const shownExplained = (explained: Explained) => ({
  ...shownDelivery(explained),
  sentence: explained.sentence,
  why: whyOf(explained),
  timeline: explained.timeline.map(({ what, at }) => ({ what, at: iso(at) })),
  due_at: isoOrNull(explained.dueAt),
  valid_until: isoOrNull(explained.validUntil),
  where: explained.where,
  capped: cappedOf(explained.cap),
  tries: explained.tries,
  clicks: clicksShown(explained),
  extra_carrier_ids: explained.extraCarrierIds,
  answers: answersShown(explained),
});

const clicksShown = ({ clicks: { person, bot, test, first } }: Explained) => ({
  people: person,
  bots: bot,
  tests: test,
  first_at: isoOrNull(first),
});

const answersShown = ({ answers }: Explained) =>
  answers === null ? null : { received_at: iso(answers.receivedAt), message_sid: answers.sid };

/** Routes of deliveries: which messages were sent or not sent to a person, and why. */
export const DELIVERY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/deliveries',
    id: 'listDeliveries',
    returns: 'One page of deliveries, the newest first.',
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
    id: 'getDelivery',
    returns: 'The delivery, what became of it, and why the person was texted or was not.',
    scope: 'contacts:read',
    summary:
      'Explain one message: what became of it, and why the person was texted or was not, in a sentence each and in full.',
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
