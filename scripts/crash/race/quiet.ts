import { ANSWERS } from '../../../src/domain/sending/lanes.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ActLog } from './acts.ts';
import { OWN } from './counts/scans.ts';
import { spoolLeft } from './evidence/spool-left.ts';
import type { RaceSystem } from './system.ts';

/** Poll interval, ms, and every how many polls the finishing jobs are made due. */
const LOOK_MS = 200;
const NUDGE_EVERY = 10;

/** How many polls in a row must find nothing open. A web process may be about to record a text that the carrier posts again. */
const STEADY_LOOKS = 6;

/**
 * When nothing more ends for this long, ms, open rows count as forgotten. A slow machine forgets nothing, and another process
 * takes over the job of a dead one after a minute.
 */
const STILL_MS = 100_000;

/** Jobs that finish the work of dead processes. They run earlier than usual. */
const JOBS = ['expire-claims', 'adopt-receipts', 'look-up-unknowns'];

/**
 * Waits until no row is open, no reply is looked up at the carrier, no receipt waits for a row, and every text is recorded, if
 * need be from the carrier's list.
 */
export async function untilQuiet(system: RaceSystem, actLog: ActLog, more: readonly string[]): Promise<void> {
  await system.alive();
  let least = Number.POSITIVE_INFINITY;
  let giveUp = performance.now() + STILL_MS;
  let steady = 0;
  for (let looks = 0; performance.now() < giveUp; looks += 1) {
    const unheard = await unheardOf(system, actLog);
    steady = unheard === 0 && (await isQuiet(system)) ? steady + 1 : 0;
    if (steady === STEADY_LOOKS) break;
    if (looks % NUDGE_EVERY === 0) {
      const waiting = await waitingReceipts(system.store);
      await bringForward(system.store, waiting);
      await makeDue(system, [...JOBS, ...more, ...(unheard === 0 ? [] : ['catch-up'])]);
      const left = unheard + waiting.length + (await openRows(system));
      if (left < least) giveUp = performance.now() + STILL_MS;
      least = Math.min(least, left);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await system.claims.quiet();
}

async function unheardOf({ store }: RaceSystem, actLog: ActLog): Promise<number> {
  const sids = actLog.typed.map((text) => text.sid);
  const heard = await store.inbound.countDocuments({ _id: { $in: sids } }, { hint: { _id: 1 } });
  return sids.length - heard;
}

const OPEN = { hint: 'open-of-contact', comment: OWN };
const openRows = ({ store }: RaceSystem): Promise<number> =>
  store.deliveries.countDocuments({ open: true }, OPEN);

async function isQuiet({ store, folder }: RaceSystem): Promise<boolean> {
  const open = await store.deliveries.findOne({ open: true }, { ...OPEN, projection: { _id: 1 } });
  if (open !== null || (await waitingReceipts(store)).length > 0) return false;
  // A required answer that is not found is planned once more.
  if ((await store.deliveries.findOne(LOOKED_FOR, { comment: OWN, projection: { _id: 1 } })) !== null)
    return false;
  return (await spoolLeft(folder)).length === 0;
}

const LOOKED_FOR = { state: 'unknown' as const, lane: ANSWERS, lookUpAt: { $exists: true } };

const NAMED = { delivery: { $type: 'string' as const }, tryAt: { $exists: true } };

/** Existing deliveries whose acknowledged receipts are still waiting to be folded. */
async function waitingReceipts(store: Store): Promise<string[]> {
  const kept = await store.receipts
    .find(NAMED, { projection: { delivery: 1 }, hint: 'named-due' })
    .map(({ delivery }) => delivery ?? '')
    .toArray();
  const rows = store.deliveries.find(
    { _id: { $in: kept } },
    { projection: { _id: 1 }, hint: { _id: 1 }, comment: OWN },
  );
  return rows.map(({ _id }) => _id).toArray();
}

/** Makes waiting receipts due now. A receipt that met a row under way is retried later and later. */
async function bringForward(store: Store, deliveries: readonly string[]): Promise<void> {
  if (deliveries.length === 0) return;
  await store.receipts.updateMany(
    { ...NAMED, delivery: { $in: [...deliveries] } },
    { $set: { tryAt: new Date() } },
  );
}

/** Makes jobs due now, also jobs that a dead process had begun, whose lock would last for minutes. */
export async function makeDue({ store }: RaceSystem, names: readonly string[]): Promise<void> {
  await store.db
    .collection('jobs')
    .updateMany({ name: { $in: [...names] } }, { $set: { nextRunAt: new Date(), lockedAt: null } });
}
