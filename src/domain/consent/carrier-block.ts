import { codeOf, ERROR_CODES } from '../hygiene/error-codes.ts';
import { blockScope } from '../opt-out-handling.ts';
import type { Handling, Sender } from '../program.ts';
import { type ConsentState, isOpen, isOwnQuestion, type Subscription } from './consent-state.ts';
import { type LedgerDraft, ledgerDraft } from './decision.ts';
import { carrierRule, numberRule, type ReturnRule } from './ledger-reasons.ts';
import { optOutExceptConfirmedSince, withOptOut } from './opt-out.ts';
import {
  isStanding,
  liftSuppression,
  raiseSuppression,
  readScope,
  type Scope,
  type Suppression,
  standsForAll,
} from './suppression.ts';
import type { SuppressionOrigin } from './suppression-origin.ts';

/** True when the error says that the carrier blocks our messages to this person. */
export const isCarrierOptOut = (code: string): boolean => codeOf(code)?.class === 'opted-out';

/**
 * True when the error can only mean that the person wants no texts: 21610 always, and 30004 on a toll-free number,
 * whose network keeps the block of its STOP. Elsewhere 30004 may be a network's own block and no wish of the person.
 * Source: Twilio Docs, error 30004; Twilio Help 360058144374.
 */
export function isStop(code: string, handling: Handling | null): boolean {
  const action = codeOf(code)?.action;
  return action === 'opt-out' || (action === 'block' && handling === 'network');
}

/** Error codes that may report an opt-out at the carrier. */
export const CARRIER_OPT_OUTS: readonly string[] = ERROR_CODES.map(({ code }) => code).filter(
  isCarrierOptOut,
);

/** The only error that comes from the carrier's own opt-out list alone. Source: Twilio Docs, error 21610. */
const LISTED = '21610';

/**
 * What a carrier suppression says about the carrier's list. `unlisted`: only that a message failed, which a phone or
 * network may cause too.
 */
type Witness = 'listed' | 'network' | 'unlisted';

function witnessOf({ origin }: Suppression): Witness {
  const code = origin.by === 'carrier-error' ? origin.code : LISTED;
  if (code === LISTED) return 'listed';
  return codeOf(code)?.action === 'block' ? 'network' : 'unlisted';
}

/**
 * True when a suppression shows that the person is on the carrier's opt-out list, so that the carrier answers the
 * word that takes them off. The evidence is a STOP to the carrier or a refusal that only the list causes; for a
 * toll-free number, the list of its network.
 * Source: Twilio Help 223134027, 360058144374.
 */
export function isListed(row: Suppression, handling: Handling): boolean {
  const witness = witnessOf(row);
  return witness === 'listed' || (witness === 'network' && handling === 'network');
}

/** True when a suppression in force shows that the person is on the list that the carrier keeps for this sender. */
export const isListedAt = (row: Suppression, sender: Sender): boolean =>
  row.kind === 'carrier' &&
  row.scope === blockScope(sender) &&
  isStanding(row, null) &&
  isListed(row, sender.handling);

/** The carrier's report about one message, and the scope of its block. */
export type CarrierReport = {
  /** Null for a message that is none of our deliveries. */
  delivery: string | null;
  code: string;
  scope: Scope;
  stop: boolean;
  at: Date;
  /** Our numbers to which the block applies. */
  numbers: readonly string[];
  /** When the message was sent; null when unknown. */
  leftAt: Date | null;
  /**
   * The report concerns an earlier holder of the number: the block applies to the number, the opt-out not to this
   * person.
   */
  former?: true;
};

/**
 * True when the message was sent before the person asked for texts again: before its block was lifted, or before a
 * YES on a number to which the block applies. The person's request is then newer than the refusal.
 */
export function isOutdated(person: ConsentState, report: CarrierReport): boolean {
  const { scope, numbers, leftAt } = report;
  if (leftAt === null) return false;
  const lifted = person.suppressions.some(
    (row) => row.kind === 'carrier' && row.scope === scope && row.since > leftAt && isLiftedByThem(row),
  );
  if ((person.unblockedAt?.[scope] ?? leftAt) > leftAt) return true;
  const confirmed = person.subscriptions.some((subscription) =>
    isConfirmedHere(person, subscription, numbers, leftAt),
  );
  return lifted || confirmed || isAskedForHere(person, report);
}

/** A block that a job lifted for lack of evidence was not lifted by the person. */
const isLiftedByThem = (row: Suppression): boolean => !isStanding(row, null) && row.witnesses?.length !== 0;

function isConfirmedHere(
  { prompts }: ConsentState,
  { program, state, basis }: Subscription,
  numbers: readonly string[],
  leftAt: Date,
): boolean {
  if (state !== 'subscribed' || basis === null || basis.at <= leftAt) return false;
  const answered = prompts.findLast((prompt) => prompt.program === program && prompt.state === 'confirmed');
  return answered !== undefined && numbers.includes(answered.number);
}

/**
 * True for a report about no delivery of ours, which the retry repeats, when the person has since asked for texts on
 * a number of the block, that prompt is open, and nothing older is left that the report could end.
 */
