import type { Store } from '../../../src/store/store.ts';

/** Between two looks, ms. */
const LOOK_MS = 250;

/** Longest waits, ms: the list pass leaves young texts to their webhook, claims end by a job. */
const LIMITS = { recorded: 90_000, quiet: 60_000 };

/** Every how many looks the list pass is made due. */
const NUDGE_EVERY = 8;

/**
 * Waits until every text is recorded, through the list pass where its webhook found nobody, and until no delivery
 * is unfinished. Gives up quietly after a while: what is missing then is what the reconciling counts.
 */
export async function settle(store: Store, sids: readonly string[]): Promise<void> {
  let looks = 0;
  await until(LIMITS.recorded, async () => {
    const recorded = await store.inbound.countDocuments({ _id: { $in: [...sids] } });
    if (recorded === sids.length) return true;
    if (looks++ % NUDGE_EVERY === 0) await makeDue(store, 'catch-up');
    return false;
  });
  await until(LIMITS.quiet, async () => (await store.deliveries.countDocuments({ open: true })) === 0);
}

/** The worker's own job, earlier than its five minutes. */
async function makeDue(store: Store, name: string): Promise<void> {
  await store.db.collection('jobs').updateOne({ name }, { $set: { nextRunAt: new Date() } });
}

async function until(ms: number, holds: () => Promise<boolean>): Promise<void> {
  for (const giveUp = performance.now() + ms; !(await holds()) && performance.now() < giveUp; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
