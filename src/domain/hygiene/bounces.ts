import { isCarrierOptOut } from '../consent/carrier-block.ts';
import type { BarrierRule } from '../consent/ledger-reasons.ts';
import { isStanding, type Scope, type Suppression } from '../consent/suppression.ts';
import { DAY_MS } from '../durations.ts';
import type { Action, ErrorMeaning, Threshold } from './error-codes.ts';

/** The outcome of one message to a number. */
export type NumberEnding = {
  delivery: string;
  sender: string;
  /** The recipient's network, or area code; null where neither is known. */
  network: string | null;
  /** `leftAt`: when the message was handed over. `toldAt`: when its outcome was reported. */
  leftAt: Date;
  toldAt: Date;
  arrived: boolean;
  /** The carrier's error where the message did not arrive. */
  code: string | null;
};

export type BounceRules = {
  /** Null for an unknown code, which never counts against a number. */
  meaningOf: (code: string) => ErrorMeaning | null;
  /** True for a failure within an incident of a network or sender. */
  isFrozen: (ending: NumberEnding, meaning: ErrorMeaning) => boolean;
};

/** Other facts about the number. `provenAt`: when its holder last texted or confirmed. */
export type KnownNumber = {
  provenAt: Date | null;
  line: 'takes-texts' | 'takes-none' | 'invalid' | 'unknown';
};

export type BounceVerdict = {
  rule: BarrierRule;
  /** When the last message that the verdict rests on was handed over. Consent given later is not ended. */
  at: Date;
  witnesses: readonly NumberEnding[];
} & (
  | { kind: 'end'; reason: 'gone' | 'not-mobile' }
  | { kind: 'suppress'; scope: 'all' | `sender:${string}` }
);

/** Version of these rules, as the ledger names it. */
export const BOUNCE_RULES = 'bounces-2';

const SAID = { gone: 'said-gone', 'not-mobile': 'said-no-texts' } as const;

/**
 * Messages older than this many days are not judged: the month of a threshold, and a month in which no sweep may have
 * run.
 */
export const BOUNCE_DAYS = 62;

type Held = { ending: NumberEnding; meaning: ErrorMeaning };

/**
 * Judges one number by the outcomes of all its messages, in any order and any number of times; null: nothing counts
 * against it. A failure counts only while nothing has proved the number since: an arrived message, or a text of its
 * holder. For the reach of one sender, only arrivals by that sender are proof. Thresholds are in the error table.
 * Source: Twilio Docs, "Error and Warning Dictionary"; CTIA Principles 5.1.5.
 */
export function judgeBounces(
  endings: readonly NumberEnding[],
  known: KnownNumber,
  rules: BounceRules,
): BounceVerdict | null {
  const held = heldAgainst(endings, known, rules, 'any-sender');
  return (
    endedBy(held, known) ??
    suppressedBy(held) ??
    closedToSender(heldAgainst(endings, known, rules, 'same-sender'))
  );
}

/**
 * Leaves out the failures for which the number is already closed to their sender. They have had their effect, and
 * would hide later failures of another sender.
 */
export function besideClosings(
  endings: readonly NumberEnding[],
  standing: readonly Pick<Suppression, 'scope' | 'since'>[],
  meaningOf: BounceRules['meaningOf'],
): NumberEnding[] {
  const closedAt = new Map(standing.map(({ scope, since }) => [scope, since]));
  return endings.filter(({ sender, leftAt, arrived, code }) => {
    const since = closedAt.get(`sender:${sender}`);
    if (since === undefined || leftAt > since || arrived || code === null) return true;
    return meaningOf(code)?.action !== 'verify';
  });
}

/**
 * True for a current suppression that rests on failures which no longer all count: one was delivered after all, fell
 * into an incident, or has a code that people have classified otherwise since. False where one of the failures is too
 * old to be known, and where the others still count against the number. `endings`: as if the suppression did not
 * exist.
 */