function isAskedForHere(
  { prompts, subscriptions }: ConsentState,
  { delivery, numbers, at }: CarrierReport,
): boolean {
  if (delivery !== null) return false;
  const isOlder = ({ state, since, basis }: Subscription): boolean =>
    (state === 'pending' ? since : (basis?.at ?? since)) <= at;
  const isAsked = prompts.some(
    (prompt) =>
      prompt.state === 'open' &&
      isOwnQuestion(prompt) &&
      numbers.includes(prompt.number) &&
      prompt.issuedAt > at,
  );
  return isAsked && !subscriptions.some((subscription) => isOpen(subscription) && isOlder(subscription));
}

/**
 * Records that the carrier refused a message as blocked. The block is in force from now on. A STOP that never reached
 * us counts as if it had, except for programs confirmed after it was reported. Null when both were known or are older
 * than what the person said since. That the person is on the carrier's list is news even if a block was known. A
 * block that may be nobody's wish keeps its delivery as evidence until a STOP is reported.
 * Source: CTIA Principles 5.1.3; 47 CFR 64.1200(a)(10).
 */
export function optOutByCarrier(
  before: ConsentState,
  report: CarrierReport,
): { person: ConsentState; events: LedgerDraft[] } | null {
  if (isOutdated(before, report) || before.suppressions.some((row) => isRecorded(row, report))) return null;
  const { delivery, code, scope, stop, at, former } = report;
  const reason = carrierRule(code);
  const origin: SuppressionOrigin = { by: 'carrier-error', code };
  const events: LedgerDraft[] = [];
  let person = before;
  if (!before.suppressions.some((row) => isKnown(row, report))) {
    const rests = stop || delivery === null ? {} : { witnesses: [delivery] };
    const row = { scope, kind: 'carrier' as const, at, origin, ...rests };
    person = { ...person, suppressions: raiseSuppression(person.suppressions, row) };
    events.push(ledgerDraft('carrier-blocked', { scope, reason }));
  }
  if (stop && former !== true && !isOut(before)) {
    const ended = endedBy(person, { at, origin, reason });
    person = ended.person;
    events.push(...ended.events);
  }
  return events.length === 0 ? null : { person: { ...person, seq: before.seq + events.length }, events };
}

/**
 * Ends everything by a STOP reported at a moment, except programs confirmed since on any number, which is the newer
 * decision.
 */
function endedBy(
  before: ConsentState,
  how: { at: Date; origin: SuppressionOrigin; reason: string },
): { person: ConsentState; events: LedgerDraft[] } {
  const spared = optOutExceptConfirmedSince(before, { since: how.at, hold: null }, how);
  if (spared !== null) return spared;
  const events = [ledgerDraft('withdrawn', { scope: 'all', reason: how.reason })];
  return { person: withOptOut(before, 'all', how), events };
}

/** Scopes that must not be sent to any more after the report, including those that were known before. */
export function closedByReport({ scope, stop, former }: CarrierReport, person: ConsentState): Scope[] {
  if (!stop || former === true) return [scope];
  if (isOut(person)) return ['all'];
  const programs = person.suppressions.flatMap((row): Scope[] => {
    const over = readScope(row.scope);
    return row.kind === 'opt-out' && over.kind === 'program' && isStanding(row, over.program)
      ? [row.scope]
      : [];
  });
  return [scope, ...programs];
}

const isBlock = (row: Suppression, scope: Scope): boolean =>
  row.kind === 'carrier' && row.scope === scope && isStanding(row, null);

/** Whether this suppression already says as much as the report. */
const isKnown = (row: Suppression, { scope, code, stop }: CarrierReport): boolean =>
  isBlock(row, scope) &&
  !(stop && row.witnesses !== undefined) &&
  (code !== LISTED || witnessOf(row) === 'listed');

/**
 * True when the report was counted before, as the recorded block shows: it then ends nothing for a person who joined
 * again. A report about no delivery of ours is retried again and again; since nobody knows when its message was sent,
 * it says nothing new while the block is in force.
 */
const isRecorded = (row: Suppression, report: CarrierReport): boolean =>
  isKnown(row, report) && (report.delivery === null || row.since >= report.at);

/**
 * Lifts a carrier's block whose message turned out not to count as a failure, and removes its evidence, so that
 * earlier messages are not judged by it. Null when another block is in force there by now.
 */
export function forgetBlock(
  before: ConsentState,
  { rule, scope, generation }: { rule: ReturnRule; scope: Scope; generation: number },
): { person: ConsentState; events: LedgerDraft[] } | null {
  const row = before.suppressions.find(
    (suppression) => isBlock(suppression, scope) && suppression.generation === generation,
  );
  if (row === undefined) return null;
  const lifted = liftSuppression(before.suppressions, { ...row, program: '*' });
  const isForgotten = (suppression: Suppression): boolean =>
    suppression.kind === 'carrier' && suppression.scope === scope;
  const suppressions = lifted.map((suppression) =>
    isForgotten(suppression) ? { ...suppression, witnesses: [] } : suppression,
  );
  const events = [ledgerDraft('carrier-unblocked', { scope, reason: numberRule(rule) })];
  return { person: { ...before, suppressions, seq: before.seq + 1 }, events };
}

/** Opted out of everything, with nothing open since: no subscription and no open prompt. */
export function isOut({ suppressions, subscriptions, prompts }: ConsentState): boolean {
  const row = suppressions.find(
    (suppression) => suppression.kind === 'opt-out' && suppression.scope === 'all',
  );
  const open = subscriptions.some(isOpen);
  return row !== undefined && standsForAll(row) && !open && prompts.every(({ state }) => state !== 'open');
}
