import { codeOf, ERROR_CODES } from '../hygiene/error-codes.ts';
import { blockScope } from '../opt-out-handling.ts';
import type { Handling, Sender } from '../program.ts';
import { type ConsentState, isOpen, isOwnQuestion, type Subscription } from './consent-state.ts';
import { type LedgerDraft, ledgerDraft } from './decision.ts';
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

/** True where by this error the carrier says that it blocks our messages to a person. */
export const isCarrierOptOut = (code: string): boolean => codeOf(code)?.class === 'opted-out';

/**
 * True where the error can only mean that the person wants no texts: 21610 always; 30004 on a toll-free number, whose
 * network keeps the block of its STOP. Elsewhere 30004 may be a network's own block, which is no wish of the person's.
 * Source: Twilio Docs, error 30004; Twilio Help 360058144374.
 */
export function isStop(code: string, handling: Handling | null): boolean {
  const action = codeOf(code)?.action;
  return action === 'opt-out' || (action === 'block' && handling === 'network');
}

/** Codes by which the carrier may say so. */
export const CARRIER_OPT_OUTS: readonly string[] = ERROR_CODES.map(({ code }) => code).filter(
  isCarrierOptOut,
);

const RULE = 'carrier error ';

/** What stands in the ledger as the reason of what the carrier said with an error code. */
export const carrierRule = (code: string): string => RULE + code;

/** The one error that only the carrier's own list of who stopped makes. Source: Twilio Docs, error 21610. */
const LISTED = '21610';

/** What a row of the carrier's says of its list; `unlisted`: that a message failed, which a phone or a network may do as well. */
type Witness = 'listed' | 'network' | 'unlisted';

function witnessOf({ source }: Suppression): Witness {
  const code = source.startsWith(RULE) ? source.slice(RULE.length) : LISTED;
  if (code === LISTED) return 'listed';
  return codeOf(code)?.action === 'block' ? 'network' : 'unlisted';
}

/**
 * True where a row tells that the carrier has the person on its list, so that it answers the word that takes them off: it
 * came of their STOP to it, or of a refusal that only the list makes; on a toll-free number of its network's.
 * Source: Twilio Help 223134027, 360058144374.
 */
export function isListed(row: Suppression, handling: Handling): boolean {
  const witness = witnessOf(row);
  return witness === 'listed' || (witness === 'network' && handling === 'network');
}

/** True where a row stands and tells that of the list that the carrier keeps for this sender. */
export const isListedAt = (row: Suppression, sender: Sender): boolean =>
  row.kind === 'carrier' &&
  row.scope === blockScope(sender) &&
  isStanding(row, null) &&
  isListed(row, sender.handling);

/** What the carrier said about one message, and where it keeps its block. */
export type CarrierWord = {
  /** Null of a message that is none of our deliveries. */
  delivery: string | null;
  code: string;
  scope: Scope;
  stop: boolean;
  at: Date;
  /** Numbers of ours that its block is for. */
  numbers: readonly string[];
  /** When the message left; null where nobody knows. */
  leftAt: Date | null;
  /** It was to, or is from the time of, whoever had the number before: the block is the number's, the wish is not theirs. */
  former?: true;
};

/**
 * True where the message left before they asked for texts again: before its block was lifted, by START too, or before a YES on a
 * number that the block is for. Its refusal is then older news than theirs.
 */
export function isOutdated(person: ConsentState, word: CarrierWord): boolean {
  const { scope, numbers, leftAt } = word;
  if (leftAt === null) return false;
  const lifted = person.suppressions.some(
    (row) => row.kind === 'carrier' && row.scope === scope && row.since > leftAt && isLiftedByThem(row),
  );
  if ((person.unblockedAt?.[scope] ?? leftAt) > leftAt) return true;
  const confirmed = person.subscriptions.some((one) => isConfirmedHere(person, one, numbers, leftAt));
  return lifted || confirmed || isAskedForHere(person, word);
}

/** What was forgotten since it rested on what does not count, nobody asked for. */
const isLiftedByThem = (row: Suppression): boolean => !isStanding(row, null) && row.witnesses?.length !== 0;

function isConfirmedHere(
  { prompts }: ConsentState,
  { program, state, basis }: Subscription,
  numbers: readonly string[],
  leftAt: Date,
): boolean {
  if (state !== 'subscribed' || basis === null || basis.at <= leftAt) return false;
  const answered = prompts.findLast((one) => one.program === program && one.state === 'confirmed');
  return answered !== undefined && numbers.includes(answered.number);
}

/**
 * True of a word about no delivery of ours, which is tried again and again, where they asked for texts since on a number that
 * the block is for and the question is open, and are in nothing older that it could still end.
 */
