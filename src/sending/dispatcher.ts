import { type Sender, senderRate } from '../domain/program.ts';
import {
  ANSWERS,
  type ClosedLanes,
  inTurn,
  isMarketing,
  type Lane,
  lastOffer,
  type ServedLanes,
} from '../domain/sending/lanes.ts';
import { type Due, findDue, findDueLanes } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { createBackgroundRetries, PAUSE_MS } from './background-retry.ts';
import type { Allowance } from './circuit-breaker.ts';
import type { DispatchDeps } from './claim-batch.ts';
import {
  beginAnswering,
  type ClearedBatch,
  claimBatch,
  endAnswering,
  partsOf,
  type Round,
  stopAnswering,
} from './claim-batch.ts';
import { createConnectionQueue } from './connection-queue.ts';
import type { DueWatcher } from './due-watcher.ts';
import { type PacedSender, type SlotGrant, wantedFor } from './rate-limiter.ts';
import { sendBatch } from './send-batch.ts';

/** Rounds of one loop under way at once: the next is flagged and decided while the last is let go. */
const ROUNDS = 2;

/** Where answers wait at the carrier for so long, ms, further ones begin beside them, in at most so many rounds. */
const SLOW_MS = 100;
const MOST_ROUNDS = 8;

/** After a turn that failed, ms. */
const FAILED_MS = 1000;

/** Between two looks at which senders there are, ms. */
const SENDERS_MS = 5000;

/** What a dispatcher is given: the line, whom it answers, and what goes on beside, it has of its own. */
export type DispatcherDeps = Omit<DispatchDeps, 'beside' | 'line' | 'answering' | 'wakeAnswers'>;

/**
 * Serves the queues of all senders until it is stopped: of each one loop answers people, and another sends the rest, so that
 * rounds of offers keep no answer waiting. The dispatcher of one worker process.
 */
export function startDispatcher(
  deps: DispatcherDeps,
  senders: () => readonly Sender[],
  wake: DueWatcher,
  pauseMs = PAUSE_MS,
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const beside = { ...createBackgroundRetries(deps), stopping: stopping.signal, pauseMs };
  const own = {
    beside,
    line: createConnectionQueue(deps.carrier.free),
    answering: new Set<string>(),
    wakeAnswers: wake.answers,
  };
  const loops: Promise<void>[] = [];
  const served = new Set<string>();
  const look = (): void => {
    for (const sender of senders()) {
      const { number } = sender;
      if (served.has(number)) continue;
      const current = (): Sender => senders().find((one) => one.number === number) ?? sender;
      for (const serves of ['answers', 'rest'] as const) {
        loops.push(serve({ ...deps, ...own }, { sender: current, serves, wake }, stopping.signal));
      }
      served.add(number);
    }
  };
  look();
  const timer = setInterval(look, SENDERS_MS);
  return {
    /** Resolves when what was flagged has been let go and recorded. */
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await wake.stop();
      await Promise.all(loops);
      await beside.ended();
    },
  };
}

type Loop = { sender: () => Sender; serves: 'answers' | 'rest'; wake: DueWatcher };

async function serve(deps: DispatchDeps, { sender, serves, wake }: Loop, stop: AbortSignal): Promise<void> {
  const queue = createSenderQueue(deps, sender, serves);
  const flying = new Set<Promise<unknown>>();
  while (!stop.aborted) {
    const turn = await queue.turn().catch((error: unknown): SenderQueueTurn => {
      deps.onError(error, 'a round of the dispatcher failed');
      return { kind: 'wait', ms: FAILED_MS };
    });
    if (turn.kind === 'idle') await wake.next(sender().number, serves);
    else if (turn.kind === 'wait') await sleep(turn.ms, stop);
    else {
      // A round that breaks is told, and ends nobody else's: its flags come down by themselves.
      const flight: Promise<unknown> = turn.done
        .catch((error: unknown) => deps.onError(error, 'a round of the dispatcher broke off'))
        .finally(() => flying.delete(flight));
      flying.add(flight);
      if (flying.size >= ROUNDS) await Promise.race([...flying, ...patience(serves, flying.size, stop)]);
    }
  }
  await Promise.all(flying);
}

/** What ends the wait for a round: of offers the end of one alone. */
const patience = (serves: Loop['serves'], rounds: number, stop: AbortSignal): Promise<void>[] =>
  serves === 'answers' && rounds < MOST_ROUNDS ? [sleep(SLOW_MS, stop)] : [];

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}

