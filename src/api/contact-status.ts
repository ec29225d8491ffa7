import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { contactById, type OpenedContact } from '../contacts/find-contact.ts';
import { CHANNELS } from '../domain/consent/channels.ts';
import {
  agreedByText,
  type Basis,
  SUBSCRIPTION_STATES,
  type Subscription,
} from '../domain/consent/consent-state.ts';
import { statusSentence } from '../domain/consent/status-sentence.ts';
import { isStanding, SUPPRESSION_KINDS, type Suppression } from '../domain/consent/suppression.ts';
import { sourceOf } from '../domain/consent/suppression-origin.ts';
import { mask } from '../domain/numbers.ts';
import { type Program, programById } from '../domain/program.ts';
import { programVerdict } from '../domain/sending/message-plan.ts';
import { standingOf } from './checks.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, held, heldOf, iso, isoOrNull, reason, reasonsOf, time } from './http/shapes.ts';
import { holderCheck, holderCheckOf, verified, verifiedOf } from './verifications.ts';

export const contactParams = z.strictObject({ id: contactId });

const topic = z.strictObject({ id: z.string(), name: z.string(), on: z.boolean() });

const subscription = z.strictObject({
  program: z.string(),
  name: z.string(),
  state: z.enum(SUBSCRIPTION_STATES),
  since: time,
  topics: z.array(topic),
  because: z
    .strictObject({
      at: time,
      channel: z
        .enum(CHANNELS)
        .meta({ description: 'How they agreed: by a text of theirs, whatever asked for it.' }),
      asked_for_by: z.enum(CHANNELS).meta({ description: 'By which door it was asked for.' }),
      words: z.string(),
      disclosure: z.strictObject({ touchpoint: z.string(), version: z.number() }),
    })
    .nullable(),
  can_be_texted_now: z.boolean(),
  why_not: z.array(reason),
  held: held.meta({
    description: 'Where quiet hours are among the reasons, which, and when they let them go.',
  }),
});

export const suppression = z.strictObject({
  scope: z.string(),
  kind: z.enum(SUPPRESSION_KINDS),
  since: time,
  generation: z.number(),
  stands: z
    .boolean()
    .meta({ description: 'Whether it forbids texts of programs that it is not lifted for.' }),
  lifted_for: z.array(z.string()).meta({ description: 'Programs that it no longer binds; "*" for all.' }),
  source: z.string(),
});

export const statusAnswer = z.strictObject({
  id: contactId,
  masked: z.string(),
  sentence: z.string(),
  subscriptions: z.array(subscription),
  topics: z.array(topic.extend({ program: z.string() })),
  suppressions: z.array(suppression),
  holds: z.array(z.strictObject({ scope: z.string(), since: time, until: time.nullable() })),
  paused_until: time.nullable(),
  wrong_number_at: time.nullable().meta({
    description: 'When they said that they are not the person we mean: the number may have changed hands.',
  }),
  person: z.string().nullable().meta({
    description:
      'Where it was merged with other numbers: GET /people/{personId}. What they say binds marketing here.',
  }),
  verified: verified.nullable().meta({ description: "What the carrier's Lookup said of the number." }),
  holder_check: holderCheck
    .nullable()
    .meta({ description: 'What it said of a new holder, when it was asked last.' }),
});

/** Everything that answers "am I opted out?" for one contact. */
export async function status({ context, params }: ApiRequest<{ params: typeof contactParams }>) {
  const contact = await contactById(context, params.id);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const { person } = contact;
  const { book } = context.catalog.current();
  const now = context.now();
  const subscriptions = await Promise.all(
    person.subscriptions.map(async (subscription) => ({
      ...subscriptionOf(subscription, programById(book, subscription.program)),
      ...(await reachOf(context, contact, programById(book, subscription.program), now)),
    })),
  );
  return {
    id: contact.id,
    masked: mask(contact.number),
    sentence: statusSentence(person, book, now),
    subscriptions,
    topics: subscriptions.flatMap(({ program, topics }) => topics.map((topic) => ({ program, ...topic }))),
    suppressions: person.suppressions.map(suppressionOf),
    holds: person.suppressions
      .filter((row) => row.kind === 'hold' && isStanding(row, null))
      .map(({ scope, since, until }) => ({ scope, since: iso(since), until: isoOrNull(until) })),
    paused_until: person.pausedUntil !== null && person.pausedUntil > now ? iso(person.pausedUntil) : null,
    wrong_number_at: isoOrNull(person.wrongNumberAt),
    person: contact.stored.personId ?? null,
    verified: verifiedOf(contact.stored.verified),
    holder_check: holderCheckOf(contact.stored.holderCheck),
  };
}

function subscriptionOf(subscription: Subscription, program: Program | null) {
  const { basis } = subscription;
  return {
    program: subscription.program,
    name: program?.name ?? subscription.program,
    state: subscription.state,
    since: iso(subscription.since),
    topics: (program?.topics ?? []).map(({ id, name }) => ({
      id,
      name: name.en,
      on: subscription.topics.includes(id),
    })),
    because: basis === null ? null : becauseOf(basis),
  };
}

function becauseOf(basis: Basis) {
  const { at, channel, words, disclosure } = basis;
  const agreed = agreedByText(basis) ? ('VIA_TEXT' as const) : channel;
  return { at: iso(at), channel: agreed, asked_for_by: channel, words, disclosure };
}

/** Whether a program may text a person now. Caps depend on the topic: see POST /checks. */
async function reachOf(context: AppContext, contact: OpenedContact, program: Program | null, now: Date) {
  if (program === null)
    return { can_be_texted_now: false, why_not: reasonsOf(['program-ended']), held: null };
  const { hold, ...moment } = await standingOf(context, contact, program, now);
  const verdict = programVerdict(contact.person, moment);
  const reasons = verdict.allowed ? [] : verdict.reasons;
  return {
    can_be_texted_now: verdict.allowed,
    why_not: reasonsOf(reasons),
    held: heldOf(reasons.includes('quiet-hours') ? hold : null),
  };
}

export function suppressionOf(row: Suppression) {
  const { scope, kind, generation, origin } = row;
  const lifts = Object.entries(row.lifts).filter(([, lifted]) => lifted >= generation);
  return {
    scope,
    kind,
    since: iso(row.since),
    generation,
    stands: isStanding(row, null),
    lifted_for: lifts.map(([program]) => program),
    source: sourceOf(origin),
  };
}
