import type { AppContext } from '../consent/app-context.ts';
import { numbersUnder } from '../consent/carrier-opt-out.ts';
import {
  decideHealth,
  type NumberFinding,
  recordNumberFinding,
  type Witness,
} from '../consent/maintenance/number-findings.ts';
import { lookUpLine } from '../contacts/lookup.ts';
import { standingHygiene } from '../domain/consent/consent-end.ts';
import type { Suppression } from '../domain/consent/suppression.ts';
import { DAY_MS } from '../domain/durations.ts';
import {
  asksForLine,
  BOUNCE_RULES,
  type BounceRules,
  type BounceVerdict,
  besideClosings,
  isOutdated,
  judgeBounces,
  type KnownNumber,
  lastArrivals,
  type NumberEnding,
  outdatedBlocks,
  provesScope,
} from '../domain/hygiene/bounces.ts';
import {
  judgeNumber,
  type NumberFacts,
  type VerificationRules,
} from '../domain/hygiene/number-verification.ts';
import type { SuppressionDoc } from '../store/consent/suppressions.ts';
import { type ContactDoc, findContact } from '../store/contacts/contacts.ts';
import { numberOf, personOf } from '../store/contacts/open-contact.ts';
import { noteVerified } from '../store/contacts/verification.ts';
import { isClosed } from '../store/sealing/keys.ts';
import { findBarriers } from '../store/senders/bounces.ts';

/** An answer of Lookup older than this many days says nothing about a line that fails now. Our choice. */
const LINE_DAYS = 7;

/**
 * How often a contact is judged again after a write, or after the contact changed meanwhile. The next sweep judges it
 * in any case.
 */
const TRIES = 8;

/** The result for a number. */
export type SweepResult = 'ended' | 'suppressed' | 'restored';
const SWEPT: Record<NumberFinding['kind'], SweepResult> = {
  end: 'ended',
  suppress: 'suppressed',
  restore: 'restored',
  clear: 'restored',
  unblock: 'restored',
};

/** The facts by which one number is judged. */
type Suspect = {
  contact: ContactDoc;
  /** The outcomes of all its messages. */
  endings: readonly NumberEnding[];
  /** The outcomes of messages to former holders of the number. A carrier's block may rest on one of them. */
  former: readonly NumberEnding[];
  /** Suppressions of the number, past and present. */
  barriers: readonly SuppressionDoc[];
};
export type Judging = { rules: BounceRules; verification: VerificationRules };
/** The sweep that judges, as the ledger names it. */
type By = { job: string };

/**
 * Judges one number, and writes changes until none is left: lifting one suppression may uncover the failures of
 * another sender. Skips a contact whose keys are missing.
 */
export async function judgeNumberOfContact(
  context: AppContext,
  suspect: Suspect,
  judging: Judging & By,
): Promise<SweepResult[]> {
  const done: SweepResult[] = [];
  try {
    let now: Suspect | null = suspect;
    for (let tries = 0; tries < TRIES && now !== null && now.contact.sealed !== null; tries += 1) {
      const health = await healthOf(context, now, judging);
      if (health === null) break;
      const isWritten = await recordNumberFinding(context, health);
      if (isWritten) done.push(SWEPT[health.kind]);
      const moved = await reread(context, now);
      if (!isWritten && moved?.contact.rev === now.contact.rev) break;
      now = moved;
    }
  } catch (error) {
    if (!isClosed(error)) throw error;
  }
  return done;
}

async function reread({ store }: Pick<AppContext, 'store'>, suspect: Suspect): Promise<Suspect | null> {
  const contact = await findContact(store, suspect.contact._id);
  if (contact === null) return null;
  const rows = await findBarriers(store, [contact.index]);
  return { ...suspect, contact, barriers: rows.get(contact.index) ?? [] };
}

/** The next finding to write; null where writing would change nothing. */
async function healthOf(
  context: AppContext,
  all: Suspect,
  judging: Judging & By,
): Promise<NumberFinding | null> {
  const { contact, barriers } = all;
  const endings = besideClosings(all.endings, standingHygiene(barriers), judging.rules.meaningOf);
  const suspect = { ...all, endings };
  const known = await knownOf(context, suspect, judging);
  const verdict = judgeBounces(endings, known, judging.rules);
  const lifting = isRefusedByLookup(suspect, known, judging)
    ? []
    : [
        ...arrivalsBeside(verdict, endings),
        ...outdatedRows(barriers, all.endings, known, judging.rules).map(clearingOf),
      ];
  const ofNumber = [...all.endings, ...all.former];
  const forgotten = blocksToForget(context, barriers, ofNumber, judging).map(forgettingOf);
  const found = [...(verdict === null ? [] : [findingOf(verdict)]), ...lifting, ...forgotten];
  const of = { contact: contact._id, job: judging.job, rules: BOUNCE_RULES, rev: contact.rev };
  const person = personOf(contact, {}, [...barriers]);
  return (
    found
      .map((finding) => ({ ...finding, ...of }))
      .find((finding) => decideHealth(person, finding) !== null) ?? null
  );
}

