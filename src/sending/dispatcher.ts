import { type Sender, senderRate } from '../domain/program.ts';
import {
  ANSWERS,
  type ClosedLanes,
  inTurn,
  isMarketing,
  type Lane,
  lastMarketingLane,
  type ServedLanes,
} from '../domain/sending/lanes.ts';
import { type Due, findDue, findDueLanes } from '../store/deliveries/queue.ts';
import type { Store } from '../store/store.ts';
import { createBackgroundRetries, PAUSE_MS } from './background-retry.ts';
import type { Allowance } from './circuit-breaker.ts';
import {
  beginAnswering,
  type ClearedBatch,
  claimBatch,
  type DispatchDeps,
  endAnswering,
  partsOf,
  type Round,
  stopAnswering,
} from './claim-batch.ts';
import { createConnectionQueue } from './connection-queue.ts';
import type { DueWatcher } from './due-watcher.ts';
import { type PacedSender, type SlotGrant, wantedFor } from './rate-limiter.ts';
import { sendBatch } from './send-batch.ts';

/** Batches of one loop that may be under way at once. The loop claims the next batch while it sends the last. */
const MOST_BATCHES_UNDER_WAY = 2;

/**
 * Where answers are slow at the carrier for `SLOW_MS`, the loop starts further batches of answers, up to
 * `MOST_ANSWER_BATCHES`.
 */
const SLOW_MS = 100;
const MOST_ANSWER_BATCHES = 8;

/** Pause after a failed turn, ms. */
const FAILED_MS = 1000;

/** How often the list of senders is read again, ms. */
const SENDERS_MS = 5000;

/**
 * The dependencies of a dispatcher. It creates the connection queue, the background retries and the set of contacts
 * being answered itself.
 */
export type DispatcherDeps = Omit<DispatchDeps, 'beside' | 'connectionQueue' | 'answering' | 'wakeAnswers'>;

/**
 * Serves the queues of all senders until stopped. Two loops serve each sender: one sends answers, the other sends
 * everything else, so that marketing batches never delay an answer. A worker process runs one dispatcher.
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
    connectionQueue: createConnectionQueue(deps.carrier.free),
    answering: new Set<string>(),
    wakeAnswers: wake.answers,
  };
  const loops: Promise<void>[] = [];
  const served = new Set<string>();
  const look = (): void => {
    for (const sender of senders()) {
      const { number } = sender;
      if (served.has(number)) continue;
      const current = (): Sender => senders().find((sender) => sender.number === number) ?? sender;
      for (const serves of ['answers', 'rest'] as const) {
        loops.push(serve({ ...deps, ...own }, { sender: current, serves, wake }, stopping.signal));
      }
      served.add(number);
    }
  };
  look();
  const timer = setInterval(look, SENDERS_MS);
  return {
    /** Resolves when every claimed delivery has been sent and recorded. */
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
      deps.onError(error, 'a batch of the dispatcher failed');
      return { kind: 'wait', ms: FAILED_MS };
    });
    if (turn.kind === 'idle') await wake.next(sender().number, serves);
    else if (turn.kind === 'wait') await sleep(turn.ms, stop);
    else {
      // A failed batch is reported and affects no other batch. Its claims expire with their lease.
      const flight: Promise<unknown> = turn.done
        .catch((error: unknown) => deps.onError(error, 'a batch of the dispatcher was interrupted'))
        .finally(() => flying.delete(flight));
      flying.add(flight);
      if (flying.size >= MOST_BATCHES_UNDER_WAY)
        await Promise.race([...flying, ...patience(serves, flying.size, stop)]);
    }
  }
  await Promise.all(flying);
}

/** What else may end the wait for a batch. The loop for everything but answers waits until a batch ends. */
const patience = (serves: Loop['serves'], rounds: number, stop: AbortSignal): Promise<void>[] =>
  serves === 'answers' && rounds < MOST_ANSWER_BATCHES ? [sleep(SLOW_MS, stop)] : [];

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

/**
 * The result of one turn of a sender's queue. `done`: how many messages the carrier did not reject, once all have
 * settled.
 */
export type SenderQueueTurn =
  | { kind: 'idle' }
  | { kind: 'wait'; ms: number }
  | { kind: 'sending'; done: Promise<number> };

/** Most deliveries of one batch: as many as a process sends well within a lease. */
const MOST = 500;

/**
 * The batch size does not shrink below this, however slow the last batches were. The fixed cost of a batch counts as
 * a cost of its deliveries, so ever smaller batches would look ever slower.
 */
const LEAST = 50;

/** Time in which the hand-overs of a batch should have started, ms. */
const ROUND_MS = 250;

/** Deliveries that one connection sends during a batch, with a carrier about five milliseconds away. */
const PER_CONNECTION = 50;

/**
 * Slots begin this many ms after the request, depending on how many deliveries must be prepared first. The maximum
 * leaves enough of the 250 ms ahead to make a grant worth its database command.
 */
