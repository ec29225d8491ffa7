import { randomUUID } from 'node:crypto';
import type { ClientSession } from 'mongodb';
import { grouped } from '../domain/grouped.ts';
import { asksUnasked } from '../domain/hours/bound-by-hours.ts';
import { hasLeft } from '../domain/hygiene/holder.ts';
import { numberOf } from '../domain/numbers.ts';
import { mustWait, ORDER_WAIT_MS } from '../domain/sending/answer-order.ts';
import { ANSWERS } from '../domain/sending/lanes.ts';
import { readAgainAt } from '../domain/sending/read-again.ts';
import { keptBackAmong } from '../store/campaigns/rewrite.ts';
import { readBookVersion } from '../store/consent/book.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import {
  endRefused,
  type Held,
  holdRows,
  lowerFlags,
  openAnswers,
  type Refused,
  raiseFlags,
  TOLD_LATE_MS,
} from '../store/deliveries/due.ts';
import { openWords } from '../store/deliveries/new-delivery.ts';
import { inTime } from '../store/in-time.ts';
import { inTurns } from '../store/in-turns.ts';
import { findContacts } from '../store/people/contacts.ts';
import type { Holder } from '../store/people/holder.ts';
import { openJoined, readJoined } from '../store/people/joined.ts';
import { isClosed, type KeyRing } from '../store/sealing/keys.ts';
import { inSession } from '../store/transaction.ts';
import { type Beside, writeAgain } from './beside.ts';
import { cappedFate, type Fate, gaveWay, heldFate, waitFate } from './fates.ts';
import { type Cleared, clear, type Deadline, deadlineFrom, FLAG_LEASE_MS, type Monotonic } from './gate.ts';
import { type CapDeps, type Caps, readCaps } from './pacing/caps.ts';
import { type DailyDeps, overDailyCaps, type Place, returnPlaces } from './pacing/daily-caps.ts';
import { createHours } from './quiet-hours.ts';

export type RoundDeps = CapDeps &
  DailyDeps & {
    ring: KeyRing;
    indexOf: (number: string) => string;
    now: () => Date;
    monotonic: Monotonic;
    /** Ms by which `now` is ahead of the database's clock, below 0: behind; 0 where it may be right. */
    clockError: () => number;
    onError: (error: unknown, what: string) => void;
    /** Resolves once programs and senders are of this version of the book, or a newer one. */
    atLeast: (version: number) => Promise<void>;
    /** Tells the loop that serves a sender's answers to look again. */
    wakeAnswers: (sender: string) => void;
    /** What could not be written at once of rows that are flagged is tried again there; else they would end as `unknown`. */
    beside: Beside;
  };

/** Rows that may go, in the order they were asked for; `place`: what each took under a carrier's daily cap, if any. */
export type Ready = { row: DeliveryDoc; cleared: Cleared; place?: Place | undefined }[];

export const partsOf = (ready: Ready): number => ready.reduce((total, { row }) => total + row.parts, 0);

/** What a round took: `lost` rows went to another worker or were canceled meanwhile. */
export type Round = { ready: Ready; lost: number; unreadable: number };

/** When a row is looked at again that its campaign keeps back, ms: by then it may be written anew, or its lane is closed. */
const KEPT_MS = 5000;

/** So long after it was planned, ms, the program of a message is known to every process. */
const KNOWN_MS = 10_000;

/** After a round that could not read its facts, or could not tell the time of a question, ms. */
const FAILED_MS = 1000;

/** Between two looks at an answer that waits for an earlier one, ms. */
const ORDER_LOOK_MS = 50;

/** How early a timer may come, ms. */
const TIMERS_MS = 5;

/** How long a round waits for its flags to come down, ms, before that is left to others. */
const LOWER_MS = 1000;

/**
 * Steps (1) to (3) for some due rows: raises their flags, and only then reads the facts and decides. Flag before
 * facts: an opt-out, or a save of the rules, either sees the flag and waits for it, or was there to be read, and of two
 * rivals for the last place under a cap one sees the other (`readCaps`). Rows that may not go end as `skipped`; those that may not go at
 * this hour, or under a cap, wait until they may. Where the facts cannot be read nothing goes: the flags come down
 * again, at once or `beside`, and it rejects.
 */