function isAskedForHere(
  { prompts, subscriptions }: ConsentState,
  { delivery, numbers, at }: CarrierWord,
): boolean {
  if (delivery !== null) return false;
  const isOlder = ({ state, since, basis }: Subscription): boolean =>
    (state === 'pending' ? since : (basis?.at ?? since)) <= at;
  const isAsked = prompts.some(
    (one) => one.state === 'open' && isOwnQuestion(one) && numbers.includes(one.number) && one.issuedAt > at,
  );
  return isAsked && !subscriptions.some((one) => isOpen(one) && isOlder(one));
}

/**
 * The person after the carrier refused a message as blocked: its block stands from now on, and a STOP that never
 * reached us counts as if it had, for everything but what they confirmed after it was told of. Null where both were known, or
 * are older than what they said since. That they are on its list is news also of somebody who was only known to be blocked. A
 * block that need be nobody's wish rests on the message that met it, until a STOP is told of.
 * Source: CTIA Principles 5.1.3; 47 CFR 64.1200(a)(10).
 */
export function optOutByCarrier(
  before: ConsentState,
  word: CarrierWord,
): { person: ConsentState; events: LedgerDraft[] } | null {
  if (isOutdated(before, word) || before.suppressions.some((row) => isToldOf(row, word))) return null;
  const { delivery, code, scope, stop, at, former } = word;
  const reason = carrierRule(code);
  const events: LedgerDraft[] = [];
  let person = before;
  if (!before.suppressions.some((row) => isKnown(row, word))) {
    const rests = stop || delivery === null ? {} : { witnesses: [delivery] };
    const row = { scope, kind: 'carrier' as const, at, source: reason, ...rests };
    person = { ...person, suppressions: raiseSuppression(person.suppressions, row) };
    events.push(ledgerDraft('carrier-blocked', { scope, reason }));
  }
  if (stop && former !== true && !isOut(before)) {
    const ended = endedBy(person, { at, source: reason, reason });
    person = ended.person;
    events.push(...ended.events);
  }
  return events.length === 0 ? null : { person: { ...person, seq: before.seq + events.length }, events };
}

/** By a STOP that was told of at a moment: all, but for what they confirmed since on any number, which is their newer word. */
function endedBy(
  before: ConsentState,
  how: { at: Date; source: string; reason: string },
): { person: ConsentState; events: LedgerDraft[] } {
  const spared = optOutExceptConfirmedSince(before, { since: how.at, hold: null }, how);
  if (spared !== null) return spared;
  const events = [ledgerDraft('withdrawn', { scope: 'all', reason: how.reason })];
  return { person: withOptOut(before, 'all', how), events };
}

/** What is not to be sent to the person any more once the word is on record with them, whatever of it was known before. */
export function closedByWord({ scope, stop, former }: CarrierWord, person: ConsentState): Scope[] {
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

/** Whether a row says as much already. */
const isKnown = (row: Suppression, { scope, code, stop }: CarrierWord): boolean =>
  isBlock(row, scope) &&
  !(stop && row.witnesses !== undefined) &&
  (code !== LISTED || witnessOf(row) === 'listed');

/**
 * True where the word was counted, as its block on record tells: of whoever joined again since it ends nothing. One of no
 * delivery of ours is tried again and again; nobody knows when its message left, and while the block stands it says nothing new.
 */
const isToldOf = (row: Suppression, word: CarrierWord): boolean =>
  isKnown(row, word) && (word.delivery === null || row.since >= word.at);

/**
 * The person after a carrier's block turned out to rest on a message whose failure does not count: it stands no more, and
 * says nothing of messages that left before. Null where another one stands there by now.
 */
export function forgetBlock(
  before: ConsentState,
  { source, scope, generation }: { source: string; scope: Scope; generation: number },
): { person: ConsentState; events: LedgerDraft[] } | null {
  const row = before.suppressions.find((one) => isBlock(one, scope) && one.generation === generation);
  if (row === undefined) return null;
  const lifted = liftSuppression(before.suppressions, { ...row, program: '*' });
  const isForgotten = (one: Suppression): boolean => one.kind === 'carrier' && one.scope === scope;
  const suppressions = lifted.map((one) => (isForgotten(one) ? { ...one, witnesses: [] } : one));
  const events = [ledgerDraft('carrier-unblocked', { scope, reason: source })];
  return { person: { ...before, suppressions, seq: before.seq + 1 }, events };
}

/** Out of everything, with nothing open since: no program subscribed or asked about. */
export function isOut({ suppressions, subscriptions, prompts }: ConsentState): boolean {
  const row = suppressions.find((one) => one.kind === 'opt-out' && one.scope === 'all');
  const open = subscriptions.some(isOpen);
  return row !== undefined && standsForAll(row) && !open && prompts.every(({ state }) => state !== 'open');
}