const LEAD_MS = { least: 10, most: 140 };

/** The lowest estimate of the time to prepare one delivery, ms. */
const FASTEST_MS = 0.02;

/**
 * Deliveries of a batch that waits for connections. A delivery that finds no connection in time was claimed for
 * nothing.
 */
const QUEUED = 10;

/** How often a batch is refilled where other workers or refusals left slots empty. */
const TRIES = 4;

const UNREADABLE = 'this process cannot decrypt some deliveries; they are tried again within an hour';

/**
 * Pause before a sender that may send nothing is read again, ms. The sender is stopped or paused, or only marketing
 * is due and marketing is paused.
 */
const CLOSED_MS = 500;

/** Pause before the next attempt where every connection is busy, ms. */
const BUSY_MS = 5;

/**
 * One worker's state for a queue: which lanes it serves, the marketing lane it served last, and whether other workers
 * claim the same deliveries.
 */
type QueueState = {
  serves: ServedLanes;
  last: Lane | null;
  contended: boolean;
  /** Recent average time to prepare one delivery, ms. */
  rowMs: number;
};

/** The queue of one sender as served by one worker. Workers that serve the same sender need no coordination. */
export function createSenderQueue(
  deps: DispatchDeps,
  current: () => Sender,
  serves: ServedLanes = 'all',
): { turn: () => Promise<SenderQueueTurn> } {
  const state: QueueState = { serves, last: null, contended: false, rowMs: 0.1 };
  const turn = async (): Promise<SenderQueueTurn> => {
    const free = deps.carrier.free();
    const paced = pacedOf(current());
    if (free <= 0 && !mayQueue(deps, state, paced.number)) return { kind: 'wait', ms: BUSY_MS };
    const due = await pick(deps, state, paced.number, roundSize(state, paced, free), deps.closed());
    if (due.length === 0) return { kind: 'idle' };
    const allowance = await deps.allowance(paced.number);
    if (allowance.calls <= 0) return { kind: 'wait', ms: CLOSED_MS };
    return asAllowed(allowance, async () => {
      const picked = await pickAllowed(deps, state, paced.number, { due, allowance });
      if (picked.length === 0) return { kind: 'wait', ms: CLOSED_MS };
      return beginTurn(deps, state, paced, { picked, allowance });
    });
  };
  return { turn };
}

/**
 * The circuit breaker's trial call is a marketing message where one is due. The call may end as unknown, and nobody
 * waits for marketing.
 */
async function pickAllowed(
  deps: DispatchDeps,
  state: QueueState,
  sender: string,
  { due, allowance }: { due: Due[]; allowance: Allowance },
): Promise<Due[]> {
  // `due` lists answers and transactional messages before marketing, so leaving marketing out here keeps all of them.
  const open = due.filter(({ lane }) => allowance.offers || !isMarketing(lane));
  if (allowance.calls > 1 || !allowance.offers) return open.slice(0, allowance.calls);
  const closed = deps.closed();
  const butOffers = { has: (lane: Lane) => !isMarketing(lane) || closed.has(lane) };
  const [offer] = await pick(deps, { ...state, serves: 'rest' }, sender, 1, butOffers);
  return offer === undefined ? open.slice(0, 1) : [offer];
}

async function beginTurn(
  deps: DispatchDeps,
  state: QueueState,
  paced: PacedSender,
  { picked, allowance }: { picked: Due[]; allowance: Allowance },
): Promise<SenderQueueTurn> {
  const began = deps.monotonic();
  const grant = await deps.pace.take(paced, wantedFor(picked, leadFor(state, picked.length)));
  if (grant === null) return { kind: 'wait', ms: deps.pace.retryAfter(paced) };
  // Slots reveal the database's clock. Where this process's clock is wrong, no marketing may start from here on.
  const closed = deps.closed();
  const open = picked.filter(({ lane }) => !closed.has(lane));
  const ready = await fill(deps, state, paced.number, { picked: open, grant, allowance });
  const took = Math.max(0, deps.monotonic() - began - LEAD_MS.least) / picked.length;
  state.rowMs += (Math.max(took, FASTEST_MS) - state.rowMs) / 4;
  const done = sendBatch(deps, paced, ready, grant).catch((error: unknown) => {
    for (const { row } of ready) endAnswering(deps, row);
    throw error;
  });
  return { kind: 'sending', done };
}

/**
 * Releases the circuit breaker's trial call when no request was sent: no connection, no slot or no allowed delivery
 * was found, or the carrier rejected the call as one too many.
 */
async function asAllowed(
  { releaseTrial }: Allowance,
  begin: () => Promise<SenderQueueTurn>,
): Promise<SenderQueueTurn> {
  const turn = await begin().catch(async (error: unknown) => {
    await releaseTrial();
    throw error;
  });
  if (turn.kind !== 'sending') {
    await releaseTrial();
    return turn;
  }
  const done = turn.done.then(async (handed) => {
    if (handed === 0) await releaseTrial();
    return handed;
  });
  return { ...turn, done };
}

