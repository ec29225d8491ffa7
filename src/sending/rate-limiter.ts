import { ANSWERS, isMarketing, type Lane } from '../domain/sending/lanes.ts';
import {
  boundClock,
  type ClockBounds,
  LATENESS_MS,
  offBy,
  type SlotRun,
  spacingOf,
  turnOf,
  UNKNOWN_CLOCK,
} from '../domain/sending/slot-timing.ts';
import {
  AHEAD_MS,
  acquireSlots,
  enoughFor,
  partsAtCarrier,
  readClock,
  releaseSlots,
  type SlotRequest,
  type Slots,
} from '../store/senders/rate-limiter.ts';
import type { Store } from '../store/store.ts';
import type { Monotonic } from './gate.ts';

/** A sender as far as its speed is concerned. */
export type PacedSender = {
  number: string;
  /** Parts a second. */
  rate: number;
  /** False where the carrier posts no receipts for it: nothing then says what waits there. */
  receipts?: boolean;
};

/** What is wanted of a sender's slots: parts of messages. */
export type SlotsWanted = {
  most: number;
  /** Of the first message, which goes whole or not at all: no fewer are given. */
  first: number;
  /** Ms from now before which nothing is ready to go. */
  leadMs: number;
  /** Of `most`, those of offers: they alone wait where enough waits at the carrier. */
  offers: number;
  /** An answer is the first: it takes the next slot, though offers took those of the next moments. */
  answer: boolean;
};

/** Slots for some messages, in the order in which they are to leave. */
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
  /** Where tests give the database's clock. */
  databaseNow?: () => Date;
};

/** Shares a sender's speed between all processes. */
export type RateLimiter<Given extends SlotGrant = SlotGrant> = {
  /**
   * Null where too few slots are free within 250 ms, or where as much as may waits at the carrier. Rejects where the
   * database cannot be asked.
   */
  take: (sender: PacedSender, wanted: SlotsWanted) => Promise<Given | null>;
  /** Ms until it makes sense to ask again, after a grant as after none. */
  retryAfter: (sender: { number: string }) => number;
};

/** How far a clock of this process is from the database's, by every answer about slots. */
export type DatabaseClock = {
  /** Ms that it is ahead at least, below 0: behind; 0 where it may be right, or nothing is known. */
  offBy: (wall: Date) => number;
  /** Asks the database where no slots are taken. */
  lookAgain: () => Promise<void>;
};

/** An answer takes the next slot though it begins so much later than the slots of offers may, ms: well within its lease. */
const NEXT_SLOT_MS = 1000;

/** After a look at a carrier that has enough, ms. */
const FULL_MS = 250;

/**
 * Gives out what a sender may send, over all processes. Slots stand on the database's clock; how far that is from
 * the own monotonic clock is bounded by every answer, so no wall clock of a process takes part. One process should
 * take the next grant while it uses the last: grants that follow each other make one run.
 */
export function createRateLimiter(deps: PaceDeps): RateLimiter<SlotGrant & Traced> & DatabaseClock {
  const clock = createPaceClock(deps);
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
      const slots = await clock.ask(wish);
      const free = slots.parts > 0 ? slots.slot : slots.begin;
      const soon = free + (enoughFor(wish) - 1) * spacing - AHEAD_MS - wish.reach;
      askAgainAt.set(number, soon - clock.bounds().least);
      if (slots.parts === 0) return null;
      const run = runOf(runs.get(number), slots, { spacing, parts: slots.parts - spare });
      runs.set(number, run);
      return grantOf({ ...deps, writes }, { number, slots, spare, run, clock: clock.bounds() });
    },
    retryAfter: ({ number }) => Math.max(1, (askAgainAt.get(number) ?? 0) - deps.monotonic()),
    offBy: (wall) => offBy(wall.getTime(), deps.monotonic(), clock.bounds()),
    lookAgain: clock.look,
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

/** How many of the wanted parts the carrier may get now: what waits there holds up offers alone. */
async function roomFor(
  backlog: CarrierBacklog,
  sender: PacedSender,
  { most, first, offers }: SlotsWanted,
): Promise<number> {
  if (offers === 0 || sender.receipts === false) return most;
  return most - offers + Math.min(offers, await backlog.room(sender, first));
}

/** How far the database's clock is from the own monotonic one, by every answer so far. */
type PaceClock = {
  bounds: () => ClockBounds;
  /** Takes slots, and learns from the answer. */
  ask: (wish: SlotRequest) => Promise<Slots>;
  /** Asks for the time alone. */
  look: () => Promise<void>;
};

/** The clock is looked at more often than slots are taken while it is known less well than this, ms; and so often. */
const KNOWN_WELL_MS = 3;
const LOOKS = 5;

/** But no oftener than this, ms: a database far away stays so. */
const LOOK_AGAIN_MS = 1000;

