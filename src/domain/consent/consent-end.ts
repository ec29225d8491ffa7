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
import { UNDECIDED_LOST } from './ledger-origin.ts';
import {
  HOLD_TIMER,
  isStanding,
  liftSuppression,
  raiseSuppression,
  type Scope,
  type Suppression,
} from './suppression.ts';

/** What a rule found about one number. `source` names the rule; it stands in the suppression and in the ledger. */
export type Finding = {
  source: string;
  at: Date;
  /** Absent: for every sender. */
  scope?: Scope;
  /** Deliveries whose failures it rests on; absent: none. */
  witnesses?: readonly string[];
};

type Change = { person: ConsentState; events: LedgerDraft[] };

/**
 * The person after consent ended without an opt-out: in `programs`, or in all. Whoever holds the number may opt in
 * again; suppressions stand as they stood. What they asked for anew outlives an old consent. Null where nothing was open.
 * Source: 47 CFR 64.1200(m), a reassigned number carries no consent; CTIA Principles 5.1.5.
 */
export function endConsent(
  before: ConsentState,
  { reason, at, programs }: { reason: ConsentEndReason; at: Date; programs: readonly string[] | 'all' },
): Change | null {
  const named = (program: string): boolean => programs === 'all' || programs.includes(program);
  const subscribed = before.subscriptions.filter((one) => one.state === 'subscribed' && named(one.program));
  const asked = before.prompts.filter(
    (one) => one.state === 'open' && named(one.program) && (reason !== 'lapsed' || isRenewal(one)),
  );
  let person = withPromptsClosed(before, 'expired', (one) => asked.includes(one));
  for (const one of subscribed) {
    person = withSubscription(person, { ...one, state: 'expired', since: at, topics: [], endedBy: reason });
  }
  for (const { program } of asked) person = withPendingEnded(person, program, 'expired', at);
  const events = [
    ...subscribed.map(({ program, topics }) => ledgerDraft('ended', { program, topics, reason })),
    ...asked.map((one) => expired(one, reason)),
  ];
  return changed(before, person, events);
}

type OfProgram = Pick<Subscription, 'program' | 'topics' | 'state'>;

/**
 * How the ledger of somebody begins who goes on under new keys: each program that they were in ended with the keys that sealed
 * its proof; or by the opt-out of a hold that nobody decided, `undecided`, which could be written in no ledger.
 */
export const endedByLostKey = (subscriptions: readonly OfProgram[], rows: readonly Suppression[]) =>
  subscriptions.filter(({ state }) => state === 'subscribed').map((one) => endOf(one, rows));

