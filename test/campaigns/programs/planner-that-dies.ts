import { startCampaignWorker } from '../../../src/campaigns/worker/scheduler.ts';
import { openContext } from '../../../src/open-context.ts';

/**
 * The settings with which a planner in another process reaches the test's database. They are texts, so that they fit
 * into one argument.
 */
export type PlannerSetup = {
  keyRing: { active: string; keys: [string, string][] };
  ledgerKeys: PlannerSetup['keyRing'];
  blindIndexKeys: string[];
  publicUrl: string;
  mongodbUri: string;
  database: string;
};

/** This planner's clock is ahead, so that campaigns of the next hours are due here and no other worker plans them. */
const AHEAD_MS = 2 * 3_600_000;

const { keyRing, ledgerKeys, blindIndexKeys, ...places }: PlannerSetup = JSON.parse(process.argv[2] ?? '{}');
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
const opened = ({ active, keys }: PlannerSetup['keyRing']) => ({
  active,
  keys: new Map(keys.map(([id, key]) => [id, bytes(key)])),
});
const config = {
  ...places,
  ...{ keyRing: opened(keyRing), ledgerKeys: opened(ledgerKeys), blindIndexKeys: blindIndexKeys.map(bytes) },
};
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { context } = await openContext(config, silent, () => new Date(Date.now() + AHEAD_MS));
// The first write of rows kills the process: no handler runs and no claim is released.
context.store.deliveries.bulkWrite = () => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
startCampaignWorker(context, (error) => process.stderr.write(`${error}\n`));