export async function beginRound(deps: RoundDeps, ids: string[]): Promise<Round> {
  const owner = randomUUID();
  const deadline = deadlineFrom(deps.monotonic(), deps.now());
  let raising: Promise<unknown> = Promise.resolve();
  try {
    const { rows, ...facts } = await inSession(deps.store, async (session) => {
      const raised = raiseFlags(deps.store, ids, { owner, leaseMs: FLAG_LEASE_MS }, session);
      raising = raised;
      const flagged = await raised;
      // kill point: after-flag
      await deps.atLeast(await readBookVersion(deps.store, session));
      const people = [...new Set(flagged.map(({ contact }) => contact))];
      const contacts = await findContacts(deps.store, people, session);
      const joined = await readJoined(deps.store, contacts, session);
      const holders = new Map(
        contacts.map((one) => [one._id, readable(deps, () => openJoined(deps.ring, one, joined))]),
      );
      const bound = contacts.filter(({ _id }) => holders.get(_id) != null);
      const asking = { now: deps.now(), owner, others: joined.others, session };
      const caps = await readCaps(deps, flagged, new Map(bound.map((one) => [one._id, one])), asking);
      const kept = await keptBackAmong(deps.store, flagged, session);
      const answers = await readOpenAnswers(deps, flagged, session);
      // kill point: after-read
      return { rows: flagged, caps, holders, kept, answers };
    });
    const order = new Map(ids.map((id, at) => [id, at]));
    rows.sort((a, b) => (order.get(a._id) ?? 0) - (order.get(b._id) ?? 0));
    return await decideAll(deps, { rows, ...facts, owner, deadline, asked: ids.length });
  } catch (error) {
    const lower = async (): Promise<void> => {
      // Flags that were asked for may still go up.
      await raising.catch(() => undefined);
      await lowerFlags(deps.store, ids, owner, new Date(deps.now().getTime() + FAILED_MS));
    };
    await inTime(LOWER_MS, lower()).catch(() => lowerBeside(deps, lower, deadline));
    throw error;
  }
}

/** What kept the facts from being read may last: as long as it counts, it is said again that nothing of them left. */
function lowerBeside({ beside, monotonic }: RoundDeps, lower: () => Promise<void>, deadline: Deadline): void {
  const giveUp = deadline.monotonic + TOLD_LATE_MS;
  const { stopping, pauseMs } = beside;
  const again = writeAgain(lower, { stopping, pauseMs, monotonic, giveUp });
  beside.add(again, 'flags of a round that failed could not be taken down');
}

type Flagged = {
  rows: DeliveryDoc[];
  /** By contact; null where its keys do not open. */
  holders: Map<string, Holder | null | undefined>;
  caps: Caps;
  /** By row, of those that their campaign keeps back: it is paused or canceled, has another edition, or did not note them. */
  kept: Awaited<ReturnType<typeof keptBackAmong>>;
  /** By contact, what answers to them are open, of those whom a row of this round answers. */
  answers: ReadonlyMap<string, Awaited<ReturnType<typeof openAnswers>>>;
  owner: string;
  deadline: Deadline;
  asked: number;
};

async function readOpenAnswers(
  { store, now }: RoundDeps,
  rows: readonly DeliveryDoc[],
  session: ClientSession,
): Promise<Flagged['answers']> {
  const contacts = rows.flatMap(({ lane, contact }) => (lane === ANSWERS ? [contact] : []));
  const until = new Date(now().getTime() + ORDER_WAIT_MS);
  return grouped(await openAnswers(store, contacts, until, session), ({ contact }) => contact);
}

async function decideAll(deps: RoundDeps, flagged: Flagged): Promise<Round> {
  const now = deps.now();
  const ready: Ready = [];
  const refused: Refused[] = [];
  const held: Held[] = [];
  const unreadable: Held[] = [];
  const decide = createDecide(deps, flagged, now);
  const note = (row: DeliveryDoc, fate: Fate): void => {
    if ('cleared' in fate) ready.push({ row, cleared: fate.cleared });
    else if ('refused' in fate) refused.push(fate.refused);
    else if ('held' in fate) held.push(fate.held);
    else unreadable.push(fate.unreadable);
  };
  for await (const row of inTurns(flagged.rows)) note(row, decide(row));
  const { held: over, places } = await overDailyCaps(deps, withCarriers(ready, flagged), now);
  const waits = new Map(over.map((one) => [one.id, one]));
  for (const { row } of ready) {
    const one = waits.get(row._id);
    if (one !== undefined) note(row, waitFate(row, one));
  }
  try {
    await endRefused(deps.store, refused, now);
    await holdRows(deps.store, [...held, ...unreadable], flagged.owner);
  } catch (error) {
    await returnPlaces(deps.store, places.values());
    throw error;
  }
  return {
    ready: ready
      .filter(({ row }) => !waits.has(row._id))
      .map((one) => ({ ...one, place: places.get(one.row._id) })),
    lost: flagged.asked - flagged.rows.length,
    unreadable: unreadable.length,
  };
}

