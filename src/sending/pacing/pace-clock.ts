import { boundClock, type ClockBounds, UNKNOWN_CLOCK } from '../../domain/sending/pace.ts';
import { type Ask, readClock, type Slots, takeSlots } from '../../store/senders/pace.ts';
import type { Store } from '../../store/store.ts';
import type { Monotonic } from '../gate.ts';

/** How far the database's clock is from the own monotonic one, by every answer so far. */
export type PaceClock = {
  bounds: () => ClockBounds;
  /** Takes slots, and learns from the answer. */
  ask: (wish: Ask) => Promise<Slots>;
  /** Asks for the time alone. */
  look: () => Promise<void>;
};

/** The clock is looked at more often than slots are taken while it is known less well than this, ms; and so often. */
const KNOWN_WELL_MS = 3;
const LOOKS = 5;

/** But no oftener than this, ms: a database far away stays so. */
const LOOK_AGAIN_MS = 1000;

/** `databaseNow`: where tests give the database's clock. */
export function createPaceClock(deps: {
  store: Store;
  monotonic: Monotonic;
  databaseNow?: () => Date;
}): PaceClock {
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
      const slots = await takeSlots(store, wish, databaseNow?.());
      bounds = boundClock(bounds, { sent, received: monotonic(), database: slots.now });
      return slots;
    },
    look,
  };
}