/** What one turn of a sender's queue came to. `done`: how many messages the carrier did not turn away, when all of them have settled. */
export type SenderQueueTurn =
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
export function createSenderQueue(
  deps: DispatchDeps,
  current: () => Sender,
  serves: ServedLanes = 'all',
): { turn: () => Promise<SenderQueueTurn> } {
  const place: Place = { serves, last: null, contended: false, rowMs: 0.1 };
  const turn = async (): Promise<SenderQueueTurn> => {
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
): Promise<SenderQueueTurn> {
  const began = deps.monotonic();
  const grant = await deps.pace.take(paced, wantedFor(picked, leadFor(place, picked.length)));
  if (grant === null) return { kind: 'wait', ms: deps.pace.retryAfter(paced) };
  // Slots tell the database's clock: where this process's is off, no offer may be begun from here on.
  const closed = deps.closed();
  const open = picked.filter(({ lane }) => !closed.has(lane));
  const ready = await fill(deps, place, paced.number, { picked: open, grant, allowance });
  const took = Math.max(0, deps.monotonic() - began - LEAD_MS.least) / picked.length;
  place.rowMs += (Math.max(took, FASTEST_MS) - place.rowMs) / 4;
  const done = sendBatch(deps, paced, ready, grant).catch((error: unknown) => {
    for (const { row } of ready) endAnswering(deps, row);
    throw error;
  });
  return { kind: 'sending', done };
}

/**
 * Gives a trial back that did not ask the carrier: nothing was handed over, for want of a place, a slot or a row that may
 * go, or the carrier turned the call away as one too many.
 */
async function asAllowed(
  { untried }: Allowance,
  begin: () => Promise<SenderQueueTurn>,
): Promise<SenderQueueTurn> {
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
    const round = await claimBatch(deps, ids);
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
  { picked, grant, allowance }: { picked: Due[]; grant: SlotGrant; allowance: Allowance },
): Promise<ClearedBatch> {
  const ready: ClearedBatch = [];
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

/** How much wider than wanted one looks while other workers take the same rows. */
const SPREAD = 4;

/** Where one looks for rows that are due. */
export type Picking = {
  sender: string;
  serves: ServedLanes;
  now: Date;
  most: number;
  last: Lane | null;
  contended: boolean;
  closed: ClosedLanes;
  closedKnown: () => Promise<void> | null;
  /** Contacts that are being answered: none of their other answers is picked meanwhile. */
  answering: ReadonlySet<string>;
};

/**
 * Up to `most` due rows: answers first, one to a person, then what was ordered, then one campaign after the other from behind
 * the one that was served last; none from `closed` lanes. `contended`: from a random place near the front, for other workers
 * pick there too.
 */
export async function pickDue(store: Store, from: Picking): Promise<Due[]> {
  const picked = from.serves === 'rest' || from.closed.has(ANSWERS) ? [] : await pickAnswers(store, from);
  if (from.serves === 'answers' || picked.length >= from.most) return picked;
  const lanes = await findDueLanes(store, from.sender, from.now, ANSWERS);
  const open = (await knownOf(lanes, from.closedKnown)).filter((lane) => !from.closed.has(lane));
  for (const lane of inTurn(open, from.last)) {
    const wanted = from.most - picked.length;
    if (wanted <= 0) break;
    picked.push(...(await pickFrom(store, from, lane, wanted)));
  }
  return picked;
}

/** The oldest due answer to each person, and confirmations of opt-outs, which wait for none. */
async function pickAnswers(store: Store, from: Picking): Promise<Due[]> {
  const answered = new Set<string>();
  const found = await pickFrom(store, from, ANSWERS, from.most, [...from.answering]);
  return found.filter(({ contact, class: of }) => {
    if (of === 'opt-out-confirmation') return true;
    const isFirst = !answered.has(contact);
    answered.add(contact);
    return isFirst;
  });
}

async function pickFrom(
  store: Store,
  { sender, now, contended }: Picking,
  lane: Lane,
  wanted: number,
  without: readonly string[] = [],
): Promise<Due[]> {
  const limit = contended ? wanted * SPREAD : wanted;
  const found = await findDue(store, { sender, lane, now, limit, without });
  const skip = Math.floor(Math.random() * (Math.max(0, found.length - wanted) + 1));
  return found.slice(skip, skip + wanted);
}

/** Those of which it is known whether they are closed. Orders are not kept waiting for that: offers come after them. */
async function knownOf(
  lanes: readonly Lane[],
  closedKnown: () => Promise<void> | null,
): Promise<readonly Lane[]> {
  const known = lanes.some(isMarketing) ? closedKnown() : null;
  if (known === null) return lanes;
  if (!lanes.every(isMarketing)) return lanes.filter((lane) => !isMarketing(lane));
  await known;
  return lanes;
}
