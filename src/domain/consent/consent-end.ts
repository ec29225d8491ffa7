import type { Program } from '../program.ts';
import { marketingOn } from './consent-age.ts';
import {
  CONSENT_END_REASONS,
  type ConsentEndReason,
  type ConsentState,
  isOpen,
  isRenewal,
  type Prompt,
  type Subscription,
  subscriptionTo,
  withPendingEnded,
  withPromptsClosed,
  withSubscription,
} from './consent-state.ts';
import { type LedgerDraft, ledgerDraft, type PersonAct } from './decision.ts';
import { type BarrierRule, numberRule, type ReturnRule, UNDECIDED_LOST } from './ledger-reasons.ts';
import {
  isStanding,
  liftSuppression,
  raiseSuppression,
  type Scope,
  type Suppression,
} from './suppression.ts';

/** What a rule found about one number. */
export type Finding<Rule extends BarrierRule | ReturnRule> = {
  rule: Rule;
  at: Date;
  /** Absent: for every sender. */
  scope?: Scope;
  /** Deliveries whose failures are the evidence; absent: none. */
  witnesses?: readonly string[];
};

type Change = { person: ConsentState; events: LedgerDraft[] };

/**
 * Ends consent without an opt-out, in `programs` or in all. The holder of the number may opt in again; suppressions
 * do not change. A lapse leaves open prompts that the person asked for. Null when nothing was open.
 * Source: 47 CFR 64.1200(m), a reassigned number carries no consent; CTIA Principles 5.1.5.
 */
export function endConsent(
  before: ConsentState,
  { reason, at, programs }: { reason: ConsentEndReason; at: Date; programs: readonly string[] | 'all' },
): Change | null {
  const named = (program: string): boolean => programs === 'all' || programs.includes(program);
  const subscribed = before.subscriptions.filter(
    (subscription) => subscription.state === 'subscribed' && named(subscription.program),
  );
  const asked = before.prompts.filter(
    (prompt) =>
      prompt.state === 'open' && named(prompt.program) && (reason !== 'lapsed' || isRenewal(prompt)),
  );
  let person = withPromptsClosed(before, 'expired', (prompt) => asked.includes(prompt));
  for (const subscription of subscribed) {
    person = withSubscription(person, {
      ...subscription,
      state: 'expired',
      since: at,
      topics: [],
      endedBy: reason,
    });
  }
  for (const { program } of asked) person = withPendingEnded(person, program, 'expired', at);
  const events = [
    ...subscribed.map(({ program, topics }) => ledgerDraft('ended', { program, topics, reason })),
    ...asked.map((prompt) => expired(prompt, reason)),
  ];
  return changed(before, person, events);
}

type OfProgram = Pick<Subscription, 'program' | 'topics' | 'state'>;

/**
 * The first ledger entries of a person who continues under new keys: each program ended with the lost key of its
 * proof, or with the opt-out of an undecided hold (`undecided`), for which no ledger could be written.
 */
export const endedByLostKey = (subscriptions: readonly OfProgram[], rows: readonly Suppression[]) =>
  subscriptions
    .filter(({ state }) => state === 'subscribed')
    .map((subscription) => endOf(subscription, rows));

function endOf({ program, topics }: OfProgram, rows: readonly Suppression[]) {
  const undecided = rows.find(
    (row) =>
      row.kind === 'opt-out' &&
      row.origin.by === 'hold-timer' &&
      (row.scope === 'all' || row.scope === `program:${program}`) &&
      isStanding(row, program),
  );
  const event: LedgerDraft =
    undecided === undefined
      ? ledgerDraft('ended', { program, topics, reason: 'lost-key' })
      : ledgerDraft('withdrawn', { program, topics, scope: undecided.scope, reason: UNDECIDED_LOST });
  return { event, undecided };
}

/**
 * Ends consent to a program's marketing that grew old; informational topics continue. When no other topic is on, the
 * whole consent ends. JOIN restores it, and a prompt that the person asked for stays open. Null when no marketing is
 * on.
 */
export function endMarketing(before: ConsentState, program: Program, at: Date): Change | null {
  const current = subscriptionTo(before, program.id);
  const ended = current?.state === 'subscribed' ? marketingOn(current, program) : [];
  if (current === null || ended.length === 0) return null;
  const topics = current.topics.filter((topic) => !ended.includes(topic));
  if (topics.length === 0) return endConsent(before, { reason: 'lapsed', at, programs: [program.id] });
  const isAsked = (prompt: Prompt): boolean =>
    prompt.state === 'open' && prompt.program === program.id && isRenewal(prompt);
  const { renewalAskedAt: _, ...kept } = current;
  const purposes = current.purposes.filter((purpose) => purpose !== 'marketing');
  const person = withSubscription(withPromptsClosed(before, 'expired', isAsked), {
    ...kept,
    topics,
    purposes,
  });
  const events = [
    ledgerDraft('topic-off', { program: program.id, topics: ended, reason: 'lapsed' }),
    ...before.prompts.filter(isAsked).map((prompt) => expired(prompt, 'lapsed')),
  ];
  return changed(before, person, events);
}

const expired = ({ program, topics, disclosure }: Prompt, reason: ConsentEndReason): LedgerDraft =>
  ledgerDraft('expired', { program, topics, disclosure, reason: CONSENT_END_REASONS[reason] });

/**
 * Programs with consent given, or prompts issued, before a moment: later ones belong to the holder of that time.
 * A program confirmed since is left out.
 */
