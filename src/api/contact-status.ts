import { z } from 'zod';
import { contactStatus } from '../contacts/contact-status.ts';
import { ACT_CHANNELS, CHANNELS } from '../domain/consent/channels.ts';
import { agreedByText, type Basis, SUBSCRIPTION_STATES } from '../domain/consent/consent-state.ts';
import { wordsIn } from '../domain/program.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../domain/sending/lanes.ts';
import { disclosure } from './consent-records.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { contactId, held, heldOf, iso, isoOrNull, reason, reasonsOf, shape, time } from './http/shapes.ts';
import { shownSuppression, suppression } from './suppressions.ts';
import { holderCheck, holderCheckOf, verified, verifiedOf } from './verifications.ts';

export const contactParams = z.strictObject({ id: contactId });

const channel = z.enum(CHANNELS).meta({ id: 'ConsentChannel' });

const topicFields = {
  id: z.string(),
  name: z.string(),
  on: z.boolean().meta({ description: 'Whether the person gets messages of the topic.' }),
};
const topic = shape('SubscriptionTopic', topicFields);

const subscription = shape('Subscription', {
  program: z.string(),
  name: z.string(),
  zone: z.string().meta({ description: 'The time zone of the program.' }),
  state: z.enum(SUBSCRIPTION_STATES).meta({ id: 'SubscriptionState' }),
  since: time,
  topics: z.array(topic),
  because: shape('SubscriptionBasis', {
    at: time,
    channel: channel.meta({
      description: 'How the person agreed: by a text, however the consent was asked for.',
    }),
    asked_for_by: channel.meta({ description: 'How the consent was asked for.' }),
    words: z.string(),
    disclosure,
  })
    .nullable()
    .meta({ description: 'The act by which the person agreed. Null when the person has not agreed.' }),
  can_be_texted_now: z.boolean(),
  why_not: z.array(reason),
  held: held.meta({
    description: 'The quiet hours, and when they end; null when they are not among the reasons.',
  }),
});

const lastMessage = shape('LastMessage', {
  id: z.string(),
  at: time,
  kind: z.enum(MESSAGE_CLASSES),
  program: z.string().nullable(),
  topic: z.string().nullable(),
  state: z.enum(DELIVERY_STATES),
  sentence: z.string(),
})
  .nullable()
  .meta({
    description:
      'The last message to the contact, tests to staff aside: when it was accepted by the carrier, else planned, and what became of it.',
  });

const failing = shape('FailedInARow', {
  count: z.number(),
  since: time,
  last_at: time,
  code: z.string().nullable(),
  sentence: z.string().meta({ description: 'What the code of the last failure means.' }),
})
  .nullable()
  .meta({
    description:
      'The messages that failed one after another, of the last twenty. Null when the last one arrived or the person texted since. The hourly sweep judges the number by them; until then it may still be texted.',
  });

const statusAnswer = shape('ContactStatus', {
  id: contactId,
  masked: z.string(),
  sentence: z.string(),
  zone: z.string().meta({
    description:
      'The time zone in which to show times of no program: that of the first subscription, else of the first program.',
  }),
  subscriptions: z.array(subscription),
  topics: z.array(shape('ContactTopic', { ...topicFields, program: z.string() })),
  suppressions: z.array(suppression),
  holds: z.array(shape('ContactHold', { scope: z.string(), since: time, until: time.nullable() })),
  paused_until: time.nullable(),
  paused_by: shape('PauseOrigin', {
    by: z.enum(['person', 'staff']),
    channel: z.enum(ACT_CHANNELS),
    at: time,
    entry: z.number().meta({ description: 'Number of the entry in the consent ledger of the contact.' }),
  })
    .nullable()
    .meta({ description: 'Who asked for the pause, how and when: the person by a text.' }),
  wrong_number_at: time.nullable().meta({
    description:
      'When the holder said that they are not the person we mean. The number may have a new holder.',
  }),
  person: z.string().nullable().meta({
    description:
      'The person, when the contact was merged with other numbers: GET /people/{personId}. Refusals and pauses of those numbers bind marketing to this one.',
  }),
  verified: verified.nullable().meta({ description: "What the carrier's Lookup said about the number." }),
  holder_check: holderCheck
    .nullable()
    .meta({ description: 'What the carrier said about a new holder of the number when it was last asked.' }),
  last_message: lastMessage,
  failing,
});

type Status = NonNullable<Awaited<ReturnType<typeof contactStatus>>>;

function shownSubscription({ subscription: agreed, program, zone, reach }: Status['subscriptions'][number]) {
  const { basis } = agreed;
  return {
    program: agreed.program,
    name: program?.name ?? agreed.program,
    zone,
    state: agreed.state,
    since: iso(agreed.since),
    topics: (program?.topics ?? []).map(({ id, name }) => ({
      id,
      name: wordsIn(name, 'en'),
      on: agreed.topics.includes(id),
    })),
    because: basis === null ? null : shownBasis(basis),
    can_be_texted_now: reach.reasons.length === 0,
    why_not: reasonsOf(reach.reasons),
    held: heldOf(reach.hold),
  };
}

function shownBasis(basis: Basis) {
  const { at, channel, words, disclosure } = basis;
  const agreed = agreedByText(basis) ? ('VIA_TEXT' as const) : channel;
  return { at: iso(at), channel: agreed, asked_for_by: channel, words, disclosure };
}

const lastMessageOf = (last: Status['lastMessage']) => (last === null ? null : { ...last, at: iso(last.at) });

const failingOf = (failing: Status['failing']) =>
  failing === null
    ? null
    : {
        count: failing.count,
        since: iso(failing.since),
        last_at: iso(failing.last),
        code: failing.code,
        sentence: failing.words,
      };

const pausedByOf = (pause: Status['pausedBy']): z.input<typeof statusAnswer.shape.paused_by> =>
  pause === null
    ? null
    : {
        by: pause.actor === 'person' ? 'person' : 'staff',
        channel: pause.channel,
        at: iso(pause.actedAt),
        entry: pause.seq,
      };

/** Everything that answers "am I opted out?" for one contact. */
export const STATUS_ROUTE: ApiRoute = defineRoute({
  method: 'get',
  path: '/contacts/{id}/status',
  id: 'getContactStatus',
  returns: 'The sentence for the person, then subscriptions, suppressions, holds and the last message.',
  scope: 'contacts:read',
  summary: 'Answer "am I opted out?" in one sentence, then give the facts.',
  params: contactParams,
  answer: statusAnswer,
  problems: ['not-found', 'not-possible'],
  handle: async ({ context, params }) => {
    const found = await contactStatus(context, params.id);
    if (found === null) throw new Problem('not-found', 'There is no contact of this id.');
    const { contact, sentence, holds, suppressions, personId: person } = found;
    const subscriptions = found.subscriptions.map(shownSubscription);
    return {
      ...contact,
      sentence,
      zone: found.zone,
      subscriptions,
      topics: subscriptions.flatMap(({ program, topics }) => topics.map((topic) => ({ program, ...topic }))),
      suppressions: suppressions.map(shownSuppression),
      holds: holds.map(({ scope, since, until }) => ({ scope, since: iso(since), until: isoOrNull(until) })),
      paused_until: isoOrNull(found.pausedUntil),
      paused_by: pausedByOf(found.pausedBy),
      wrong_number_at: isoOrNull(found.wrongNumberAt),
      person,
      verified: verifiedOf(found.verified),
      holder_check: holderCheckOf(found.holderCheck),
      last_message: lastMessageOf(found.lastMessage),
      failing: failingOf(found.failing),
    };
  },
});
