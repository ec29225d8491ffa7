import { loadavg } from 'node:os';
import { loadConfig } from '../../../src/config.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { DAY_MS } from '../../../src/domain/durations.ts';
import { openContext } from '../../../src/open-context.ts';
import type { Sweep } from '../../../src/receipts/bounce-sweep.ts';
import { sweepAll } from '../../../src/receipts/bounce-sweep.ts';
import { findIncidents } from '../../../src/receipts/incidents.ts';
import { FAILED, FAILURES, HANDED_OVER, HANDED_OVER_FILTER } from '../../../src/store/deliveries/delivery.ts';
import { DATABASE } from '../../../src/store/store.ts';
import { type DatabaseRig, emptyDatabase } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { seed } from '../../seed/seed.ts';
import { machineOf } from '../machine.ts';
import { median } from '../report.ts';
import { addMessages } from './rows.ts';

export type CleanupOptions = { pairs: number; messages: number };

type Say = (line: string) => void;

const TARGET = 1.5;
const SCRATCH = 'bench-floor';
const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };

/**
 * Measures the nightly sweep, with its search for incidents, against the least work that gives the same result with the plain
 * driver: one aggregation over the same three days by hour, sender and code, one over all failures by contact, and one bulk
 * write of the bad contacts.
 */
export async function benchCleanup(
  rig: DatabaseRig,
  { pairs, messages }: CleanupOptions,
  say: Say,
): Promise<void> {
  const { line } = await machineOf(rig.uri);
  say(`clean-up of ${messages} messages that have ended\n${line}\n`);
  const config = loadConfig(gatewayEnvironment({ ...rig, port: 1, simulatorPort: 1 }));
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const ratios: Record<'written' | 'again', number[]> = { written: [], again: [] };
  for (let pair = 1; pair <= pairs; pair += 1) {
    await emptyDatabase(rig.uri);
    await seed(rig.uri, DATABASE);
    const { context, close } = await openContext({ ...config, mongodbUri: rig.uri }, silent);
    try {
      const size = await addMessages(context.store, config, messages, context.now());
      const looked = await timed(() => findIncidents(context));
      const floors = [await timed(() => floorOf(context)), await timed(() => floorOf(context))];
      const floor = Math.min(...floors.map(({ ms }) => ms));
      const written = await timed(() => sweepAll(context, FREE));
      const again = await timed(() => sweepAll(context, FREE));
      ratios.written.push(written.ms / floor);
      ratios.again.push(again.ms / floor);
      say(`pair ${pair}: ${size.messages} messages, ${size.failed} failed, of ${size.people} people`);
      say(`  floor ${floor.toFixed(0)} ms, ${floors[0]?.result} contacts written`);
      say(`  the first search for incidents, before the sweep: ${looked.ms.toFixed(0)} ms`);
      say(`  sweep ${said(written, floor)}`);
      say(`  sweep of the same again ${said(again, floor)}`);
    } finally {
      await close();
    }
  }
  say(
    `\nmedians, sweep ÷ floor: ${median(ratios.written).toFixed(2)} with its ledger, ${median(ratios.again).toFixed(2)} where nothing is to be written (target ${TARGET}); load average at the end, including the bench itself: ${loadavg()[0]?.toFixed(1)}`,
  );
}

type Timed<T> = { ms: number; result: T };

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

const said = ({ ms, result: { judged, ended, suppressed } }: Timed<Sweep>, floor: number): string =>
  `${ms.toFixed(0)} ms, ratio ${(ms / floor).toFixed(2)} (${judged} judged, ${ended} ended, ${suppressed} suppressed)`;

/** Resolves with the number of contacts that it wrote. */
async function floorOf({ store, now }: Pick<AppContext, 'now' | 'store'>): Promise<number> {
  const since = new Date((Math.floor(now().getTime() / DAY_MS) - 3) * DAY_MS);
  const hour = { $dateTrunc: { date: '$decision.at', unit: 'hour' } };
  await store.deliveries
    .aggregate(
      [
        { $match: { program: 'deals', ...HANDED_OVER_FILTER, 'decision.at': { $gte: since } } },
        { $group: { _id: { hour, sender: '$sender', code: '$error' }, messages: { $sum: 1 } } },
      ],
      { hint: HANDED_OVER },
    )
    .toArray();
  const bad = await store.deliveries
    .aggregate<{ _id: string }>(
      [
        { $match: { state: { $in: [...FAILURES] }, finalAt: { $gt: new Date(0) } } },
        { $group: { _id: '$contact', codes: { $push: '$error' } } },
        { $match: { $or: [{ codes: '30005' }, { 'codes.2': '30003' }] } },
      ],
      { hint: FAILED },
    )
    .toArray();
  const scratch = store.db.collection<{ _id: string }>(SCRATCH, {
    writeConcern: { w: 'majority', journal: true },
  });
  await scratch.deleteMany({});
  const writes = bad.map(({ _id }) => ({
    updateOne: { filter: { _id }, update: { $set: { suppressed: true } }, upsert: true },
  }));
  if (writes.length > 0) await scratch.bulkWrite(writes, { ordered: false });
  return writes.length;
}
