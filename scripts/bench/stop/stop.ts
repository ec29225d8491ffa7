import type { ChildProcess } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS, ROOT } from '../../../src/config.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';
import { answers, type Children } from '../../rig/children.ts';
import { type DatabaseRig, emptyDatabase } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { seed } from '../../seed/seed.ts';
import { startSimulator } from '../dispatch/dispatch.ts';
import { planRows, unpace } from '../dispatch/rows.ts';
import { machineOf } from '../machine.ts';
import { arrivals } from './arrivals.ts';
import { LEAD_MS, preparePass, runPass, runPassDuringCampaign, WARM_MS } from './pass.ts';
import { FIRST, insertTexters } from './people.ts';
import { replyTimes } from './replies.ts';
import { type StopTimes, stopClosing, stopLines } from './report.ts';

export type StopOptions = { pairs: number; seconds: number; rate: number };

/** How long STOPs are sent before both passes to warm up a new web process, ms. */
const FIRST_MS = 3000;

/** How long the campaign lasts beyond its pass at most, ms, and the rows that it needs a second: more than a worker sends. */
const CAMPAIGN_MS = LEAD_MS.least + 2500;
const MOST_PER_SECOND = 3000;

type Ground = { children: Children; env: NodeJS.ProcessEnv; options: StopOptions };

/** Measures a STOP and its confirmation, with and without a campaign, using one web process, one worker and the simulator. */
export async function benchStop(
  rig: DatabaseRig,
  children: Children,
  options: StopOptions,
  say: (line: string) => void,
): Promise<void> {
  const machine = await machineOf(rig.uri);
  say(`STOP, open loop, ${options.rate}/s, ${options.seconds} s a pass\n${machine.line}\n`);
  const ports = { port: await freePort(), simulatorPort: await freePort() };
  const env = gatewayEnvironment({ ...rig, ...ports });
  const pairs: StopTimes[] = [];
  for (let at = 1; at <= options.pairs; at += 1) {
    const stopTimes = await measure({ children, env, options }, at);
    pairs.push(stopTimes);
    for (const line of stopLines(at, stopTimes)) say(line);
  }
  for (const line of stopClosing(pairs)) say(line);
  say(`load average at the end, including the bench itself: ${loadavg()[0]?.toFixed(1)}`);
}

function startRole(
  { children, env }: Pick<Ground, 'children' | 'env'>,
  role: 'web' | 'worker',
): ChildProcess {
  const main = join(ROOT, 'dist', 'src', 'main.js');
  return children.start(main, { env: { ...env, ROLE: role }, execArgv: [...NODE_FLAGS[role]] });
}

async function measure({ children, env, options }: Ground, at: number): Promise<StopTimes> {
  const uri = env.MONGODB_URI ?? '';
  const lasts = WARM_MS + options.seconds * 1000;
  const count = (ms: number): number => Math.ceil((options.rate * ms) / 1000);
  const warm = arrivals(count(FIRST_MS), FIRST_MS, false, at);
  const idle = arrivals(count(lasts), lasts, false, at);
  const campaign = arrivals(count(lasts), lasts, true, at);
  await emptyDatabase(uri);
  await seed(uri, DATABASE);
  const flies = lasts + CAMPAIGN_MS + campaign.length * LEAD_MS.perRow;
  const store = await openStore({ uri, database: DATABASE });
  const started: ChildProcess[] = [];
  const simulator = env.TWILIO_API_BASE ?? '';
  try {
    await unpace(store, false);
    await insertTexters(store, env, FIRST.warm, warm);
    await insertTexters(store, env, FIRST.idle, idle);
    const rows = await insertTexters(store, env, FIRST.campaign, campaign);
    started.push(await startSimulator({ children, env }, false, false));
    const first = startRole({ children, env }, 'worker');
    started.push(startRole({ children, env }, 'web'), first);
    await answers(`${env.PUBLIC_URL}/readyz`, 30_000);
    await runPass(await preparePass(children, env, warm, FIRST.warm), Date.now() + LEAD_MS.least);
    const alone = await runPass(
      await preparePass(children, env, idle, FIRST.idle),
      Date.now() + LEAD_MS.least,
    );
    const idleReplies = await replyTimes(simulator, alone.posted);
    // Nothing of the campaign is sent while it is planned.
    await children.end(first, 'SIGTERM');
    await planRows(env, Math.ceil((flies * MOST_PER_SECOND) / 1000), false);
    const pass = await preparePass(children, env, campaign, FIRST.campaign);
    started.push(startRole({ children, env }, 'worker'));
    const { posted, ...beside } = await runPassDuringCampaign(store, pass, rows, lasts);
    const replies = { idle: idleReplies, campaign: await replyTimes(simulator, posted) };
    const late = [...alone.late, ...beside.late];
    return { ...beside, replies, idle: alone.took.map(({ ms }) => ms), late };
  } finally {
    await store.close();
    for (const child of started) await children.end(child, 'SIGKILL');
  }
}
