import { ANSWERS, isMarketing, type Lane } from '../../domain/sending/lanes.ts';
import { offBy, spacingOf } from '../../domain/sending/pace.ts';
import { AHEAD_MS, type Ask, enoughFor } from '../../store/senders/pace.ts';
import type { Store } from '../../store/store.ts';
import type { Monotonic } from '../gate.ts';
import type { Backlog } from './backlog.ts';
import { createLateness, type Grant, grantOf, runOf, type SharedRun, spareOf, type Traced } from './grant.ts';
import { createPaceClock } from './pace-clock.ts';

/** A sender as far as its speed is concerned. */
export type PacedSender = {
  number: string;
  /** Parts a second. */
  rate: number;
  /** False where the carrier posts no receipts for it: nothing then says what waits there. */
  receipts?: boolean;
};

/** What is wanted of a sender's slots: parts of messages. */
export type Wanted = {
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
export function wantedFor(messages: readonly { parts: number; lane: Lane }[], leadMs: number): Wanted {
  const partsIn = (some: typeof messages): number => some.reduce((total, { parts }) => total + parts, 0);
  const offers = partsIn(messages.filter(({ lane }) => isMarketing(lane)));
  const [first] = messages;
  return {
    ...{ most: partsIn(messages), first: first?.parts ?? 1, leadMs, offers },
    answer: first?.lane === ANSWERS,
  };
}

export type PaceDeps = {
  store: Store;
  monotonic: Monotonic;
  backlog: Backlog;
  /** Where tests give the database's clock. */
  databaseNow?: () => Date;
};

/** Shares a sender's speed between all processes. */
export type Pace<Given extends Grant = Grant> = {
  /**
   * Null where too few slots are free within 250 ms, or where as much as may waits at the carrier. Rejects where the
   * database cannot be asked.
   */
  take: (sender: PacedSender, wanted: Wanted) => Promise<Given | null>;
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
export function createPace(deps: PaceDeps): Pace<Grant & Traced> & DatabaseClock {
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
  { first, leadMs, answer }: Wanted,
  most: number,
  spare: number,
): Ask => ({
  ...{ number, spacing: spacingOf(rate), wants: most + spare, least: first + spare, lead: leadMs },
  reach: answer ? NEXT_SLOT_MS : 0,
});

/** How many of the wanted parts the carrier may get now: what waits there holds up offers alone. */
async function roomFor(
  backlog: Backlog,
  sender: PacedSender,
  { most, first, offers }: Wanted,
): Promise<number> {
  if (offers === 0 || sender.receipts === false) return most;
  return most - offers + Math.min(offers, await backlog.room(sender, first));
}
