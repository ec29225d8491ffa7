import { CONFIRM_WITHIN_MS } from '../sending/send-rules.ts';
import { isOut } from './carrier-block.ts';
import type { ConsentState } from './consent-state.ts';
import { decide } from './decide.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  type EventKind,
  type LedgerDraft,
  ledgerDraft,
} from './decision.ts';
import {
  asWrongNumber,
  optOutExceptConfirmedSince,
  reasonOf,
  saysWrongNumber,
  withOptOut,
} from './opt-out.ts';
import { isStanding, liftSuppression, type Suppression } from './suppression.ts';
import type { SuppressionOrigin } from './suppression-origin.ts';

/** The hold of everything that awaits a decision; null when there is none. */
export const openHold = (person: ConsentState): Suppression | null =>
  person.suppressions.find((row) => row.kind === 'hold' && row.scope === 'all' && isStanding(row, null)) ??
  null;

/**
 * Releases a hold after staff decided that the words were no opt-out: withheld texts may be sent again. Null when
 * nothing is held.
 */
export function release(before: ConsentState): { person: ConsentState; events: LedgerDraft[] } | null {
  const hold = openHold(before);
  if (hold === null) return null;
  const { scope, kind, generation } = hold;
  const suppressions = liftSuppression(before.suppressions, { scope, kind, program: '*', generation });
  const events = [ledgerDraft('released', { scope, reason: 'review:release' })];
  return { person: { ...before, suppressions, seq: before.seq + events.length }, events };
}

/** Staff decided when a confirmation could no longer be sent, or was to be sent to nobody. */
const DECIDED_LATE: SuppressionOrigin = { by: 'staff', reply: 'too-late' };

/**
 * Opt-out of everything that staff read out of the person's text in `turn`, except programs confirmed after that
 * text. Has no event when nothing else was open, or when the text has already ended everything and no new
 * wrong-number mark is set. It is confirmed like any other while the text is fresh; later without a reply, so that
 * the person's own STOP still gets one.
 * Source: 47 CFR 64.1200(a)(10) and (a)(12).
 */
export function optOutByReview(turn: DecisionContext, now: Date): ConsentDecision {
  const { receivedAt } = turn.act;
  const marks = saysWrongNumber(turn) && turn.person.wrongNumberAt == null;
  if (isOutBy(turn.person, receivedAt) && !marks) {
    // A second entry would look like another act of the person and prevent overturning the first.
    return { person: turn.person, events: [], replies: [] };
  }
  const words = { since: receivedAt, hold: openHold(turn.person) };
  const ending = { at: receivedAt, origin: DECIDED_LATE, reason: reasonOf(turn) };
  const spared = optOutExceptConfirmedSince(turn.person, words, ending);
  if (spared !== null) {
    // When nothing ended, the person was not opted out, and no mark is set.
    const ends = spared.events.some(({ kind }) => kind === 'withdrawn');
    return { ...spared, person: ends ? asWrongNumber(spared.person, turn) : spared.person, replies: [] };
  }
  if (now.getTime() - receivedAt.getTime() <= CONFIRM_WITHIN_MS) return decide(turn);
  const closed = withOptOut(turn.person, 'all', { at: receivedAt, origin: DECIDED_LATE });
  const person = asWrongNumber(closed, turn);
  const events = [ledgerDraft('withdrawn', { scope: 'all', reason: reasonOf(turn) })];
  return { person: { ...person, seq: turn.person.seq + events.length }, events, replies: [] };
}

/** Whether the text of that time opted the person out of everything, directly or at the end of its hold. */
function isOutBy(person: ConsentState, receivedAt: Date): boolean {
  const all = person.suppressions.filter(({ scope }) => scope === 'all');
  const out = all.find(({ kind }) => kind === 'opt-out');
  const endsHold = out?.origin.by === 'hold-timer' || out?.origin.by === 'staff';
  const words = all.filter((row) => row === out || (endsHold && row.kind === 'hold'));
  return isOut(person) && words.some(({ since }) => since.getTime() === receivedAt.getTime());
}

/** The fields of a ledger entry that `endingOfHold` reads. */
type Entry = {
  seq: number;
  kind: EventKind;
  scope: string | null;
  actor: string;
  recordedAt: Date;
};

/**
 * The entries of the act that ended a hold, in the chain's order: of the last hold, or `back` holds earlier. Empty
 * when the hold has not ended or is not in the chain. An opt-out that spared confirmed programs has several entries:
 * what it closed, then the release of the rest.
 */
export function endingOfHold<E extends Entry>(chain: readonly E[], back: number): E[] {
  const held = chain.filter(({ kind }) => kind === 'held').at(-1 - back);
  if (held === undefined) return [];
  const since = chain.filter(({ seq }) => seq > held.seq);
  const end = since.find(
    ({ kind, scope }) => kind === 'released' || (kind === 'withdrawn' && scope === 'all'),
  );
  if (end === undefined) return [];
  const isOfAct = ({ seq, kind, actor, recordedAt }: E): boolean =>
    kind === 'withdrawn' &&
    seq < end.seq &&
    actor === end.actor &&
    recordedAt.getTime() === end.recordedAt.getTime();
  return [...since.filter(isOfAct), end];
}
