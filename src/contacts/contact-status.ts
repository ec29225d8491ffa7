import type { AppContext } from '../consent/app-context.ts';
import { type DescribedContact, describeContact } from '../consent/contact-refs.ts';
import { type SuppressionView, viewSuppression } from '../consent/suppression-list.ts';
import { isSubscribed, type Subscription } from '../domain/consent/consent-state.ts';
import type { SentFacts } from '../domain/consent/status-sentence.ts';
import { isStanding, type Scope } from '../domain/consent/suppression.ts';
import type { NumberFacts, ReassignedFact } from '../domain/hygiene/number-verification.ts';
import { findSender, type Program, type ProgramBook, programById, wordsIn } from '../domain/program.ts';
import type { MessageClass } from '../domain/sending/lanes.ts';
import { type Failing, failingOf, lastMessageSentence } from '../domain/sending/last-messages.ts';
import { type Moment, programVerdict } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { withSenderStop } from '../sending/circuit-breaker.ts';
import { type Hold, quietHoursAt } from '../sending/quiet-hours.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { type ConsentEventDoc, entriesOf } from '../store/consent/consent-events.ts';
import { type DeliveryDoc, type DeliveryState, deliveriesOf } from '../store/deliveries/delivery.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** Whether a program may text a person now, without regard to caps, which depend on the topic. */
type Reachability = {
  reasons: Reason[];
  /** The quiet hours among the reasons; null when they are not. */
  hold: Hold | null;
};

/** How many messages are read to say what became of the last ones. */
const LAST_READ = 20;

/** The last message to a person: what it was, when it left or was planned, and what became of it. */
type LastMessage = {
  id: string;
  at: Date;
  kind: MessageClass;
  program: string | null;
  topic: string | null;
  state: DeliveryState;
  sentence: string;
};

/** What one contact has agreed to and what forbids messages: everything that answers "am I opted out?". */
type ContactStatus = DescribedContact & {
  /** Of the first subscription, else of the first program. */
  zone: string;
  /** `program`: null when the program exists no more. */
  subscriptions: { subscription: Subscription; program: Program | null; zone: string; reach: Reachability }[];
  suppressions: SuppressionView[];
  holds: { scope: Scope; since: Date; until: Date | null }[];
  pausedUntil: Date | null;
  /** The entry of the ledger of the pause in force. */
  pausedBy: Pick<ConsentEventDoc, 'actor' | 'channel' | 'actedAt' | 'seq'> | null;
  wrongNumberAt: Date | null;
  personId: string | null;
  verified: NumberFacts | null;
  holderCheck: ReassignedFact | null;
  /** Null when nothing was ever sent or planned. */
  lastMessage: LastMessage | null;
  /** Null unless the last messages failed. */
  failing: Failing | null;
};

/** Null when there is no such contact. */
export async function contactStatus(context: AppContext, id: string): Promise<ContactStatus | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const { person, stored } = contact;
  const { book } = context.catalog.current();
  const now = context.now();
  const subscriptions = await Promise.all(
    person.subscriptions.map(async (subscription) => {
      const program = programById(book, subscription.program);
      const zone = program?.zone ?? firstZone(book);
      return { subscription, program, zone, reach: await reachOf(context, contact, program, now) };
    }),
  );
  const { wrongNumberAt = null } = person;
  const pausedUntil = person.pausedUntil !== null && person.pausedUntil > now ? person.pausedUntil : null;
  const rows = await deliveriesOf(context.store, id, LAST_READ);
  const failing = failingOf(rows, stored.repliedAt ?? null);
  const quiet = subscriptions.map(({ reach }) => reach.hold).find((hold) => hold !== null) ?? null;
  return {
    ...describeContact(context, contact, { failing, quiet: quietOf(quiet) }),
    zone: subscriptions[0]?.zone ?? firstZone(book),
    subscriptions,
    suppressions: person.suppressions.map((row) => viewSuppression(row, book)),
    holds: person.suppressions
      .filter((row) => row.kind === 'hold' && isStanding(row, null))
      .map(({ scope, since, until }) => ({ scope, since, until })),
    pausedUntil,
    pausedBy: pausedUntil === null ? null : await lastPause(context, id),
    wrongNumberAt,
    personId: stored.personId ?? null,
    verified: stored.verified ?? null,
    holderCheck: stored.holderCheck ?? null,
    lastMessage: await lastMessageOf(context, rows, book, now),
    failing,
  };
}

/** What the last messages to a contact say about its number, for an answer that names no subscription. */
export async function failingNow(
  { store }: Pick<AppContext, 'store'>,
  { id, stored }: OpenedContact,
): Promise<SentFacts> {
  const rows = await deliveriesOf(store, id, LAST_READ);
  return { failing: failingOf(rows, stored.repliedAt ?? null), quiet: null };
}

const firstZone = ({ programs }: ProgramBook): string => programs[0]?.zone ?? 'UTC';

const quietOf = (hold: Hold | null): SentFacts['quiet'] =>
  hold === null ? null : { until: hold.where.noHour ? null : hold.until, zone: hold.where.zone };

async function lastMessageOf(
  { store }: Pick<AppContext, 'store'>,
  rows: readonly DeliveryDoc[],
  book: ProgramBook,
  now: Date,
): Promise<LastMessage | null> {
  const row = rows.find(({ test }) => test !== true);
  if (row === undefined) return null;
  const {
    _id: id,
    class: kind,
    program: of,
    topic: named,
    state,
    createdAt,
    acceptedAt: at = createdAt,
  } = row;
  const program = programById(book, of);
  const topic = program?.topics.find((topic) => topic.id === named);
  const about = topic === undefined ? (program?.name ?? null) : wordsIn(topic.name, 'en');
  const zone = program?.zone ?? firstZone(book);
  const sentence = lastMessageSentence(await withSenderStop(store, row), { at, zone, about, now });
  return { id, at, kind, program: of, topic: named, state, sentence };
}

/** Asked only while a pause is in force, which the last entry of a pause then began. */
async function lastPause({ store }: Pick<AppContext, 'store'>, contact: string) {
  return (await entriesOf(store, contact, ['paused'])).at(-1) ?? null;
}

async function reachOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  contact: OpenedContact,
  program: Program | null,
  now: Date,
): Promise<Reachability> {
  if (program === null) return { reasons: ['program-ended'], hold: null };
  const { hold, ...moment } = await sendFactsOf(context, contact, program, now);
  const verdict = programVerdict(contact.person, moment);
  const reasons = verdict.allowed ? [] : [...verdict.reasons];
  return { reasons, hold: reasons.includes('quiet-hours') ? hold : null };
}

/**
 * The facts other than consent that decide whether a program may text a person now: the sender that a message would
 * use, and the hours. Without consent, the program's first sender: the answer is no anyway, so no queue is counted.
 */
export async function sendFactsOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  contact: OpenedContact,
  program: Program,
  now: Date,
): Promise<Moment & { hold: Hold | null }> {
  const { book } = context.catalog.current();
  const to = { id: contact.id, number: contact.number, suppressions: contact.person.suppressions };
  const from = isSubscribed(contact.person, program.id)
    ? await chooseSender(context.store, book, program, to)
    : findSender(book, program.numbers[0] ?? '');
  const { hold } = quietHoursAt(now)({ class: 'marketing' }, contact, program);
  return { program, from, hold, quiet: hold !== null, now };
}
