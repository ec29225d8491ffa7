import type { Program } from '../program.ts';
import { marketingOn } from './ageing.ts';
import { draft, type EventDraft } from './outcome.ts';
import {
  isRenewal,
  type Person,
  type Prompt,
  type Subscription,
  subscriptionTo,
  withPendingEnded,
  withPromptsClosed,
  withSubscription,
} from './person.ts';
import { HOLD_TIMER, UNDECIDED_LOST } from './questions/expiring.ts';
import { lift, raise, type Scope, type Suppression, stands } from './suppression.ts';

/** Why a consent ended that nobody withdrew, as the end of a sentence. */
export const CONSENT_END_REASONS = {
  gone: 'the number is no longer in service',
  'not-mobile': 'the number is of a line that takes no texts',
  deactivated: 'the carrier listed the number as disconnected',
  reassigned: 'the number has a new holder',
  lapsed: 'it had grown old and was not renewed',
  'lost-key': 'the key that sealed its proof is lost',
} as const;
export type ConsentEndReason = keyof typeof CONSENT_END_REASONS;

/** What a rule found about one number. `source` names the rule; it stands in the suppression and in the ledger. */
export type Finding = {
  source: string;
  at: Date;
  /** Absent: for every sender. */
  scope?: Scope;
  /** Deliveries whose failures it rests on; absent: none. */
  witnesses?: readonly string[];
};

type Change = { person: Person; events: EventDraft[] };

/**
 * The person after consent ended without an opt-out: in `programs`, or in all. Whoever holds the number may opt in
 * again; suppressions stand as they stood. What they asked for anew outlives an old consent. Null where nothing was open.
 * Source: 47 CFR 64.1200(m), a reassigned number carries no consent; CTIA Principles 5.1.5.
 */
export function endConsent(
  before: Person,
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
    ...subscribed.map(({ program, topics }) => draft('ended', { program, topics, reason })),
    ...asked.map((one) => expired(one, reason)),
  ];
  return changed(before, person, events);
}

type OfProgram = Pick<Subscription, 'program' | 'topics' | 'state'>;

/**
 * How the ledger of somebody begins who goes on under new keys: each program that they were in ended with the keys that sealed
 * its proof; or by the opt-out of a hold that nobody decided, `undecided`, which could be written in no ledger.
 */
export const endedWithKey = (subscriptions: readonly OfProgram[], rows: readonly Suppression[]) =>
  subscriptions.filter(({ state }) => state === 'subscribed').map((one) => endOf(one, rows));

function endOf({ program, topics }: OfProgram, rows: readonly Suppression[]) {
  const undecided = rows.find(
    (row) =>
      row.kind === 'opt-out' &&
      row.source === HOLD_TIMER &&
      (row.scope === 'all' || row.scope === `program:${program}`) &&
      stands(row, program),
  );
  const event: EventDraft =
    undecided === undefined
      ? draft('ended', { program, topics, reason: 'lost-key' })
      : draft('withdrawn', { program, topics, scope: undecided.scope, reason: UNDECIDED_LOST });
  return { event, undecided };
}

/**
 * The person after consent to a program's marketing grew old: that ends, and what they ordered goes on. Where nothing
 * else is on, consent ends whole. JOIN brings it back, and a question that they asked for anew stays open. Null where no marketing is on.
 */
export function endMarketing(before: Person, program: Program, at: Date): Change | null {
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
    draft('topic-off', { program: program.id, topics: ended, reason: 'lapsed' }),
    ...before.prompts.filter(isAsked).map((one) => expired(one, 'lapsed')),
  ];
  return changed(before, person, events);
}

const expired = ({ program, topics, disclosure }: Prompt, reason: ConsentEndReason): EventDraft =>
  draft('expired', { program, topics, disclosure, reason: CONSENT_END_REASONS[reason] });

/**
 * Programs of consents given, and of questions put, before a moment: what came since is of whoever had the number then.
 * A program that was confirmed since is not in it.
 */
export function programsBefore({ subscriptions, prompts }: Person, moment: Date): string[] {
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
export function suppressNumber(before: Person, finding: Finding): Change | null {
  const { source, at, scope = 'all', witnesses } = finding;
  const rows = before.suppressions.filter((row) => row.kind === 'hygiene');
  const known = rows.some((row) => stands(row, null) && (row.scope === 'all' || row.scope === scope));
  const isProven = (row: Suppression): boolean => row.since >= at && row.witnesses?.length !== 0;
  if (known || rows.some((row) => row.scope === scope && isProven(row))) return null;
  const told = witnesses === undefined ? {} : { witnesses };
  const row = { scope, kind: 'hygiene' as const, at, source, ...told };
  const person = { ...before, suppressions: raise(before.suppressions, row) };
  return changed(before, person, [draft('number-suppressed', { scope, reason: source })]);
}

/**
 * The person after the number was seen to take texts: theirs came in, or ours was delivered; by one sender, that lifts what
 * was found for it and for all. Consent that ended stays so.
 */
export function restoreNumber(before: Person, { source, at, scope }: Finding): Change | null {
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
  before: Person,
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

function withLifted(before: Person, rows: readonly Suppression[], reason: string): Change | null {
  let { suppressions } = before;
  for (const { scope, kind, generation } of rows) {
    suppressions = lift(suppressions, { scope, kind, program: '*', generation });
  }
  const events = rows.map(({ scope }) => draft('number-restored', { scope, reason }));
  return changed(before, { ...before, suppressions }, events);
}

/** The standing rows that say that the number takes no texts. */
export const standingHygiene = <S extends Suppression>(rows: readonly S[]): S[] =>
  rows.filter((row) => row.kind === 'hygiene' && stands(row, null));

const changed = (before: Person, person: Person, events: EventDraft[]): Change | null =>
  events.length === 0 ? null : { person: { ...person, seq: before.seq + events.length }, events };
