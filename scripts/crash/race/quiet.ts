import type { Doings } from './acts.ts';
import { spoolLeft } from './spool-left.ts';
import type { System } from './system.ts';

/** Between two looks, ms, and every how many of them the jobs that end things are made due. */
const LOOK_MS = 200;
const NUDGE_EVERY = 10;

/** A row that is not finished by then is counted as forgotten, ms. */
const LONGEST_MS = 60_000;

/** Jobs by which the gateway finishes what a crash left, earlier than their usual time. */
const JOBS = ['expire-flags', 'adopt-receipts'];

/** Waits until no row is open and every text is recorded, through the carrier's list where no web process was up. */
export async function untilQuiet(system: System, doings: Doings, more: readonly string[]): Promise<void> {
  const { store } = system;
  const sids = doings.typed.map((one) => one.sid);
  const allHeard = async (): Promise<boolean> =>
    (await store.inbound.countDocuments({ _id: { $in: sids } }, { hint: { _id: 1 } })) === sids.length;
  const noneOpen = async (): Promise<boolean> =>
    (await store.deliveries.findOne({ open: true }, { hint: 'open-of-contact', projection: { _id: 1 } })) ===
    null;
  await system.ready();
  const giveUp = performance.now() + LONGEST_MS;
  for (let looks = 0; performance.now() < giveUp; looks += 1) {
    const heard = await allHeard();
    if (heard && (await noneOpen()) && (await spoolLeft(system.folder)).length === 0) break;
    if (looks % NUDGE_EVERY === 0) await makeDue(system, [...JOBS, ...more, ...(heard ? [] : ['catch-up'])]);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await system.flags.quiet();
}

/** Lets jobs run at once, also those that a dead process had begun: their lock would last for minutes. */
export async function makeDue({ store }: System, names: readonly string[]): Promise<void> {
  await store.db
    .collection('jobs')
    .updateMany({ name: { $in: [...names] } }, { $set: { nextRunAt: new Date(), lockedAt: null } });
}
