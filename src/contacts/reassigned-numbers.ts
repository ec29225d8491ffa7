import { setTimeout as sleep } from 'node:timers/promises';
import type { AppContext } from '../consent/app-context.ts';
import { lostHolders, skipIfUnopenable } from '../consent/lost-keys.ts';
import { endFormerHolderConsent } from '../consent/maintenance/number-findings.ts';
import { DAY_MS } from '../domain/durations.ts';
import { dayOfProof, isInReassignedNumbers, lastProof } from '../domain/hygiene/number-holder.ts';
import type { ReassignedFact, Unknown } from '../domain/hygiene/number-verification.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import { drainClaimed } from '../sending/cancel-and-drain.ts';
import { countAudience, readAudience } from '../store/contacts/audience.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import {
  LEFT_HOLDERS,
  noteAskedToday,
  noteHolderCheck,
  readAsked,
  readTurn,
  retireHolder,
  UNENDED_HOLDERS,
  unprovenHolders,
  writeTurn,
} from '../store/contacts/reassigned-numbers.ts';
import { readVerificationRules } from '../store/contacts/verification.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import { numberOf } from './find-contact.ts';
import { type AskedOnce, lookUpOnce } from './lookup.ts';

/** People asked about in parallel; the client has as many connections. */
const SLICE = 8;

/**
 * Share of the day's Lookup budget for all runs of this job, so that entry points and verification runs have the
 * rest.
 */
const SHARE_OF_BUDGET = 0.5;

/** Answers that concern every number and not only one: the run ends at them. */
const STOPS: readonly Unknown[] = ['lookup-off', 'budget-spent', 'not-enabled'];

/** Wait while Lookup pauses, ms. Lookup pauses for half a second to a minute, and each question costs writes. */
const PAUSED_MS = 10_000;

/** How often a waiting run checks whether it must end, ms. */
const SECOND_MS = 1000;

/** How often in one run to ask about a number that gets no answer. */
const TRIES = 3;

export type HolderChecks = {
  /** Number of questions to the carrier. */
  asked: number;
  /**
   * Numbers with a new holder, whose old consent ended; and how many of these numbers start a new contact with
   * their next text.
   */
  ended: number;
  former: number;
  same: number;
  /** Numbers of which the carrier has no data: consent stays. */
  no_data: number;
  untold: number;
  /**
   * Numbers that should have been asked about and have no answer when the run ends; absent when counting takes too
   * long.
   */
  not_asked?: number;
};

/**
 * Asks the carrier whether numbers have a new holder since the last proof of who has them, and ends the consent of
 * those that have. Writes no opt-out, and keeps suppressions. The next text from such a number belongs to a new
 * contact. Safe to run concurrently, twice, or only in part: an answer is stored before it counts. Waits while
 * Lookup pauses. Source: 47 CFR 64.1200(m), the safe harbour of who asked the Reassigned Numbers Database.
 */
export async function checkReassignedNumbers(
  context: AppContext,
  { most, goOn, pause = sleep }: { most: number; goOn: () => boolean; pause?: Pause },
): Promise<HolderChecks> {
  const { dailyBudget, reassignedAfterDays: days } = await readVerificationRules(context.store);
  const began = context.now();
  const cutoff = new Date(began.getTime() - days * DAY_MS);
  const who = unprovenHolders(cutoff);
  const left = Math.floor(dailyBudget * SHARE_OF_BUDGET) - (await readAsked(context.store, began));
  const mayAsk = Math.min(most, left);
  // Runs first: on a long list every night's questions may use up the time.
  const endedBefore = await endAllLeft(context, goOn);
  const leftBefore = await retireAll(context, goOn);
  const counts = await askInTurn(context, who, { mayAsk, goOn, pause, asking: { dailyBudget, cutoff } });
  counts.ended += endedBefore;
  counts.former += leftBefore + (await retireAll(context, goOn));
  return { ...counts, ...(await countLeft(context, who, counts)) };
}

