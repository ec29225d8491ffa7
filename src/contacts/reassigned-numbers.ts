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

/** People asked about at once; the client has as many connections. */
const SLICE = 8;

/** Of the day's budget over all runs of the day, so that doors and runs have theirs. */
const SHARE_OF_BUDGET = 0.5;

/** What keeps everybody from being asked about, and not one number, until the run is over. */
const STOPS: readonly Unknown[] = ['lookup-off', 'budget-spent', 'not-enabled'];

/** Lookup pauses for half a second to a minute: each question costs writes. */
const PAUSED_MS = 10_000;

/** How soon a run that waits sees that it is to end, ms. */
const SECOND_MS = 1000;

/** A number about which no answer comes is asked about so often in a run, then its turn is over. */
const TRIES = 3;

export type HolderChecks = {
  /** Questions to the carrier. */
  asked: number;
  /** Numbers with a new holder, whose consent ended; of how many the next text is somebody new. */
  ended: number;
  former: number;
  same: number;
  /** The carrier has no data on the number: consent stays. */
  no_data: number;
  untold: number;
  /** Whose number was to be asked about, and about whom nothing is known yet when the run ends; absent where counting takes too long. */
  not_asked?: number;
};

/**
 * Asks the carrier whether numbers have a new holder since the last proof of who has them, and ends the consent of those
 * that have; no opt-out, and suppressions stay. The number's next text is a new contact's. Safe to run anywhere,
 * twice, or half: an answer is kept before it counts. Waits while Lookup pauses. Source: 47 CFR 64.1200(m), the safe
 * harbour of who asked the Reassigned Numbers Database.
 */
export async function checkReassignedNumbers(
  desk: AppContext,
  { most, goOn, pause = sleep }: { most: number; goOn: () => boolean; pause?: Pause },
): Promise<HolderChecks> {
  const { dailyBudget, reassignedAfterDays: days } = await readVerificationRules(desk.store);
  const began = desk.now();
  const cutoff = new Date(began.getTime() - days * DAY_MS);
  const who = unprovenHolders(cutoff);
  const left = Math.floor(dailyBudget * SHARE_OF_BUDGET) - (await readAsked(desk.store, began));
  const mayAsk = Math.min(most, left);
  // First: on a long list every night's questions may use up its time.
  const endedBefore = await endAllLeft(desk, goOn);
  const leftBefore = await retireAll(desk, goOn);
  const counts = await askInTurn(desk, who, { mayAsk, goOn, pause, asking: { dailyBudget, cutoff } });
  counts.ended += endedBefore;
  counts.former += leftBefore + (await retireAll(desk, goOn));
  return { ...counts, ...(await countLeft(desk, who, counts)) };
}

/** All was done by now, and stays so. */
async function countLeft(
  { store }: AppContext,
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
type Turn = { mayAsk: number; goOn: () => boolean; pause: Pause; asking: Omit<With, 'now'> };

/** Begins behind whoever was asked about last and goes round once: else a long list would be asked at its beginning alone. */
async function askInTurn(desk: AppContext, who: Unproven, turn: Turn): Promise<Done> {
  const { mayAsk, goOn, asking } = turn;
  const counts = nothing();
  const failed = new Map<string, number>();
  const began = await readTurn(desk.store);
  let after = began;
  let isRound = began === null;
  let isPaused = false;
  while (desk.lookup !== null && goOn() && counts.asked < mayAsk) {
    // One tells whether Lookup answers again.
    const limit = isPaused ? 1 : Math.min(SLICE, mayAsk - counts.asked);
    // Not when the run began: what was texted since then, and before the question, is no text since the answer.
    const now = desk.now();
    const page = await readAudience(desk.store, who, { after, limit });
    const seen = await Promise.all(page.people.map((one) => checkHolder(desk, one, { ...asking, now })));
    await count(desk, seen, counts, now);
    // Whoever was not asked about for want of budget is the first of the next run.
    if (seen.some(({ what }) => STOPS.some((stop) => stop === what))) break;
    isPaused = seen.some(({ what }) => what === 'lookup-paused');
    if (isPaused) await waitOut(turn);
    // Read anew, the page is of those who got no answer, and others.
    if (isTriedAgain(page.people, seen, failed) || isPaused) continue;
    const to = page.complete ? null : page.to;
    if (to !== after) await writeTurn(desk.store, to, now);
    after = to;
    if (isRound && (to === null || (began !== null && to >= began))) break;
    isRound ||= page.complete;
  }
  return counts;
}

async function waitOut({ goOn, pause }: Turn): Promise<void> {
  for (let waited = 0; waited < PAUSED_MS && goOn(); waited += SECOND_MS) await pause(SECOND_MS);
}

async function count(
  { store }: AppContext,
  seen: readonly Checked[],
  counts: Done,
  now: Date,
): Promise<void> {
  for (const { what } of seen) {
    if (what === null || typeof what === 'string') continue;
    counts[what.is] += 1;
    counts.former += what.former ?? 0;
  }
  const paid = seen.filter((one) => one.paid).length;
  counts.asked += paid;
  if (paid > 0) await noteAskedToday(store, paid, now);
}

/** Notes whom no answer came about; true where it may come yet. */
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
  /** Null where nobody can be asked about the number. */
  what: { is: 'ended' | 'same' | 'no_data' | 'untold'; former?: number } | Unknown | null;
  paid: boolean;
};

