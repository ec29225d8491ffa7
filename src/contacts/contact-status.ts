import type { AppContext } from '../consent/app-context.ts';
import { type DescribedContact, describeContact } from '../consent/contact-refs.ts';
import { type SuppressionView, viewSuppression } from '../consent/suppression-list.ts';
import { isSubscribed, type Subscription } from '../domain/consent/consent-state.ts';
import { isStanding, type Scope } from '../domain/consent/suppression.ts';
import type { NumberFacts, ReassignedFact } from '../domain/hygiene/number-verification.ts';
import { findSender, type Program, programById } from '../domain/program.ts';
import { type Moment, programVerdict } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { type Hold, quietHoursAt } from '../sending/quiet-hours.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { type ConsentEventDoc, entriesOf } from '../store/consent/consent-events.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** Whether a program may text a person now, without regard to caps, which depend on the topic. */
type Reachability = {
  reasons: Reason[];
  /** The quiet hours among the reasons; null when they are not. */
  hold: Hold | null;
};

/** What one contact has agreed to and what forbids messages: everything that answers "am I opted out?". */
type ContactStatus = DescribedContact & {
  /** `program`: null when the program exists no more. */
  subscriptions: { subscription: Subscription; program: Program | null; reach: Reachability }[];
  suppressions: SuppressionView[];
  holds: { scope: Scope; since: Date; until: Date | null }[];
  pausedUntil: Date | null;
  /** The entry of the ledger of the pause in force. */
  pausedBy: Pick<ConsentEventDoc, 'actor' | 'channel' | 'actedAt' | 'seq'> | null;
  wrongNumberAt: Date | null;
  personId: string | null;
  verified: NumberFacts | null;
  holderCheck: ReassignedFact | null;
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
      return { subscription, program, reach: await reachOf(context, contact, program, now) };
    }),
  );
  const { wrongNumberAt = null } = person;
  const pausedUntil = person.pausedUntil !== null && person.pausedUntil > now ? person.pausedUntil : null;
  return {
    ...describeContact(context, contact),
    subscriptions,
    suppressions: person.suppressions.map(viewSuppression),
    holds: person.suppressions
      .filter((row) => row.kind === 'hold' && isStanding(row, null))
      .map(({ scope, since, until }) => ({ scope, since, until })),
    pausedUntil,
    pausedBy: pausedUntil === null ? null : await lastPause(context, id),
    wrongNumberAt,
    personId: stored.personId ?? null,
    verified: stored.verified ?? null,
    holderCheck: stored.holderCheck ?? null,
  };
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