/** Most deliveries of the next batch while `free` connections are free. */
function roundSize(state: QueueState, { rate }: PacedSender, free: number): number {
  const byRate = Math.ceil((rate * ROUND_MS) / 1000);
  // Where a worker dies, its claimed answers end as unknown and most are never sent again. So a batch of answers
  // claims one per free connection, and each starts at once.
  const each = state.serves === 'answers' ? 1 : PER_CONNECTION;
  const byConnections = free > 0 ? free * each : QUEUED;
  return Math.max(1, Math.min(MOST, byConnections, byRate, readyWithin(state, LEAD_MS.most)));
}

/**
 * Whether messages may wait for a connection while all are busy: only where none of this sender and kind waits
 * already, and the carrier has asked for no pause.
 */
const mayQueue = (
  { carrier, connectionQueue }: DispatchDeps,
  { serves }: QueueState,
  sender: string,
): boolean =>
  !carrier.held() &&
  !connectionQueue.waits(sender, serves === 'answers' ? (lane) => lane === ANSWERS : undefined);

/** Estimated ms from asking for slots until `rows` deliveries are ready, with half as much again to spare. */
const leadFor = (state: QueueState, rows: number): number =>
  Math.min(LEAD_MS.most, LEAD_MS.least + 1.5 * state.rowMs * rows);

const readyWithin = (state: QueueState, ms: number): number =>
  Math.max(LEAST, Math.floor((ms - LEAD_MS.least) / (1.5 * state.rowMs)));

const pick = (
  deps: DispatchDeps,
  state: QueueState,
  sender: string,
  most: number,
  closed: ClosedLanes,
): Promise<Due[]> =>
  pickDue(deps.store, {
    ...{ sender, now: deps.now(), most, closed, ...state },
    closedKnown: deps.closedKnown,
    answering: deps.answering,
  });

/** Lanes from which this batch picks nothing more. */
const closedTo = ({ offers }: Allowance, closed: ClosedLanes): ClosedLanes =>
  offers ? closed : { has: (lane) => isMarketing(lane) || closed.has(lane) };

/**
 * Claims some deliveries and decides about them. Contacts of answers that may be sent count as being answered from
 * here on.
 */
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

/** Claims and decides deliveries until the grant is full or no more are due. Rejects where nothing could be read. */
async function fill(
  deps: DispatchDeps,
  state: QueueState,
  sender: string,
  { picked, grant, allowance }: { picked: Due[]; grant: SlotGrant; allowance: Allowance },
): Promise<ClearedBatch> {
  const ready: ClearedBatch = [];
  // Deliveries that are ready are claimed already, so they are sent all the same.
  const unfilled = (error: unknown): void =>
    deps.onError(error, 'a batch of the dispatcher could not be filled up');
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
    state.last = lastMarketingLane(
      rows.map(({ lane }) => lane),
      state.last,
    );
    state.contended = round.lost > 0;
    if (round.ready.length === rows.length || deps.monotonic() >= grant.until) break;
    const room = Math.min(MOST, grant.parts - partsOf(ready), allowance.calls - ready.length);
    if (room <= 0) break;
    const closed = closedTo(allowance, deps.closed());
    due = await pick(deps, state, sender, room, closed).catch((error: unknown) => {
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

/** The first deliveries that fit into `most` parts. */
function within(rows: readonly Due[], most: number): Due[] {
  let used = 0;
  return rows.filter((row) => {
    used += row.parts;
    return used <= most;
  });
}

/** While other workers claim the same deliveries, this many times more are read than wanted. */
const SPREAD = 4;

/** Where and how due deliveries are picked. */
export type Picking = {
  sender: string;
  serves: ServedLanes;
  now: Date;
  most: number;
  last: Lane | null;
  contended: boolean;
  closed: ClosedLanes;
  closedKnown: () => Promise<void> | null;
  /** Contacts whose answers are under way. None of their other answers is picked meanwhile. */
  answering: ReadonlySet<string>;
};

/**
 * Up to `most` due deliveries: answers first, one per person; then transactional messages; then one campaign after
 * the other, starting behind the one served last. Nothing from `closed` lanes. `contended`: picks from a random place
 * near the front, because other workers pick there too.
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

/** The oldest due answer to each person. A confirmation of an opt-out waits for no other answer. */
async function pickAnswers(store: Store, from: Picking): Promise<Due[]> {
  const answered = new Set<string>();
  const found = await pickFrom(store, from, ANSWERS, from.most, [...from.answering]);
  return found.filter(({ contact, class: messageClass }) => {
    if (messageClass === 'opt-out-confirmation') return true;
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

/**
 * The lanes of which the process knows whether they are closed. Transactional lanes do not wait for that: marketing
 * follows them.
 */
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
