import type { ClockBounds } from '../domain/database-clock.ts';
import { ANSWERS, isMarketing, type Lane } from '../domain/sending/lanes.ts';
import {
  decideSlot,
  LATENESS_MS,
  ROUNDING_MS,
  type SlotRun,
  spacingOf,
} from '../domain/sending/slot-timing.ts';
import { databaseTime } from '../store/connection.ts';
import {
  AHEAD_MS,
  acquireSlots,
  enoughFor,
  partsAtCarrier,
  releaseSlots,
  type SlotRequest,
  type Slots,
} from '../store/senders/rate-limiter.ts';
import type { Store } from '../store/store.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { Monotonic } from './gate.ts';

/** What the rate limiter knows of a sender. */
export type PacedSender = {
  number: string;
  /** Message parts a second. */
  rate: number;
  /** False where the carrier posts no delivery reports for the sender. The backlog at the carrier is then unknown. */
  receipts?: boolean;
};

/** A request for slots. One slot carries one part of a message. */
export type SlotsWanted = {
  most: number;
  /** Parts of the first message. A grant holds at least these, because a message is sent whole or not at all. */
  first: number;
  /** Ms from now before which no message is ready to be sent. */
  leadMs: number;
  /** The parts of `most` that are marketing. Only these wait for the backlog at the carrier. */
  offers: number;
  /** True where the first message is an answer. It takes the next slot, even where marketing took the nearest ones. */
  answer: boolean;
};

/** The slots that some messages need. The messages come in the order in which they are to be sent. */
export function wantedFor(messages: readonly { parts: number; lane: Lane }[], leadMs: number): SlotsWanted {
  const partsIn = (some: typeof messages): number => some.reduce((total, { parts }) => total + parts, 0);
  const offers = partsIn(messages.filter(({ lane }) => isMarketing(lane)));
  const [first] = messages;
  return {
    ...{ most: partsIn(messages), first: first?.parts ?? 1, leadMs, offers },
    answer: first?.lane === ANSWERS,
  };
}

type PaceDeps = {
  store: Store;
  monotonic: Monotonic;
  backlog: CarrierBacklog;
  clock: Pick<DatabaseClock, 'bounds' | 'measure'>;
  /** Tests replace the database's clock. */
  databaseNow?: () => Date;
};

/** Shares a sender's rate between all processes. */
export type RateLimiter<Given extends SlotGrant = SlotGrant> = {
  /**
   * Takes slots. Null where too few are free within 250 ms, or where the backlog at the carrier is full. Rejects
   * where the database does not answer.
   */
  take: (sender: PacedSender, wanted: SlotsWanted) => Promise<Given | null>;
  /** Ms until a caller should ask again, whether or not the last request was granted. */
  retryAfter: (sender: { number: string }) => number;
};

/** An answer may take a slot that begins this many ms later than a marketing slot may. Well within the lease. */
const NEXT_SLOT_MS = 1000;

/** Ms before the backlog is read again after the carrier had enough. */
const FULL_MS = 250;

/**
 * Grants slots of a sender's rate over all processes. Slots are times on the database's clock. Every answer bounds
 * the distance between that clock and this process's monotonic clock, so no wall clock matters. A process should take
 * its next grant while it uses the last: grants that follow each other form one run.
 */
export function createRateLimiter(deps: PaceDeps): RateLimiter<SlotGrant & Traced> {
  const { clock } = deps;
  const askSlots = createSlotRequests(deps);
  const runs = new Map<string, SharedRun>();
  const askAgainAt = new Map<string, number>();
  const writes = createLateness();

  return {
    take: async (sender, wanted) => {
      const { number } = sender;
      const most = await roomFor(deps.backlog, sender, wanted);
      if (most < wanted.first) {
        askAgainAt.set(number, deps.monotonic() + FULL_MS);
        return null;
      }
      const inHand = spareOf(runs.get(number), deps.monotonic() + clock.bounds().least);
      const spare = Math.max(0, writes.spare(spacingOf(sender.rate)) - inHand);
      const wish = wishFor(sender, wanted, most, spare);
      const { spacing } = wish;
      const slots = await askSlots(wish);
      const free = slots.parts > 0 ? slots.slot : slots.begin;
      const soon = free + (enoughFor(wish) - 1) * spacing - AHEAD_MS - wish.reach;
      askAgainAt.set(number, soon - clock.bounds().least);
      if (slots.parts === 0) return null;
      const run = runOf(runs.get(number), slots, { spacing, parts: slots.parts - spare });
      runs.set(number, run);
      return grantOf({ ...deps, writes }, { number, slots, spare, run, clock: clock.bounds() });
    },
    retryAfter: ({ number }) => Math.max(1, (askAgainAt.get(number) ?? 0) - deps.monotonic()),
  };
}