const withCarriers = (ready: Ready, { holders }: Flagged) =>
  ready.map(({ row }) => ({ row, carrier: holders.get(row.contact)?.stored?.verified?.carrier ?? null }));

/** Decides row by row: consent first, then hours, then caps, so that whoever waits takes no place under a cap. */
function createDecide(deps: RoundDeps, { holders, caps, kept, answers, deadline }: Flagged, now: Date) {
  const hours = createHours(now);
  const off = deps.clockError();
  return (row: DeliveryDoc): Fate => {
    const isKept = kept.get(row._id);
    if (isKept === 'over') return { refused: { row, reasons: ['too-late'] } };
    if (isKept === 'wait') return waitFor(row, KEPT_MS, now);
    if (isOutOfTurn(row, answers, now)) return waitInOrder(deps, row, now);
    // Nobody can tell whether hours bind it, nor whether it is still good; the clock is looked at once a second.
    if (off !== 0 && asksUnasked(row))
      return { held: { id: row._id, until: new Date(now.getTime() - off + FAILED_MS) } };
    const holder = holders.get(row.contact);
    const words = holder == null ? null : readable(deps, () => openWords(holder, row));
    if (holder === undefined || row.sealed === null) return { refused: { row, reasons: ['number-changed'] } };
    if (holder === null || words === null) return { unreadable: readAgain(row, now) };
    if (holder.stored !== null && hasLeft(holder.stored))
      return { refused: { row, reasons: ['number-changed'] } };
    const program = row.program === null ? null : deps.program(row.program);
    if (row.program !== null && program === null && isNew(row, now)) return waitFor(row, FAILED_MS, now);
    const bounds = readable(deps, () => hours(row, holder, program));
    if (bounds === null) return { unreadable: readAgain(row, now) };
    const free = bounds.hold === null ? bounds : null;
    const handling = deps.sender(row.sender)?.handling ?? null;
    const index = deps.indexOf(numberOf(words.to));
    const within = { hoursEnd: free?.until ?? null, where: free?.where };
    const facts = { person: holder.person, program, handling, index, now, ...within };
    const decision = clear(row, words, facts, deadline, deps);
    if ('refused' in decision) return { refused: { row, reasons: decision.refused } };
    if (bounds.hold !== null) return heldFate(row, bounds.hold);
    const verdict = readable(deps, () => caps.verdict(row, () => words.to));
    if (verdict === null) return { unreadable: readAgain(row, now) };
    if (verdict.kind === 'capped') return cappedFate(row, verdict.hit, now);
    if (verdict.kind === 'contended') return { held: gaveWay(row, verdict.rivals, now) };
    caps.took(row);
    return decision;
  };
}

/** Whether an earlier answer to the same person may still leave: by another process, or from another number of ours. */
function isOutOfTurn({ place = 0, ...row }: DeliveryDoc, answers: Flagged['answers'], now: Date): boolean {
  if (row.lane !== ANSWERS) return false;
  const others = (answers.get(row.contact) ?? []).filter(({ _id }) => _id !== row._id);
  const placed = others.map((one) => ({ rev: one.rev, place: one.place ?? 0 }));
  return mustWait({ ...row, place }, placed, now);
}

const isNew = ({ createdAt }: DeliveryDoc, now: Date): boolean =>
  now.getTime() - createdAt.getTime() < KNOWN_MS;

const waitFor = ({ _id: id }: DeliveryDoc, ms: number, now: Date): Fate => ({
  held: { id, until: new Date(now.getTime() + ms) },
});

function waitInOrder({ wakeAnswers }: RoundDeps, row: DeliveryDoc, now: Date): Fate {
  setTimeout(wakeAnswers, ORDER_LOOK_MS + TIMERS_MS, row.sender);
  return waitFor(row, ORDER_LOOK_MS, now);
}

/** Null where it cannot be read. Another reason than keys is told: one broken person must not keep a round from all others. */
function readable<T>({ onError }: RoundDeps, open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (!isClosed(error))
      onError(error, 'a person or a message cannot be read, for another reason than keys');
    return null;
  }
}

const readAgain = ({ _id: id, createdAt }: DeliveryDoc, now: Date): Held => ({
  id,
  until: readAgainAt(createdAt, now),
});