export function programsBefore({ subscriptions, prompts }: ConsentState, moment: Date): string[] {
  const kept = subscriptions.filter(
    (subscription) =>
      subscription.state === 'subscribed' && (subscription.basis?.at ?? subscription.since) >= moment,
  );
  const old = subscriptions.filter(
    (subscription) => subscription.state === 'subscribed' && !kept.includes(subscription),
  );
  const asked = prompts.filter((prompt) => prompt.state === 'open' && prompt.issuedAt < moment);
  return [...old, ...asked]
    .map(({ program }) => program)
    .filter((program) => !kept.some((subscription) => subscription.program === program));
}

/**
 * Records that the number accepts no texts, from one sender or from all. This is no opt-out: consent stays. Null when
 * it was known, or when a later proof outweighs the evidence. A suppression that was cleared for lack of evidence,
 * not lifted by a proof, may be raised again by any counting failure.
 */
export function suppressNumber(before: ConsentState, finding: Finding<BarrierRule>): Change | null {
  const { rule, at, scope = 'all', witnesses } = finding;
  const rows = before.suppressions.filter((row) => row.kind === 'hygiene');
  const known = rows.some((row) => isStanding(row, null) && (row.scope === 'all' || row.scope === scope));
  const isProven = (row: Suppression): boolean => row.since >= at && row.witnesses?.length !== 0;
  if (known || rows.some((row) => row.scope === scope && isProven(row))) return null;
  const told = witnesses === undefined ? {} : { witnesses };
  const row = { scope, kind: 'hygiene' as const, at, origin: { by: 'job' as const, rule }, ...told };
  const person = { ...before, suppressions: raiseSuppression(before.suppressions, row) };
  return changed(before, person, [ledgerDraft('number-suppressed', { scope, reason: numberRule(rule) })]);
}

/**
 * Records that the number accepts texts, because a text came from it or a message was delivered. Proof for one sender
 * lifts the suppression of that sender and the one for all senders. Consent that ended stays ended.
 */
export function restoreNumber(before: ConsentState, { rule, at, scope }: Finding<ReturnRule>): Change | null {
  const rows = standingHygiene(before.suppressions).filter(
    (row) => row.since < at && (scope === undefined || row.scope === 'all' || row.scope === scope),
  );
  return withLifted(before, rows, numberRule(rule));
}

/**
 * Lifts a suppression whose failures turned out not to count, and removes its evidence. Consent that ended stays
 * ended.
 */
export function clearNumber(
  before: ConsentState,
  { rule, scope = 'all', generation }: Finding<ReturnRule> & { generation: number },
): Change | null {
  const rows = standingHygiene(before.suppressions).filter(
    (row) => row.scope === scope && row.generation === generation,
  );
  const cleared = withLifted(before, rows, numberRule(rule));
  if (cleared === null) return null;
  const { person, events } = cleared;
  const isCleared = (row: Suppression): boolean => row.kind === 'hygiene' && row.scope === scope;
  const suppressions = person.suppressions.map((row) => (isCleared(row) ? { ...row, witnesses: [] } : row));
  return { person: { ...person, suppressions }, events };
}

function withLifted(before: ConsentState, rows: readonly Suppression[], reason: string): Change | null {
  let { suppressions } = before;
  for (const { scope, kind, generation } of rows) {
    suppressions = liftSuppression(suppressions, { scope, kind, program: '*', generation });
  }
  const events = rows.map(({ scope }) => ledgerDraft('number-restored', { scope, reason }));
  return changed(before, { ...before, suppressions }, events);
}

/** The suppressions in force that say that the number accepts no texts. */
export const standingHygiene = <S extends Suppression>(rows: readonly S[]): S[] =>
  rows.filter((row) => row.kind === 'hygiene' && isStanding(row, null));

const changed = (before: ConsentState, person: ConsentState, events: LedgerDraft[]): Change | null =>
  events.length === 0 ? null : { person: { ...person, seq: before.seq + events.length }, events };

/**
 * Ends the consent of a holder who left the number: consent given and prompts issued before `until`. Later ones
 * belong to the new holder. Null when nothing from before was open.
 * Source: CTIA Principles 5.1.5; 47 CFR 64.1200(m).
 */
export function endFormerHolder(
  before: ConsentState,
  { until, reason, at }: { until: Date; reason: ConsentEndReason; at: Date },
): { person: ConsentState; events: LedgerDraft[] } | null {
  return endConsent(before, { reason, at, programs: programsBefore(before, until) });
}

/**
 * Whether a text starts a new holder: the number was reported as wrong, and now somebody asks to join from it. The
 * new holder does not inherit name, profile or other numbers. False when something is open, or when the text is older
 * than an opt-out and so belongs to the previous holder.
 */
export function beginsNewHolder(
  { wrongNumberAt = null, lastOptOutAt, subscriptions }: ConsentState,
  { reading, receivedAt }: Pick<PersonAct, 'reading' | 'receivedAt'>,
): boolean {
  const asks = reading.kind === 'join' || reading.kind === 'start';
  if (!asks || wrongNumberAt === null || receivedAt <= wrongNumberAt) return false;
  if (lastOptOutAt !== null && receivedAt <= lastOptOutAt) return false;
  return !subscriptions.some(isOpen);
}

/**
 * The opt-outs of a holder who leaves the number. They go on binding the holder's other numbers, and the next holder
 * cannot change them. An undecided hold counts as an opt-out, as it would have in the end. Undefined when the holder
 * never opted out: the number's suppressions then come from somebody earlier.
 */
export function lastWordOf({
  suppressions,
  lastOptOutAt,
}: Pick<ConsentState, 'suppressions' | 'lastOptOutAt'>): Suppression[] | undefined {
  if (lastOptOutAt === null) return undefined;
  const own = suppressions.filter(({ kind }) => kind === 'opt-out' || kind === 'hold');
  return own.map((row) => ({ ...row, kind: 'opt-out', until: null }));
}
