import { type Sender, senderRate } from '../domain/program.ts';
import type { Lane } from '../domain/sending/lanes.ts';
import { markPromptHandedOver } from '../store/contacts.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';
import type { Due } from '../store/due.ts';
import type { HandOver, Transport } from './gate.ts';
import { pickDue } from './pick.ts';
import { release, type Slots } from './release.ts';
import { beginRound, type Ready, type RoundDeps } from './round.ts';
import type { Settler } from './settle.ts';

/** A sender as far as its speed is concerned. `rate` in segments a second. */
export type Paced = { number: string; rate: number; receipts: boolean };

/** Slots of one sender that are this process's alone. */
export type Grant = Slots & {
  segments: number;
  /** End of its last slot, ms of the process's own monotonic clock. */
  until: number;
  /** So many slots at its end will not be used. */
  giveBack: (segments: number) => Promise<void>;
};

/** Shares a sender's speed between all processes. */
export type Pace = {
  /** Slots for up to `wanted` segments, at least for `first`, the first message's; null where none is free soon. */
  take: (sender: Paced, wanted: number, first: number) => Promise<Grant | null>;
  /** How long to wait before the next `take`, ms. */
  retryAfter: (sender: Paced) => number;
};

export type DispatchDeps = RoundDeps & {
  carrier: { transport: Transport; free: () => number };
  pace: Pace;
  /** Rows that the circuit of a sender lets begin now; 0 where it is stopped or paused. */
  allowance: (sender: string) => Promise<number>;
  settler: Settler;
  /** A message the carrier refused: by its code an opt-out that it knows and we did not. */
  onRefused: (row: DeliveryDoc, code: string) => Promise<void>;
  onOutcome: (outcome: HandOver) => void;
  onError: (error: unknown, line: string) => void;
};

/** What one turn of a sender's queue came to. */
export type Turn = { kind: 'idle' } | { kind: 'wait'; ms: number } | { kind: 'sending'; done: Promise<void> };

/** Most rows of one round: what a process lets go well within a lease. */
const MOST = 2000;

/** Time in which the hand-overs of a round should have begun, ms. */
const ROUND_MS = 250;

/** Rows one connection lets go within a round, at a carrier some five milliseconds away. */
const PER_CONNECTION = 50;

/** Looks for more rows where other workers, or refusals, left slots of a round empty. */
const TRIES = 4;

const UNREADABLE = 'rows cannot be opened with the keys of this process; they are tried again in a minute';

/** Between two looks at a sender that is stopped or paused, ms. */
const CLOSED_MS = 500;

/** Between two looks where every connection is busy, ms. */
const BUSY_MS = 5;

/** Where one worker stands in a queue: the lane it served last, and whether others take rows there too. */
type Place = { last: Lane | null; contended: boolean };

/** The queue of one sender, as one worker serves it. Workers that serve the same sender need not know of each other. */
export function createQueue(deps: DispatchDeps, current: () => Sender): { turn: () => Promise<Turn> } {
  const place: Place = { last: null, contended: false };
  const turn = async (): Promise<Turn> => {
    const free = deps.carrier.free();
    if (free <= 0) return { kind: 'wait', ms: BUSY_MS };
    const paced = pacedOf(current());
    const perRound = Math.ceil((paced.rate * ROUND_MS) / 1000);
    const most = Math.max(1, Math.min(MOST, free * PER_CONNECTION, perRound));
    const due = await pick(deps, place, paced.number, most);
    if (due.length === 0) return { kind: 'idle' };
    const allowed = await deps.allowance(paced.number);
    if (allowed <= 0) return { kind: 'wait', ms: CLOSED_MS };
    const picked = due.slice(0, allowed);
    const wanted = picked.reduce((total, row) => total + row.parts, 0);
    const grant = await deps.pace.take(paced, wanted, picked[0]?.parts ?? 1);
    if (grant === null) return { kind: 'wait', ms: deps.pace.retryAfter(paced) };
    const ready = await fill(deps, place, paced.number, { picked, grant, allowed });
    return { kind: 'sending', done: letGo(deps, ready, grant) };
  };
  return { turn };
}

const pick = (deps: DispatchDeps, place: Place, sender: string, most: number): Promise<Due[]> =>
  pickDue(deps.store, { sender, now: deps.now(), most, ...place });

/** Flags and decides rows until the grant is full, or no more are due. Rejects where nothing could be read. */
async function fill(
  deps: DispatchDeps,
  place: Place,
  sender: string,
  { picked, grant, allowed }: { picked: Due[]; grant: Grant; allowed: number },
): Promise<Ready> {
  const ready: Ready = [];
  let due = picked;
  for (let tries = 0; tries < TRIES && due.length > 0; tries += 1) {
    const rows = within(due, grant.segments - segments(ready));
    const ids = rows.map((row) => row._id);
    const round = await beginRound(deps, ids).catch((error: unknown) => {
      // What is ready already has its flags up, and goes.
      if (ready.length === 0) throw error;
      deps.onError(error, 'a round of the dispatcher was not filled up');
      return null;
    });
    if (round === null) break;
    ready.push(...round.ready);
    if (round.unreadable > 0) deps.onError(new Error(`${round.unreadable} rows`), UNREADABLE);
    place.last = rows.at(-1)?.lane ?? place.last;
    place.contended = round.lost > 0;
    if (round.ready.length === ids.length || deps.monotonic() >= grant.until) break;
    const room = Math.min(MOST, grant.segments - segments(ready), allowed - ready.length);
    due = room > 0 ? await pick(deps, place, sender, room) : [];
  }
  return ready;
}

const pacedOf = (sender: Sender): Paced => ({
  number: sender.number,
  rate: senderRate(sender),
  receipts: sender.receipts !== false,
});

const segments = (ready: Ready): number => ready.reduce((total, { row }) => total + row.parts, 0);

/** The first rows that fit into so many segments. */
function within(rows: readonly Due[], most: number): Due[] {
  let used = 0;
  return rows.filter((row) => {
    used += row.parts;
    return used <= most;
  });
}

/** Steps (4) and (5): hands over, and records every answer as it comes. */
async function letGo(deps: DispatchDeps, ready: Ready, grant: Grant): Promise<void> {
  const recorded: Promise<void>[] = [];
  const rows = new Map(ready.map(({ row }) => [row._id, row]));
  const ended = (outcome: HandOver): void => {
    deps.onOutcome(outcome);
    recorded.push(settle(deps, outcome, rows.get(outcome.delivery)));
  };
  await grant.giveBack(grant.segments - segments(ready));
  const messages = ready.map(({ row, cleared }) => ({ cleared, parts: row.parts }));
  await release({ carrier: deps.carrier, ended }, messages, grant);
  await Promise.all(recorded);
}

/** Never rejects: a row whose answer cannot be recorded ends as `unknown` when its lease is over. */
async function settle(deps: DispatchDeps, outcome: HandOver, row: DeliveryDoc | undefined): Promise<void> {
  try {
    await deps.settler.record([outcome]);
    if (row === undefined) return;
    // A YES counts only from after its prompt left.
    if (outcome.result === 'accepted' && row.prompt !== null) {
      await markPromptHandedOver(deps.store, row.contact, row.prompt, outcome.at);
    }
    if (outcome.result === 'refused') await deps.onRefused(row, outcome.code);
  } catch (error) {
    deps.onError(error, 'an answer of the carrier could not be recorded');
  }
}