export function isOutdated(
  { scope, witnesses = [] }: Pick<Suppression, 'scope' | 'witnesses'>,
  endings: readonly NumberEnding[],
  known: KnownNumber,
  rules: BounceRules,
): boolean {
  const found = endings.filter(({ delivery }) => witnesses.includes(delivery));
  if (witnesses.length === 0 || found.length < witnesses.length) return false;
  if (found.every((numberEnding) => meaningHeld(numberEnding, rules) !== null)) return false;
  const verdict = judgeBounces(endings, known, rules);
  return (
    verdict === null || (verdict.kind === 'suppress' && verdict.scope !== 'all' && verdict.scope !== scope)
  );
}

/** True where the line type of the number would decide, and is not known. */
export const asksForLine = (
  endings: readonly NumberEnding[],
  known: KnownNumber,
  rules: BounceRules,
): boolean =>
  known.line === 'unknown' && heldAgainst(endings, known, rules, 'any-sender').some(does('verify'));

/**
 * False where failures with these codes have no effect, whatever their times and other facts. A single block may have
 * one: it closed the number to its sender when it was reported, and an incident undoes that.
 */
export function mayMatter(codes: readonly (string | null)[], meaningOf: BounceRules['meaningOf']): boolean {
  const meanings = codes.flatMap((code) => (code === null ? [] : (meaningOf(code) ?? [])));
  const soft = meanings.filter(({ action }) => action === 'count' || action === 'block');
  const hard = meanings.some(({ action }) => action === 'end' || action === 'verify' || action === 'block');
  return hard || soft.some(({ threshold }) => threshold !== null && soft.length >= threshold.times);
}

/** The last message of each sender that arrived, newest first. */
export function lastArrivals(endings: readonly NumberEnding[]): NumberEnding[] {
  const last = new Map<string, NumberEnding>();
  for (const numberEnding of endings) {
    const known = last.get(numberEnding.sender);
    if (numberEnding.arrived && (known === undefined || numberEnding.toldAt > known.toldAt))
      last.set(numberEnding.sender, numberEnding);
  }
  return [...last.values()].sort((a, b) => b.toldAt.getTime() - a.toldAt.getTime());
}

/** True where an arrived message disproves a finding under a scope: that of its own sender, or of all. */
export const provesScope = ({ sender }: Pick<NumberEnding, 'sender'>, scope: Scope): boolean =>
  scope === 'all' || scope === `sender:${sender}`;

/** Failures that nothing has outweighed since: no text of the holder, and no arrival, by any sender or by their own. */
function heldAgainst(
  endings: readonly NumberEnding[],
  { provenAt }: KnownNumber,
  rules: BounceRules,
  by: 'any-sender' | 'same-sender',
): Held[] {
  const arrivals = lastArrivals(endings);
  const held = endings.flatMap((ending): Held[] => {
    const arrival = arrivals.find(({ sender }) => by === 'any-sender' || sender === ending.sender);
    const proven = Math.max(0, provenAt?.getTime() ?? 0, arrival?.toldAt.getTime() ?? 0);
    // The message was sent before the proof was reported. Nobody knows which of the two is newer.
    if (ending.leftAt.getTime() <= proven) return [];
    const meaning = meaningHeld(ending, rules);
    return meaning === null ? [] : [{ ending, meaning }];
  });
  return held.sort((a, b) => a.ending.leftAt.getTime() - b.ending.leftAt.getTime() || byId(a, b));
}

/** The meaning of a failure, whatever was proved since; null where the failure does not count. */
function meaningHeld(ending: NumberEnding, rules: BounceRules): ErrorMeaning | null {
  const meaning = ending.arrived || ending.code === null ? null : rules.meaningOf(ending.code);
  if (meaning === null || meaning.threshold === null) return null;
  return rules.isFrozen(ending, meaning) ? null : meaning;
}

const byId = (a: Held, b: Held): number => (a.ending.delivery < b.ending.delivery ? -1 : 1);

const does =
  (...actions: Action[]) =>
  ({ meaning }: Held): boolean =>
    actions.includes(meaning.action);