/** `databaseNow`: where tests give the database's clock. */
function createPaceClock(deps: { store: Store; monotonic: Monotonic; databaseNow?: () => Date }): PaceClock {
  const { store, monotonic, databaseNow } = deps;
  let bounds = UNKNOWN_CLOCK;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const sent = monotonic();
    const database = databaseNow?.().getTime() ?? (await readClock(store));
    bounds = boundClock(bounds, { sent, received: monotonic(), database });
  };
  const lookWell = async (): Promise<void> => {
    lookedAt = monotonic();
    for (let looks = 0; looks < LOOKS && bounds.most - bounds.least > KNOWN_WELL_MS; looks += 1) await look();
  };
  return {
    bounds: () => bounds,
    ask: async (wish) => {
      if (bounds.most - bounds.least > KNOWN_WELL_MS && monotonic() - lookedAt > LOOK_AGAIN_MS)
        await lookWell();
      const sent = monotonic();
      const slots = await acquireSlots(store, wish, databaseNow?.());
      bounds = boundClock(bounds, { sent, received: monotonic(), database: slots.now });
      return slots;
    },
    look,
  };
}

/** How long a look stands, ms. */
const STANDS_MS = 500;

/**
 * Seconds of a sender's traffic that may wait at the carrier when more is let go. What one look does not see yet,
 * those 500 ms and the 250 ms of slots ahead, stays within the five seconds that a STOP may find there of a minute's messages.
 */
const WAITING_S = 4;

type CarrierBacklog = {
  /** How many more parts the carrier may get now; at least those of the `first` message where nothing waits there. */
  room: (sender: { number: string; rate: number }, first: number) => Promise<number>;
};

/** Looks at what waits at the carrier, at most twice a second and sender. Rejects where the database cannot tell. */
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

/** Slots of one sender that this process alone may use. All times in ms of its own monotonic clock. */
export type SlotGrant = {
  parts: number;
  /** From then on none of them may be used. */
  until: number;
  /**
   * Asks for the turn of a message of so many parts. 0: its call begins in this tick, and says later that it was
   * `written` or `dropped`. More than 0: too early, ask again after so many ms. Null: no slots are left for it, and it
   * goes back.
   */
  turn: (parts: number) => number | null;
  /**
   * Asked in the tick that writes to the socket, which may come long after the call began. False: its slots have passed,
   * or others that came late have moved them on; nothing may be written, and it asks for a turn again.
   */
  written: (parts: number) => boolean;
  /** Instead of `written`: the call ended before it could be asked. */
  dropped: (parts: number) => void;
  /** So many slots at its end will not be used. */
  giveBack: (parts: number) => Promise<void>;
  /** Nor will any that no call has begun for. */
  giveBackRest: () => Promise<void>;
};

/** What is measured of a grant. `left`: parts not taken by a turn; begin and end in ms since the epoch on the database's clock. */
export type Traced = { left: () => number; begin: number; end: number };

/**
 * Slots of grants that follow each other. `begun`: parts of calls that have begun and have written nothing yet; `left`: those
 * that calls may still begin for.
 */
type SharedRun = SlotRun & { begun: number; left: number };

/** Slots that follow those of the last grant make its run longer, so that what was shifted there need not be lost. */
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

/** Slots of a run that no message counts on; a grant that makes it longer needs no others. `now`: on the database's clock. */
const spareOf = (run: SharedRun | undefined, now: number): number =>
  run === undefined || run.end <= now ? 0 : Math.floor((run.end - nextBegun(run)) / run.spacing - run.left);

/** Calls that write later than this after their slots get spare ones, ms, but no more than for so many ms. */
const LATE_MS = LATENESS_MS - 2;
const SPARE_MS = 1500;

/** How late this process's calls write after their slots. */
type Lateness = {
  /** Of one call, ms. */
  note: (ms: number) => void;
  /** Slots to have in hand for it; none while all goes as it should. */
  spare: (spacing: number) => number;
};

/** The latest of the last calls, each of less weight than the next: a busy process goes on more slowly, but it goes on. */
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

/** `spare`: slots at the end of those that were taken which no message may count on. */
type Taken = { number: string; slots: Slots; spare: number; run: SharedRun; clock: ClockBounds };

function grantOf(deps: GrantDeps, { number, slots, spare, run, clock }: Taken): SlotGrant & Traced {
  const { begin, slot: end } = slots;
  const parts = slots.parts - spare;
  let last = end;
  const calls = createCalls(deps, run, clock, parts);
  /** Unless later slots were taken meanwhile, or it is not worth a command. */
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

/** Where the next call's slot begins if all that began write in time. */
const nextBegun = ({ next, begun, spacing }: SlotRun & { begun: number }): number => next + begun * spacing;

/** The calls of one grant, of so many parts at most. */
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
    const asked = turnOf({ ...run, next: nextBegun(run) }, clock, wanted, now);
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
    const asked = turnOf(run, clock, wanted, now);
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