/** Counts the numbers not asked about. Throws `DoneInPart` when counting fails: everything else was done and stays so. */
async function countLeft(
  { store }: Pick<AppContext, 'store'>,
  who: Unproven,
  done: Done,
): Promise<Pick<HolderChecks, 'not_asked'>> {
  try {
    return { not_asked: await countAudience(store, who) };
  } catch (error) {
    if (isTimeLimit(error)) return {};
    throw new DoneInPart(done, error);
  }
}

type Done = Omit<HolderChecks, 'not_asked'>;
type Unproven = ReturnType<typeof unprovenHolders>;
type Pause = (ms: number) => Promise<unknown>;
type CheckRun = { mayAsk: number; goOn: () => boolean; pause: Pause; asking: Omit<With, 'now'> };

/**
 * Starts after the last contact of the former run and covers the list once: starting at the beginning would reach
 * only the beginning of a long list.
 */
async function askInTurn(context: AppContext, who: Unproven, run: CheckRun): Promise<Done> {
  const { mayAsk, goOn, asking } = run;
  const counts = nothing();
  const failed = new Map<string, number>();
  const began = await readTurn(context.store);
  let after = began;
  let hasWrapped = began === null;
  let isPaused = false;
  while (context.lookup !== null && goOn() && counts.asked < mayAsk) {
    // While Lookup pauses, one question is enough to see whether it answers again.
    const limit = isPaused ? 1 : Math.min(SLICE, mayAsk - counts.asked);
    // The time of the question, not of the run's start: a text between the two came before the answer.
    const now = context.now();
    const page = await readAudience(context.store, who, { after, limit });
    const seen = await Promise.all(
      page.people.map((person) => checkHolder(context, person, { ...asking, now })),
    );
    await count(context, seen, counts, now);
    // The next run begins with those who were not asked about because the budget was spent.
    if (seen.some(({ what }) => STOPS.some((stop) => stop === what))) break;
    isPaused = seen.some(({ what }) => what === 'lookup-paused');
    if (isPaused) await waitOut(run);
    // Reads the page again: it then has those who got no answer, and new ones.
    if (isTriedAgain(page.people, seen, failed) || isPaused) continue;
    const to = page.complete ? null : page.to;
    if (to !== after) await writeTurn(context.store, to, now);
    after = to;
    if (hasWrapped && (to === null || (began !== null && to >= began))) break;
    hasWrapped ||= page.complete;
  }
  return counts;
}

async function waitOut({ goOn, pause }: CheckRun): Promise<void> {
  for (let waited = 0; waited < PAUSED_MS && goOn(); waited += SECOND_MS) await pause(SECOND_MS);
}

async function count(
  { store }: Pick<AppContext, 'store'>,
  seen: readonly Checked[],
  counts: Done,
  now: Date,
): Promise<void> {
  for (const { what } of seen) {
    if (what === null || typeof what === 'string') continue;
    counts[what.is] += 1;
    counts.former += what.former ?? 0;
  }
  const paid = seen.filter((checked) => checked.paid).length;
  counts.asked += paid;
  if (paid > 0) await noteAskedToday(store, paid, now);
}

/** Counts failed questions. True when a retry may still get an answer. */
function isTriedAgain(
  people: readonly ContactDoc[],
  seen: readonly Checked[],
  failed: Map<string, number>,
): boolean {
  const without = people.filter((_, at) => seen[at]?.what === 'lookup-failed');
  for (const { _id } of without) failed.set(_id, (failed.get(_id) ?? 0) + 1);
  return without.some(({ _id }) => (failed.get(_id) ?? 0) < TRIES);
}

const nothing = (): Done => ({
  asked: 0,
  ended: 0,
  former: 0,
  same: 0,
  no_data: 0,
  untold: 0,
});

type Checked = {
  /** Null when there is no number to ask about. */
  what: { is: 'ended' | 'same' | 'no_data' | 'untold'; former?: number } | Unknown | null;
  paid: boolean;
};

type With = { now: Date; dailyBudget: number; cutoff: Date };