const wishFor = (
  { number, rate }: PacedSender,
  { first, leadMs, answer }: SlotsWanted,
  most: number,
  spare: number,
): SlotRequest => ({
  ...{ number, spacing: spacingOf(rate), wants: most + spare, least: first + spare, lead: leadMs },
  reach: answer ? NEXT_SLOT_MS : 0,
});

/** How many of the wanted parts the carrier may get now. The backlog at the carrier limits marketing only. */
async function roomFor(
  backlog: CarrierBacklog,
  sender: PacedSender,
  { most, first, offers }: SlotsWanted,
): Promise<number> {
  if (offers === 0 || sender.receipts === false) return most;
  return most - offers + Math.min(offers, await backlog.room(sender, first));
}

/**
 * While the distance is known less well than `KNOWN_WELL_MS`, the clock is read up to `LOOKS` times before slots are
 * taken.
 */
const KNOWN_WELL_MS = 3;
const LOOKS = 5;

/** The least time between two such series of reads, ms. A distant database never becomes known any better. */
const LOOK_AGAIN_MS = 1000;

/** Takes slots, and reads the database's clock before that while its distance is not known well. */
function createSlotRequests(deps: PaceDeps): (wish: SlotRequest) => Promise<Slots> {
  const { store, monotonic, clock, databaseNow } = deps;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const isKnownWell = (): boolean => clock.bounds().most - clock.bounds().least <= KNOWN_WELL_MS;
  const readClock = async (): Promise<Date> => databaseNow?.() ?? databaseTime(store);
  return async (wish) => {
    if (!isKnownWell() && monotonic() - lookedAt > LOOK_AGAIN_MS) {
      lookedAt = monotonic();
      for (let looks = 0; looks < LOOKS && !isKnownWell(); looks += 1)
        await clock.measure(readClock, (time) => time.getTime());
    }
    return clock.measure(
      () => acquireSlots(store, wish, databaseNow?.()),
      (slots) => slots.now,
    );
  };
}

/** How long one reading of the backlog is used, ms. */
const STANDS_MS = 500;

/**
 * Seconds of a sender's traffic that may wait at the carrier when more is sent. The reading misses up to 500 ms of
 * traffic, and slots are granted 250 ms ahead. Together they stay within the five seconds of messages that a STOP may
 * find at the carrier.
 */
const WAITING_S = 4;

type CarrierBacklog = {
  /**
   * How many more parts the carrier may get now. Where the backlog is empty, at least the parts of the `first`
   * message.
   */
  room: (sender: { number: string; rate: number }, first: number) => Promise<number>;
};

/** Reads the backlog at the carrier at most twice a second per sender. Rejects where the database does not answer. */
export function createCarrierBacklog(deps: { store: Store; monotonic: () => number }): CarrierBacklog {
  const looks = new Map<string, { at: number; parts: Promise<number> }>();
  const waiting = ({ number, rate }: { number: string; rate: number }): Promise<number> => {
    const known = looks.get(number);
    if (known !== undefined && deps.monotonic() - known.at < STANDS_MS) return known.parts;
    const parts = partsAtCarrier(deps.store, number, Math.ceil(WAITING_S * rate));
    looks.set(number, { at: deps.monotonic(), parts });
    parts.catch(() => looks.delete(number));
    return parts;
  };
  return {
    room: async (sender, first) => {
      const most = Math.floor(WAITING_S * sender.rate);
      const parts = await waiting(sender);
      return parts === 0 ? Math.max(most, first) : Math.max(0, most - parts);
    },
  };
}

/** Slots of one sender that only this process may use. Times are in ms of its own monotonic clock. */
export type SlotGrant = {
  parts: number;
  /** No slot may be used from this moment on. */
  until: number;
  /**
   * Asks to start the call of a message with `parts` parts. 0: the call starts in this tick, and reports `written` or
   * `dropped` later. More than 0: too early; ask again after that many ms. Null: no slots are left, and the message
   * is put back.
   */
  turn: (parts: number) => number | null;
  /**
   * Called in the tick that writes to the socket, possibly long after the call started. False: its slots have passed,
   * or late calls before it have used them. The caller then writes nothing and asks for a turn again.
   */
  written: (parts: number) => boolean;
  /** Called instead of `written` where the call ended before it wrote anything. */
  dropped: (parts: number) => void;
  /** Returns the last `parts` slots of the grant unused. */
  giveBack: (parts: number) => Promise<void>;
  /** Returns all slots for which no call has started. */
  giveBackRest: () => Promise<void>;
};

/**
 * Measurements of a grant. `left`: parts not yet taken by a turn. `begin` and `end`: ms since the epoch on the
 * database's clock.
 */
export type Traced = { left: () => number; begin: number; end: number };

/**
 * Consecutive slots of one or more grants. `begun`: parts of calls that have started and written nothing yet. `left`:
 * parts for which calls may still start.
 */
