import { ANSWERS } from '../../../src/domain/sending/lanes.ts';
import type { Store } from '../../../src/store/store.ts';
import type { ActLog } from './acts.ts';
import { OWN } from './counts/scans.ts';
import { spoolLeft } from './evidence/spool-left.ts';
import type { RaceSystem } from './system.ts';

/** Between two looks, ms, and every how many of them the jobs that end things are made due. */
const LOOK_MS = 200;
const NUDGE_EVERY = 10;

/** How many looks in a row must find nothing open: a web process may be about to record a text that the carrier posts again. */
const STEADY_LOOKS = 6;

/**
 * Once nothing more ends for so long, ms, what is still open counts as forgotten: a slow machine forgets nothing, and a job
 * whose process died is another's after a minute.
 */
const STILL_MS = 100_000;

/** Jobs by which the gateway finishes what a crash left, earlier than their usual time. */
const JOBS = ['expire-claims', 'adopt-receipts', 'look-up-unknowns'];

/**
 * Waits until no row is open, no reply is looked for at the carrier, no receipt waits for a row, and every text is recorded,
 * through the carrier's list where no web process was up.
 */
export async function untilQuiet(system: RaceSystem, actLog: ActLog, more: readonly string[]): Promise<void> {
  await system.ready();
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
  // One that must come is planned once more where it is not found.
  if ((await store.deliveries.findOne(LOOKED_FOR, { comment: OWN, projection: { _id: 1 } })) !== null)
    return false;
  return (await spoolLeft(folder)).length === 0;
}

const LOOKED_FOR = { state: 'unknown' as const, lane: ANSWERS, lookUpAt: { $exists: true } };

const NAMED = { delivery: { $type: 'string' as const }, tryAt: { $exists: true } };

/** Deliveries that are there, and whose receipts the gateway has answered and kept until it can fold them. */
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

/** A receipt that found its row under way is tried again only later and later. */
async function bringForward(store: Store, deliveries: readonly string[]): Promise<void> {
  if (deliveries.length === 0) return;
  await store.receipts.updateMany(
    { ...NAMED, delivery: { $in: [...deliveries] } },
    { $set: { tryAt: new Date() } },
  );
}

/** Lets jobs run at once, also those that a dead process had begun: their lock would last for minutes. */
export async function makeDue({ store }: RaceSystem, names: readonly string[]): Promise<void> {
  await store.db
    .collection('jobs')
    .updateMany({ name: { $in: [...names] } }, { $set: { nextRunAt: new Date(), lockedAt: null } });
}
