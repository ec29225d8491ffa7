import { type ClockBounds, LATENESS_MS, type Run, turnOf } from '../../domain/sending/pace.ts';
import { returnSlots, type Slots } from '../../store/senders/pace.ts';
import type { Store } from '../../store/store.ts';
import type { Monotonic } from '../gate.ts';

/** Slots of one sender that this process alone may use. All times in ms of its own monotonic clock. */
export type Grant = {
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
export type SharedRun = Run & { begun: number; left: number };

/** Slots that follow those of the last grant make its run longer, so that what was shifted there need not be lost. */
export function runOf(
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
export const spareOf = (run: SharedRun | undefined, now: number): number =>
  run === undefined || run.end <= now ? 0 : Math.floor((run.end - nextBegun(run)) / run.spacing - run.left);

/** Calls that write later than this after their slots get spare ones, ms, but no more than for so many ms. */
const LATE_MS = LATENESS_MS - 2;
const SPARE_MS = 1500;

/** How late this process's calls write after their slots. */
export type Lateness = {
  /** Of one call, ms. */
  note: (ms: number) => void;
  /** Slots to have in hand for it; none while all goes as it should. */
  spare: (spacing: number) => number;
};

/** The latest of the last calls, each of less weight than the next: a busy process goes on more slowly, but it goes on. */
export function createLateness(): Lateness {
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

export function grantOf(deps: GrantDeps, { number, slots, spare, run, clock }: Taken): Grant & Traced {
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
    await returnSlots(deps.store, number, before, moment);
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
const nextBegun = ({ next, begun, spacing }: Run & { begun: number }): number => next + begun * spacing;

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