type With = { now: Date; dailyBudget: number; cutoff: Date };

async function checkHolder(desk: AppContext, stored: ContactDoc, asking: With): Promise<Checked> {
  const number = numberOf(desk, stored);
  const proof = lastProof(stored);
  if (number === null || proof === null || !isInReassignedNumbers(number)) return { what: null, paid: false };
  const keep = (fact: ReassignedFact) => noteHolderCheck(desk.store, stored._id, fact);
  const { facts, paid } = await askAbout(desk, number, { ...asking, proof, keep });
  if (typeof facts === 'string') return { what: facts, paid };
  // An answer of a run that died.
  if (!paid) await keep(facts);
  if (facts.answer !== 'yes') return { what: { is: WORDS[facts.answer ?? 'untold'] }, paid };
  await endFormerConsent(desk, stored, facts);
  // At once: whoever writes before the run has ended is somebody new already.
  return { what: { is: 'ended', former: await retireHolders(desk, [stored._id]) }, paid };
}

const WORDS = { no: 'same', 'no-data': 'no_data', untold: 'untold' } as const;

/** An answer from before the last proof speaks of somebody else's time. */
function askAbout(
  desk: AppContext,
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
  return lookUpOnce(desk, {
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

/** Contacts at a time whose messages are waited for. */
const AT_ONCE = 50;

/** Ends consent given before the carrier was asked, and was told that the number has a new holder. False where none stood. */
const endFormerConsent = (desk: AppContext, holder: ContactDoc, { at, source, since }: ReassignedFact) =>
  endFormerHolderConsent(desk, holder, {
    until: at,
    reason: 'reassigned',
    job: JOB,
    rules: RULES,
    evidence: { rule: 'reassigned-number', source, at, since },
  });

/**
 * Ends what a run that died after the carrier's word left standing, whatever was written from the number since: by then it was
 * somebody else's. Returns of how many.
 */
export async function endAllLeft(desk: AppContext, goOn: () => boolean): Promise<number> {
  let ended = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(desk.store, UNENDED_HOLDERS, { after, limit: AT_ONCE });
    const lost = await lostHolders(desk, page.people);
    for (const contact of page.people.filter((one) => !lost.includes(one))) {
      const { holderCheck } = contact;
      if (holderCheck === undefined) continue;
      const did = await skipIfUnopenable(desk, { job: JOB, contact }, () =>
        endFormerConsent(desk, contact, holderCheck),
      );
      ended += did === true ? 1 : 0;
    }
    after = page.to;
    if (page.complete) break;
  }
  return ended;
}

/** Those whom a run that ended early, or died, left behind. */
async function retireAll(desk: AppContext, goOn: () => boolean): Promise<number> {
  let former = 0;
  for (let after: string | null = null; goOn(); ) {
    const page = await readAudience(desk.store, LEFT_HOLDERS, { after, limit: AT_ONCE });
    former += await retireHolders(
      desk,
      page.people.map(({ _id }) => _id),
    );
    after = page.to;
    if (page.complete) break;
  }
  return former;
}

/**
 * A message that was decided on before they had left is gone, or will not go, before a STOP can come from somebody new; one
 * that is flagged later is refused (`hasLeft`). Of how many the next text is somebody new.
 */
async function retireHolders({ store, monotonic }: AppContext, contacts: string[]): Promise<number> {
  let former = 0;
  if (contacts.length > 0) await drainClaimed(store, contacts, monotonic, 'everything');
  for (const contact of contacts) former += (await retireHolder(store, contact)) ? 1 : 0;
  return former;
}