async function checkHolder(context: AppContext, stored: ContactDoc, asking: With): Promise<Checked> {
  const number = numberOf(context, stored);
  const proof = lastProof(stored);
  if (number === null || proof === null || !isInReassignedNumbers(number)) return { what: null, paid: false };
  const keep = (fact: ReassignedFact) => noteHolderCheck(context.store, stored._id, fact);
  const { facts, paid } = await askAbout(context, number, { ...asking, proof, keep });
  if (typeof facts === 'string') return { what: facts, paid };
  // The stored answer of a run that died.
  if (!paid) await keep(facts);
  if (facts.answer !== 'yes') return { what: { is: WORDS[facts.answer ?? 'untold'] }, paid };
  await endFormerConsent(context, stored, facts);
  // At once: a person who writes before this run ends must already be a new contact.
  return { what: { is: 'ended', former: await retireHolders(context, [stored._id]) }, paid };
}

const WORDS = { no: 'same', 'no-data': 'no_data', untold: 'untold' } as const;

/** Asks again when the stored answer is older than the last proof: such an answer is about an earlier holder. */
function askAbout(
  context: Pick<AppContext, 'indexOf' | 'lookup' | 'store'>,
  number: string,
  {
    now,
    dailyBudget,
    cutoff,
    proof,
    keep,
  }: With & { proof: Date; keep: (fact: ReassignedFact) => Promise<void> },
): Promise<AskedOnce<'reassigned'>> {
  const since = dayOfProof(proof);
  return lookUpOnce(context, {
    package: 'reassigned',
    question: { number, line: false, reassignedSince: since },
    run: null,
    now,
    dailyBudget,
    freshSince: proof > cutoff ? proof : cutoff,
    keep,
    read: ({ reassigned, untoldReassigned }): ReassignedFact | Unknown => {
      // An account without the package has it for no number.
      if (untoldReassigned === 'not-enabled') return untoldReassigned;
      const untold = reassigned === null ? untoldReassigned : null;
      return { at: now, source: 'twilio-lookup', since, answer: reassigned, untold };
    },
  });
}

const JOB = 'reassigned-numbers';
const RULES = 'reassigned-1';

/** Contacts whose claimed deliveries are awaited together. */
const AT_ONCE = 50;

/**
 * Ends consent that was given before the carrier was asked and said that the number has a new holder. False when
 * there was none.
 */
const endFormerConsent = (context: AppContext, holder: ContactDoc, { at, source, since }: ReassignedFact) =>
  endFormerHolderConsent(context, holder, {
    until: at,
    reason: 'reassigned',
    job: JOB,
    rules: RULES,
    evidence: { rule: 'reassigned-number', source, at, since },
  });

/**
 * Ends the consents that a run left when it died after the carrier's answer, whatever was texted from the number
 * since: those texts are the new holder's. Returns the number of contacts.
 */
export async function endAllLeft(context: AppContext, goOn: () => boolean): Promise<number> {
  let ended = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(context.store, UNENDED_HOLDERS, { after, limit: AT_ONCE });
    const lost = await lostHolders(context, page.people);
    for (const contact of page.people.filter((person) => !lost.includes(person))) {
      const { holderCheck } = contact;
      if (holderCheck === undefined) continue;
      const did = await skipIfUnopenable(context, { job: JOB, contact }, () =>
        endFormerConsent(context, contact, holderCheck),
      );
      ended += did === true ? 1 : 0;
    }
    after = page.to;
    if (page.complete) break;
  }
  return ended;
}

/** Retires the holders whom a run left that ended early or died. */
async function retireAll(
  context: Pick<AppContext, 'monotonic' | 'store'>,
  goOn: () => boolean,
): Promise<number> {
  let former = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(context.store, LEFT_HOLDERS, { after, limit: AT_ONCE });
    former += await retireHolders(
      context,
      page.people.map(({ _id }) => _id),
    );
    after = page.to;
    if (page.complete) break;
  }
  return former;
}

/**
 * Waits until deliveries decided before the holder left are sent or will not be sent, so that a STOP of the new
 * holder cannot come before them. A delivery claimed later is refused (`hasLeft`). Returns how many contacts were
 * retired.
 */
async function retireHolders(
  { store, monotonic }: Pick<AppContext, 'monotonic' | 'store'>,
  contacts: string[],
): Promise<number> {
  let former = 0;
  if (contacts.length > 0) await drainClaimed(store, contacts, monotonic, 'everything');
  for (const contact of contacts) former += (await retireHolder(store, contact)) ? 1 : 0;
  return former;
}