type SharedRun = SlotRun & { begun: number; left: number };

/**
 * Extends the last run where the new slots follow it directly. Calls that were late in the last grant may then use
 * later slots.
 */
function runOf(
  last: SharedRun | undefined,
  { begin, slot: end }: Slots,
  { spacing, parts }: { spacing: number; parts: number },
): SharedRun {
  if (last === undefined || last.end !== begin || last.spacing !== spacing) {
    return { next: begin, end, spacing, begun: 0, left: parts };
  }
  last.end = end;
  last.left += parts;
  return last;
}

/**
 * Whole slots of a run that no message needs, 0 or more. A grant that extends the run needs no further spare slots.
 * `now`: on the database's clock.
 */
function spareOf(run: SharedRun | undefined, now: number): number {
  if (run === undefined || run.end <= now) return 0;
  // Sums of slots are not exact: a run that is just long enough must not read as one that lacks a slot.
  return Math.max(0, Math.floor((run.end - nextBegun(run) + ROUNDING_MS) / run.spacing) - run.left);
}

/** Spare slots are taken once calls write more than `LATE_MS` after their slots; at most for `SPARE_MS`. */
const LATE_MS = LATENESS_MS - 2;
const SPARE_MS = 1500;

/** Measures how late this process writes after its slots. */
type Lateness = {
  /** Records the lateness of one call, ms. */
  note: (ms: number) => void;
  /** How many spare slots the next grant needs; 0 while calls write in time. */
  spare: (spacing: number) => number;
};

/**
 * Keeps the largest recent lateness, decaying by a tenth with every call. Without spare slots a busy process would
 * miss all of its slots.
 */
function createLateness(): Lateness {
  let late = 0;
  return {
    note: (ms) => {
      late = Math.max(ms, late * 0.9);
    },
    spare: (spacing) => (late <= LATE_MS ? 0 : Math.ceil(Math.min(1.5 * late, SPARE_MS) / spacing)),
  };
}

type GrantDeps = { store: Store; monotonic: Monotonic; writes: Lateness };

/** `spare`: slots at the end of the taken ones that no message may count on. */
type Taken = { number: string; slots: Slots; spare: number; run: SharedRun; clock: ClockBounds };

function grantOf(deps: GrantDeps, { number, slots, spare, run, clock }: Taken): SlotGrant & Traced {
  const { begin, slot: end } = slots;
  const parts = slots.parts - spare;
  let last = end;
  const calls = createCalls(deps, run, clock, parts);
  /**
   * Ends the grant earlier. Does nothing where later slots were taken meanwhile, or where less than half a slot would
   * be returned.
   */
  const endAt = async (moment: number): Promise<void> => {
    if (run.end !== last || last - moment < run.spacing / 2) return;
    const before = last;
    run.end = moment;
    last = moment;
    await releaseSlots(deps.store, number, before, moment);
  };
  return {
    ...{ parts, begin, end },
    until: end - (spare + 1) * run.spacing + LATENESS_MS - clock.most,
    ...calls.ofGrant,
    giveBack: async (unused) => {
      if (unused <= 0 || run.end !== last) return;
      calls.giveUp(unused);
      await endAt(Math.max(nextBegun(run), last - unused * run.spacing));
    },
    giveBackRest: async () => {
      calls.giveUp(parts);
      await endAt(nextBegun(run) + run.left * run.spacing);
    },
  };
}

/** Where the next call's slot begins if every call that has started writes in time. */
const nextBegun = ({ next, begun, spacing }: SlotRun & { begun: number }): number => next + begun * spacing;

/** The calls of one grant, `parts` parts at most. */
function createCalls({ monotonic, writes }: GrantDeps, run: SharedRun, clock: ClockBounds, parts: number) {
  const begunAt: number[] = [];
  let left = parts;
  const take = (some: number): void => {
    left -= some;
    run.left -= some;
  };
  const turn = (wanted: number): number | null => {
    if (wanted > left) return null;
    const now = monotonic();
    const asked = decideSlot({ ...run, next: nextBegun(run) }, clock, wanted, now);
    if (asked.kind === 'over') return null;
    if (asked.kind === 'early') return asked.ms;
    begunAt.push(now);
    run.begun += wanted;
    take(wanted);
    return 0;
  };
  const dropped = (unwritten: number): void => {
    begunAt.shift();
    run.begun -= unwritten;
    take(-unwritten);
  };
  const written = (wanted: number): boolean => {
    const now = monotonic();
    const asked = decideSlot(run, clock, wanted, now);
    writes.note(now - (begunAt[0] ?? now));
    dropped(wanted);
    if (asked.kind !== 'go') return false;
    run.next = asked.next;
    take(wanted);
    return true;
  };
  return {
    ofGrant: { turn, written, dropped, left: () => left },
    giveUp: (some: number): void => take(Math.min(left, some)),
  };
}
