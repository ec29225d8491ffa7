import { type Sender, senderRate } from '../domain/program.ts';
import {
  ANSWERS,
  type ClosedLanes,
  isMarketing,
  type Lane,
  lastOffer,
  type ServedLanes,
} from '../domain/sending/lanes.ts';
import type { Due } from '../store/deliveries/due.ts';
import { beginAnswering, endAnswering, stopAnswering } from './answering.ts';
import type { Allowance } from './circuit.ts';
import type { DispatchDeps } from './dispatch-deps.ts';
import { letGo } from './let-go.ts';
import type { Grant } from './pacing/grant.ts';
import { type PacedSender, wantedFor } from './pacing/pace.ts';
import { pickDue } from './pick.ts';
import { beginRound, partsOf, type Ready, type Round } from './round.ts';

/** What one turn of a sender's queue came to. `done`: how many messages the carrier did not turn away, when all of them have settled. */
export type QueueTurn =
  | { kind: 'idle' }
  | { kind: 'wait'; ms: number }
  | { kind: 'sending'; done: Promise<number> };

/** Most rows of one round: what a process lets go well within a lease. */
const MOST = 500;

/**
 * Rows of one round, where so many are due, however slow the last rounds were: what a round costs whatever its size
 * counts as the cost of its rows, and ever smaller rounds would cost ever more a row.
 */
const LEAST = 50;

/** Time in which the hand-overs of a round should have begun, ms. */
const ROUND_MS = 250;

/** Rows one connection lets go within a round, at a carrier some five milliseconds away. */
const PER_CONNECTION = 50;

/**
 * Slots begin so long after they are asked for, ms, by how many rows must be made ready first. At most what leaves
 * enough of the quarter second ahead for a grant to be worth its command.
 */
const LEAD_MS = { least: 10, most: 140 };

/** A row is never made ready faster, ms. */
const FASTEST_MS = 0.02;

/** Rows of a round that stands in line for connections: those that find none in time were flagged in vain. */
const QUEUED = 10;

/** Looks for more rows where other workers, or refusals, left slots of a round empty. */
const TRIES = 4;

const UNREADABLE = 'rows cannot be read by this process; they are tried again within the hour';

/** Between two looks at a sender that is stopped or paused, or whose offers are and nothing else is due, ms. */
const CLOSED_MS = 500;

/** Between two looks where every connection is busy, ms. */
const BUSY_MS = 5;

/** Where one worker stands in a queue: the offers it served last, whether others take rows there too, how fast it is. */
type Place = {
  serves: ServedLanes;
  last: Lane | null;
  contended: boolean;
  /** What it lately took to make one row ready, ms. */
  rowMs: number;
};

/** The queue of one sender, as one worker serves it. Workers that serve the same sender need not know of each other. */
export function createQueue(
  deps: DispatchDeps,
  current: () => Sender,
  serves: ServedLanes = 'all',
): { turn: () => Promise<QueueTurn> } {
  const place: Place = { serves, last: null, contended: false, rowMs: 0.1 };
  const turn = async (): Promise<QueueTurn> => {
    const free = deps.carrier.free();
    const paced = pacedOf(current());
    if (free <= 0 && !mayQueue(deps, place, paced.number)) return { kind: 'wait', ms: BUSY_MS };
    const due = await pick(deps, place, paced.number, roundSize(place, paced, free), deps.closed());
    if (due.length === 0) return { kind: 'idle' };
    const allowance = await deps.allowance(paced.number);
    if (allowance.calls <= 0) return { kind: 'wait', ms: CLOSED_MS };
    return asAllowed(allowance, async () => {
      const picked = await pickAllowed(deps, place, paced.number, { due, allowance });
      if (picked.length === 0) return { kind: 'wait', ms: CLOSED_MS };
      return beginTurn(deps, place, paced, { picked, allowance });
    });
  };
  return { turn };
}

/** A trial of a carrier that failed is an offer, where one is due: its call may end as unknown, which nobody waits for. */
async function pickAllowed(
  deps: DispatchDeps,
  place: Place,
  sender: string,
  { due, allowance }: { due: Due[]; allowance: Allowance },
): Promise<Due[]> {
  // Answers and orders were picked before offers, so leaving offers out here leaves out none of them.
  const open = due.filter(({ lane }) => allowance.offers || !isMarketing(lane));
  if (allowance.calls > 1 || !allowance.offers) return open.slice(0, allowance.calls);
  const closed = deps.closed();
  const butOffers = { has: (lane: Lane) => !isMarketing(lane) || closed.has(lane) };
  const [offer] = await pick(deps, { ...place, serves: 'rest' }, sender, 1, butOffers);
  return offer === undefined ? open.slice(0, 1) : [offer];
}

async function beginTurn(
  deps: DispatchDeps,
  place: Place,
  paced: PacedSender,
  { picked, allowance }: { picked: Due[]; allowance: Allowance },
): Promise<QueueTurn> {
  const began = deps.monotonic();
  const grant = await deps.pace.take(paced, wantedFor(picked, leadFor(place, picked.length)));
  if (grant === null) return { kind: 'wait', ms: deps.pace.retryAfter(paced) };
  // Slots tell the database's clock: where this process's is off, no offer may be begun from here on.
  const closed = deps.closed();
  const open = picked.filter(({ lane }) => !closed.has(lane));
  const ready = await fill(deps, place, paced.number, { picked: open, grant, allowance });
  const took = Math.max(0, deps.monotonic() - began - LEAD_MS.least) / picked.length;
  place.rowMs += (Math.max(took, FASTEST_MS) - place.rowMs) / 4;
  const done = letGo(deps, paced, ready, grant).catch((error: unknown) => {
    for (const { row } of ready) endAnswering(deps, row);
    throw error;
  });
  return { kind: 'sending', done };
}