function endOf({ program, topics }: OfProgram, rows: readonly Suppression[]) {
  const undecided = rows.find(
    (row) =>
      row.kind === 'opt-out' &&
      row.source === HOLD_TIMER &&
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
 * The person after consent to a program's marketing grew old: that ends, and what they ordered goes on. Where nothing
 * else is on, consent ends whole. JOIN brings it back, and a question that they asked for anew stays open. Null where no marketing is on.
 */
export function endMarketing(before: ConsentState, program: Program, at: Date): Change | null {
  const current = subscriptionTo(before, program.id);
  const ended = current?.state === 'subscribed' ? marketingOn(current, program) : [];
  if (current === null || ended.length === 0) return null;
  const topics = current.topics.filter((topic) => !ended.includes(topic));
  if (topics.length === 0) return endConsent(before, { reason: 'lapsed', at, programs: [program.id] });
  const isAsked = (one: Prompt): boolean =>
    one.state === 'open' && one.program === program.id && isRenewal(one);
  const { renewalAskedAt: _, ...kept } = current;
  const purposes = current.purposes.filter((purpose) => purpose !== 'marketing');
  const person = withSubscription(withPromptsClosed(before, 'expired', isAsked), {
    ...kept,
    topics,
    purposes,
  });
  const events = [
    ledgerDraft('topic-off', { program: program.id, topics: ended, reason: 'lapsed' }),
    ...before.prompts.filter(isAsked).map((one) => expired(one, 'lapsed')),
  ];
  return changed(before, person, events);
}

const expired = ({ program, topics, disclosure }: Prompt, reason: ConsentEndReason): LedgerDraft =>
  ledgerDraft('expired', { program, topics, disclosure, reason: CONSENT_END_REASONS[reason] });

/**
 * Programs of consents given, and of questions put, before a moment: what came since is of whoever had the number then.
 * A program that was confirmed since is not in it.
 */
export function programsBefore({ subscriptions, prompts }: ConsentState, moment: Date): string[] {
  const kept = subscriptions.filter(
    (one) => one.state === 'subscribed' && (one.basis?.at ?? one.since) >= moment,
  );
  const old = subscriptions.filter((one) => one.state === 'subscribed' && !kept.includes(one));
  const asked = prompts.filter((one) => one.state === 'open' && one.issuedAt < moment);
  return [...old, ...asked]
    .map(({ program }) => program)
    .filter((program) => !kept.some((one) => one.program === program));
}

/**
 * The person after a rule found that the number takes no texts now, from one sender or from all. No opt-out: consent
 * stays. Null where it was known, and where a proof lifted it since, which outweighs what the finding rests on. What was
 * cleared, nothing proved: where failures from then count again, or others do, it is raised again.
 */
export function suppressNumber(before: ConsentState, finding: Finding): Change | null {
  const { source, at, scope = 'all', witnesses } = finding;
  const rows = before.suppressions.filter((row) => row.kind === 'hygiene');
  const known = rows.some((row) => isStanding(row, null) && (row.scope === 'all' || row.scope === scope));
  const isProven = (row: Suppression): boolean => row.since >= at && row.witnesses?.length !== 0;
  if (known || rows.some((row) => row.scope === scope && isProven(row))) return null;
  const told = witnesses === undefined ? {} : { witnesses };
  const row = { scope, kind: 'hygiene' as const, at, source, ...told };
  const person = { ...before, suppressions: raiseSuppression(before.suppressions, row) };
  return changed(before, person, [ledgerDraft('number-suppressed', { scope, reason: source })]);
}

/**
 * The person after the number was seen to take texts: theirs came in, or ours was delivered; by one sender, that lifts what
 * was found for it and for all. Consent that ended stays so.
 */
export function restoreNumber(before: ConsentState, { source, at, scope }: Finding): Change | null {
  const rows = standingHygiene(before.suppressions).filter(
    (row) => row.since < at && (scope === undefined || row.scope === 'all' || row.scope === scope),
  );
  return withLifted(before, rows, source);
}

/**
 * The person after what was found for a scope turned out to rest on failures that do not count: it rests on none from then
 * on. Consent that ended stays so.
 */
export function clearNumber(
  before: ConsentState,
  { source, scope = 'all', generation }: Finding & { generation: number },
): Change | null {
  const rows = standingHygiene(before.suppressions).filter(
    (row) => row.scope === scope && row.generation === generation,
  );
  const cleared = withLifted(before, rows, source);
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

/** The standing rows that say that the number takes no texts. */
export const standingHygiene = <S extends Suppression>(rows: readonly S[]): S[] =>
  rows.filter((row) => row.kind === 'hygiene' && isStanding(row, null));

const changed = (before: ConsentState, person: ConsentState, events: LedgerDraft[]): Change | null =>
  events.length === 0 ? null : { person: { ...person, seq: before.seq + events.length }, events };

/**
 * The person after the number was found to have left its holder: consent given before `until`, and questions put before
 * it, end; what came since is the new holder's. Null where nothing was open from before.
 * Source: CTIA Principles 5.1.5; 47 CFR 64.1200(m).
 */
export function endFormerHolder(
  before: ConsentState,
  { until, reason, at }: { until: Date; reason: ConsentEndReason; at: Date },
): { person: ConsentState; events: LedgerDraft[] } | null {
  return endConsent(before, { reason, at, programs: programsBefore(before, until) });
}

/**
 * Whether a text begins with a new holder of the number: it was said to be the wrong one, and now somebody asks to join
 * from it. Name, profile and other numbers of the person before are not theirs. False where something is open, or the text
 * is from before an opt-out: that is still about the one before.
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
 * What a holder had opted out of as the number leaves them: it goes on binding their other numbers, and what the next
 * holder says changes nothing of it. Words that nobody had decided about count as an opt-out, as they would have in the end.
 * Undefined where they never opted out: rows of the number are then of somebody before them.
 */
export function lastWordOf({
  suppressions,
  lastOptOutAt,
}: Pick<ConsentState, 'suppressions' | 'lastOptOutAt'>): Suppression[] | undefined {
  if (lastOptOutAt === null) return undefined;
  const own = suppressions.filter(({ kind }) => kind === 'opt-out' || kind === 'hold');
  return own.map((row) => ({ ...row, kind: 'opt-out', until: null }));
}
