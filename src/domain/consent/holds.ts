import { type ConsentState, isOpen } from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type LedgerDraft,
  ledgerDraft,
  nothing,
  type ReplyDraft,
} from './decision.ts';
import { UNDECIDED } from './ledger-reasons.ts';
import { answeringProgram, optOutExceptConfirmedSince, originOf, withOptOut } from './opt-out.ts';
import { languageFor, programValues } from './program-text.ts';
import { isStanding, raiseSuppression, type Suppression, standsForAll } from './suppression.ts';
import { isUnconfirmed, type SuppressionOrigin } from './suppression-origin.ts';

const HOLD_TIMER: SuppressionOrigin = { by: 'hold-timer' };

/**
 * Ends a hold that nobody decided in time with an opt-out of everything, never with a release. Programs that the
 * person has confirmed since by a text of their own are spared, because that is the newer decision. Null when no hold
 * is due.
 * Source: 47 CFR 64.1200(a)(10), what a reasonable person would read as revocation.
 */
export function expireHold(
  before: ConsentState,
  now: Date,
): { person: ConsentState; events: LedgerDraft[] } | null {
  const over = before.suppressions.find(
    (row) => row.kind === 'hold' && row.until !== null && row.until <= now && isStanding(row, null),
  );
  if (over === undefined) return null;
  const ending = { at: now, origin: HOLD_TIMER, reason: UNDECIDED };
  const spared = optOutExceptConfirmedSince(before, { since: over.since, hold: over }, ending);
  if (spared !== null) return spared;
  const person = withOptOut(before, 'all', { at: now, origin: HOLD_TIMER });
  const events = [ledgerDraft('withdrawn', { scope: 'all', reason: UNDECIDED })];
  return { person: { ...person, seq: before.seq + events.length }, events };
}

/**
 * Five business days, Monday to Friday in UTC, in which staff decide; then the hold ends in an opt-out. Well inside
 * the ten business days of 47 CFR 64.1200(a)(10).
 */
export function holdUntil(from: Date): Date {
  const until = new Date(from);
  for (let left = 5; left > 0; ) {
    until.setUTCDate(until.getUTCDate() + 1);
    if (until.getUTCDay() % 6 !== 0) left -= 1;
  }
  return until;
}

/**
 * Puts a person on hold whose words may be an opt-out: everything but replies stops, one neutral notice is sent, and
 * staff decide.
 */
export function hold(turn: DecisionContext): ConsentDecision {
  const { act, person } = turn;
  const rows = person.suppressions;
  // A hold or opt-out that a later confirmation lifted for a program no longer stops that program's texts.
  const over = rows.filter((row) => row.scope === 'all' && standsForAll(row));
  const isKnown = ({ kind, origin }: Suppression): boolean =>
    kind === 'opt-out' || (kind === 'hold' && !isUnconfirmed(origin));
  if (over.some(isKnown)) return nothing(person);
  const origin = originOf(act, act.proof !== 'uncertain');
  const until = holdUntil(act.receivedAt);
  const held = {
    ...person,
    suppressions: raiseSuppression(rows, { scope: 'all', kind: 'hold', at: act.receivedAt, origin, until }),
  };
  const event = ledgerDraft('held', { scope: 'all', reason: act.reading.rule });
  const program = answeringProgram(turn);
  const listening = person.subscriptions.some(isOpen);
  if (program === null || !listening) return { person: held, events: [event], replies: [] };
  const language = languageFor(program, act.reading.language, person);
  const text = turn.say('hold-notice', language, programValues(program, language));
  const reply: ReplyDraft = {
    class: 'hold-notice',
    template: 'hold-notice',
    program: program.id,
    language,
    text,
    prompt: null,
  };
  return { person: held, events: [{ ...event, shown: text }], replies: [reply] };
}