/**
 * Gives a trial back that did not ask the carrier: nothing was handed over, for want of a place, a slot or a row that may
 * go, or the carrier turned the call away as one too many.
 */
async function asAllowed({ untried }: Allowance, begin: () => Promise<QueueTurn>): Promise<QueueTurn> {
  const turn = await begin().catch(async (error: unknown) => {
    await untried();
    throw error;
  });
  if (turn.kind !== 'sending') {
    await untried();
    return turn;
  }
  const done = turn.done.then(async (handed) => {
    if (handed === 0) await untried();
    return handed;
  });
  return { ...turn, done };
}

/** Most rows of the next round, where so many connections are free. */
function roundSize(place: Place, { rate }: PacedSender, free: number): number {
  const byRate = Math.ceil((rate * ROUND_MS) / 1000);
  // Whatever a round has flagged is unknown where its worker dies, and most answers never go again: so each begins at once.
  const each = place.serves === 'answers' ? 1 : PER_CONNECTION;
  const byConnections = free > 0 ? free * each : QUEUED;
  return Math.max(1, Math.min(MOST, byConnections, byRate, readyWithin(place, LEAD_MS.most)));
}

/** Every connection is busy: some messages stand in line for the next, among those of other senders, where none do yet. */
const mayQueue = ({ carrier, line }: DispatchDeps, { serves }: Place, sender: string): boolean =>
  !carrier.held() && !line.waits(sender, serves === 'answers' ? (lane) => lane === ANSWERS : undefined);

/** Time from asking for slots until so many rows are ready, ms, with half as much again to spare. */
const leadFor = (place: Place, rows: number): number =>
  Math.min(LEAD_MS.most, LEAD_MS.least + 1.5 * place.rowMs * rows);

const readyWithin = (place: Place, ms: number): number =>
  Math.max(LEAST, Math.floor((ms - LEAD_MS.least) / (1.5 * place.rowMs)));

const pick = (
  deps: DispatchDeps,
  place: Place,
  sender: string,
  most: number,
  closed: ClosedLanes,
): Promise<Due[]> =>
  pickDue(deps.store, {
    ...{ sender, now: deps.now(), most, closed, ...place },
    closedKnown: deps.closedKnown,
    answering: deps.answering,
  });

/** Lanes of which nothing more is picked in a round. */
const closedTo = ({ offers }: Allowance, closed: ClosedLanes): ClosedLanes =>
  offers ? closed : { has: (lane) => isMarketing(lane) || closed.has(lane) };

/** Flags and decides some rows. The contacts of answers that may go count as being answered from here on. */
async function claim(deps: DispatchDeps, rows: readonly Due[]): Promise<Round> {
  beginAnswering(deps, rows);
  let left = rows;
  try {
    const ids = rows.map(({ _id }) => _id);
    const round = await beginRound(deps, ids);
    const going = new Set(round.ready.map(({ row }) => row._id));
    left = rows.filter(({ _id }) => !going.has(_id));
    return round;
  } finally {
    stopAnswering(deps, left);
  }
}

/** Flags and decides rows until the grant is full, or no more are found. Rejects where nothing could be read. */
async function fill(
  deps: DispatchDeps,
  place: Place,
  sender: string,
  { picked, grant, allowance }: { picked: Due[]; grant: Grant; allowance: Allowance },
): Promise<Ready> {
  const ready: Ready = [];
  // What is ready already has its flags up, and goes.
  const unfilled = (error: unknown): void =>
    deps.onError(error, 'a round of the dispatcher was not filled up');
  let due = picked;
  for (let tries = 0; tries < TRIES && due.length > 0; tries += 1) {
    const rows = within(due, grant.parts - partsOf(ready));
    const round = await claim(deps, rows).catch((error: unknown) => {
      if (ready.length === 0) throw error;
      unfilled(error);
      return null;
    });
    if (round === null) break;
    ready.push(...round.ready);
    if (round.unreadable > 0) deps.onError(new Error(`${round.unreadable} rows`), UNREADABLE);
    place.last = lastOffer(
      rows.map(({ lane }) => lane),
      place.last,
    );
    place.contended = round.lost > 0;
    if (round.ready.length === rows.length || deps.monotonic() >= grant.until) break;
    const room = Math.min(MOST, grant.parts - partsOf(ready), allowance.calls - ready.length);
    if (room <= 0) break;
    const closed = closedTo(allowance, deps.closed());
    due = await pick(deps, place, sender, room, closed).catch((error: unknown) => {
      unfilled(error);
      return [];
    });
  }
  return ready;
}

const pacedOf = (sender: Sender): PacedSender => ({
  number: sender.number,
  rate: senderRate(sender),
  receipts: sender.receipts !== false,
});

/** The first rows that fit into so many parts. */
function within(rows: readonly Due[], most: number): Due[] {
  let used = 0;
  return rows.filter((row) => {
    used += row.parts;
    return used <= most;
  });
}