function endedBy(held: readonly Held[], { line }: KnownNumber): BounceVerdict | null {
  const said = reached(held.filter(does('end')));
  if (said !== null) {
    const reason = said.last.meaning.class === 'not-mobile' ? 'not-mobile' : 'gone';
    return { kind: 'end', reason, rule: { name: SAID[reason] }, ...said.found };
  }
  const [last] = held.filter(does('verify')).slice(-1);
  if (last === undefined || (line !== 'takes-none' && line !== 'invalid')) return null;
  const reason = line === 'invalid' ? 'gone' : 'not-mobile';
  const found = { at: last.ending.leftAt, witnesses: [last.ending] };
  return { kind: 'end', reason, rule: { name: 'line-no-texts' }, ...found };
}

function suppressedBy(held: readonly Held[]): BounceVerdict | null {
  const soft = reached(held.filter(does('count', 'block')));
  if (soft === null) return null;
  return { kind: 'suppress', scope: 'all', rule: { name: 'failures', ...soft.met }, ...soft.found };
}

/** One sender may fail to reach a phone that another reaches. */
function closedToSender(held: readonly Held[]): BounceVerdict | null {
  const asked = held.filter(does('verify'));
  for (const sender of [...new Set(asked.map(({ ending }) => ending.sender))].sort()) {
    const own = reached(asked.filter(({ ending }) => ending.sender === sender));
    if (own === null) continue;
    const rule = { name: 'failures-of-sender' as const, sender, ...own.met };
    return { kind: 'suppress', scope: `sender:${sender}`, rule, ...own.found };
  }
  return null;
}

type Reached = { found: Pick<BounceVerdict, 'at' | 'witnesses'>; met: Threshold; last: Held };

/** The newest failures, one per day (UTC), that together meet their threshold. */
function reached(held: readonly Held[]): Reached | null {
  const days = new Map(held.map((bounce) => [dayOf(bounce), bounce]));
  const daily = [...days].sort(([a], [b]) => a - b);
  for (let end = daily.length; end > 0; end -= 1) {
    const [day, last] = daily[end - 1] ?? [0, undefined];
    if (last === undefined) return null;
    const { times, withinDays } = last.meaning.threshold as Threshold;
    const first = daily[end - times];
    if (first === undefined || day - first[0] >= withinDays) continue;
    const witnesses = daily.slice(end - times, end).map(([, { ending }]) => ending);
    const found = { at: last.ending.leftAt, witnesses };
    return { found, met: { times, withinDays }, last };
  }
  return null;
}

const dayOf = ({ ending }: Held): number => Math.floor(ending.leftAt.getTime() / DAY_MS);

type Judging = {
  rules: BounceRules;
  /** Our numbers that a block under a scope covers. */
  numbersUnder: (scope: Scope) => readonly string[];
};

/** True for a carrier's current block that rests on a message. */
export const restsOnMessage = (row: Suppression): boolean =>
  row.kind === 'carrier' && isStanding(row, null) && (row.witnesses ?? []).length > 0;

/**
 * Current carrier blocks that rest on a message whose failure does not count, because it fell into an incident or the
 * message arrived after all. Leaves out blocks where another refusal reported since counts, and where the message is
 * too old to be known. A STOP that the carrier reported rests on no message, and stays. `endings`: of all holders of
 * the number, because a block outlives its holder.
 */
export function outdatedBlocks<S extends Suppression>(
  rows: readonly S[],
  endings: readonly NumberEnding[],
  { rules, numbersUnder }: Judging,
): S[] {
  return rows.filter((row) => {
    const { scope, since, witnesses = [] } = row;
    if (!restsOnMessage(row)) return false;
    const rested = endings.filter(({ delivery }) => witnesses.includes(delivery));
    if (rested.length < witnesses.length || rested.some((numberEnding) => isRefusal(numberEnding, rules)))
      return false;
    const numbers = [...numbersUnder(scope), ...rested.map(({ sender }) => sender)];
    return !endings.some(
      (numberEnding) =>
        numbers.includes(numberEnding.sender) &&
        numberEnding.toldAt >= since &&
        isRefusal(numberEnding, rules),
    );
  });
}

/** True for a message that the carrier refused as blocked, outside every incident. */
function isRefusal(ending: NumberEnding, { meaningOf, isFrozen }: BounceRules): boolean {
  const { arrived, code } = ending;
  if (arrived || code === null || !isCarrierOptOut(code)) return false;
  const meaning = meaningOf(code);
  return meaning !== null && !isFrozen(ending, meaning);
}