/**
 * True where Lookup said that the number takes no texts, and nothing has disproved it since. Then no suppression is
 * lifted.
 */
function isRefusedByLookup(
  { contact, endings }: Suspect,
  { provenAt }: KnownNumber,
  judging: Judging,
): boolean {
  const { verified } = contact;
  if (verified === undefined || !TAKES_NONE.includes(lineOf(verified, judging))) return false;
  const proofs = [provenAt, ...lastArrivals(endings).map(({ toldAt }) => toldAt)];
  return !proofs.some((at) => at !== null && at > verified.at);
}

const TAKES_NONE: readonly KnownNumber['line'][] = ['takes-none', 'invalid'];

function findingOf({ rule, at, witnesses, ...verdict }: BounceVerdict) {
  const deliveries = witnesses.map(({ delivery }) => delivery);
  const found = { rule, at, receipts: witnesses.map(witnessOf), witnesses: deliveries };
  if (verdict.kind === 'suppress') return { ...found, kind: verdict.kind, scope: verdict.scope };
  const { kind, reason } = verdict;
  return { ...found, kind, reason, programs: { before: at }, suppress: true };
}

/**
 * Arrivals that may lift a suppression. Leaves out arrivals of a sender that the verdict closes, or all of them where
 * it closes the number.
 */
function arrivalsBeside(verdict: BounceVerdict | null, endings: readonly NumberEnding[]) {
  const failed = verdict === null ? null : verdict.kind === 'end' ? 'all' : verdict.scope;
  const arrivals = lastArrivals(endings).filter(
    (arrival) => failed === null || (failed !== 'all' && !provesScope(arrival, failed)),
  );
  return arrivals.map((arrival) => {
    const found = {
      rule: { name: 'delivered' as const },
      at: arrival.toldAt,
      receipts: [witnessOf(arrival)],
    };
    return { ...found, kind: 'restore' as const, scope: `sender:${arrival.sender}` as const };
  });
}

/**
 * Current suppressions that rest on failures which no longer all count, while nothing else speaks against the number.
 */
export function outdatedRows<S extends Suppression>(
  barriers: readonly S[],
  endings: readonly NumberEnding[],
  known: KnownNumber,
  rules: BounceRules,
): S[] {
  const standing = standingHygiene(barriers);
  return standing.filter((row) => {
    const others = standing.filter((other) => other !== row);
    return isOutdated(row, besideClosings(endings, others, rules.meaningOf), known, rules);
  });
}

/** Carrier blocks that rest on a message whose failure does not count. `endings`: of all holders of the number. */
export const blocksToForget = <S extends Suppression>(
  context: Pick<AppContext, 'catalog'>,
  barriers: readonly S[],
  endings: readonly NumberEnding[],
  { rules }: Pick<Judging, 'rules'>,
): S[] => outdatedBlocks(barriers, endings, { rules, numbersUnder: (scope) => numbersUnder(scope, context) });

const forgettingOf = (row: Suppression) => ({ ...clearingOf(row), kind: 'unblock' as const });

const clearingOf = ({ scope, generation, since: at }: Suppression) => ({
  ...{ kind: 'clear' as const, scope, generation, at, receipts: [] },
  rule: { name: 'evidence-gone' as const },
});

const witnessOf = ({ delivery, code, toldAt: at }: NumberEnding): Witness => ({ delivery, code, at });

async function knownOf(
  context: AppContext,
  { contact, endings }: Suspect,
  judging: Judging,
): Promise<KnownNumber> {
  const proofs = [contact.repliedAt, ...contact.subscriptions.map(({ basis }) => basis?.at)];
  const times = proofs.flatMap((at) => at?.getTime() ?? []);
  const provenAt = times.length === 0 ? null : new Date(Math.max(...times));
  const fresh = new Date(context.now().getTime() - LINE_DAYS * DAY_MS);
  const { verified } = contact;
  const kept = verified !== undefined && verified.at >= fresh ? verified : null;
  const known: KnownNumber = { provenAt, line: 'unknown' };
  if (!asksForLine(endings, known, judging.rules)) return known;
  const facts = kept ?? (await askFor(context, contact, { fresh, ...judging }));
  return { ...known, line: facts === null ? 'unknown' : lineOf(facts, judging) };
}

async function askFor(
  context: AppContext,
  contact: ContactDoc,
  { fresh, verification }: Judging & { fresh: Date },
): Promise<NumberFacts | null> {
  if (context.lookup === null) return null;
  const number = numberOf(context.ring, contact);
  const { facts } = await lookUpLine(context, number, { rules: verification, run: null, freshSince: fresh });
  if (typeof facts === 'string') return null;
  await noteVerified(context.store, contact._id, { ...facts, run: null });
  return facts;
}

function lineOf(facts: NumberFacts, { verification }: Judging): KnownNumber['line'] {
  if (!facts.valid) return 'invalid';
  if (facts.line === null) return 'unknown';
  const { refused } = judgeNumber({ type: null }, facts, verification.accepted);
  return refused === null ? 'takes-texts' : 'takes-none';
}
