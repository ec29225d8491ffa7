import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { NODE_FLAGS, ROOT } from '../../../src/config.ts';
import { findCampaign } from '../../../src/store/campaigns/campaigns.ts';
import { OF_CAMPAIGN } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { answers, type Children } from '../../rig/children.ts';
import { startSimulator } from '../dispatch/dispatch.ts';

/** The figures of one campaign. `megabytes`: the peak memory of each process, of which each did nothing else. */
export type PlanPass = {
  campaign: string;
  people: number;
  /** The time from posting "go" to the first byte of a create call at the carrier. */
  firstMs: number;
  /** People planned a second, from "go" to the end of the plan. */
  perSecond: number;
  sentPerSecond: number;
  megabytes: { web: number; worker: number };
};

type Ground = { children: Children; env: NodeJS.ProcessEnv; store: Store };

const START_MS = 30_000;

/** How long the campaign is sent after the end of the plan, ms, so that the peak includes the memory of sending. */
const AFTER_MS = 5000;

/** Runs one campaign to all subscribers, with processes that were just started. */
export async function planPass({ children, env, store }: Ground, campaign: string): Promise<PlanPass> {
  const { key } = await createKey(store, { name: campaign, scopes: SCOPES }, new Date());
  const main = join(ROOT, 'dist', 'src', 'main.js');
  const start = (role: 'web' | 'worker'): ChildProcess =>
    children.start(main, { env: { ...env, ROLE: role }, execArgv: [...NODE_FLAGS[role]] });
  const simulator = await startSimulator({ children, env }, false, false);
  const web = start('web');
  const worker = start('worker');
  try {
    await answers(`${env.PUBLIC_URL}/readyz`, START_MS);
    const post = poster(env, key);
    await prepare(post, campaign);
    // A worker that has just started checks its campaigns a little later than one that has run for long.
    await pause(2000);
    const began = process.hrtime.bigint();
    await post('POST', `/campaigns/${campaign}/start`, {});
    const first = await firstHandOver(env);
    const plan = await planned(store, campaign);
    const seconds = Number(plan.at - began) / 1e9;
    const sent = await store.deliveries.countDocuments({ campaign, state: 'accepted' });
    await pause(AFTER_MS);
    return {
      ...{ campaign, people: plan.people },
      firstMs: Number(first - began) / 1e6,
      perSecond: plan.people / seconds,
      sentPerSecond: sent / seconds,
      megabytes: { web: peakOf(web), worker: peakOf(worker) },
    };
  } finally {
    for (const child of [web, worker, simulator]) await children.end(child, 'SIGKILL');
    // Nothing of this campaign is left for the next pass to send.
    await store.campaigns.updateOne({ _id: campaign }, { $set: { state: 'canceled' } });
    const canceled = { $set: { state: 'canceled' as const }, $unset: { open: '' as const } };
    await store.deliveries.updateMany({ campaign, open: true }, canceled, { hint: OF_CAMPAIGN });
  }
}

type Post = (method: 'PUT' | 'POST', path: string, body: object) => Promise<void>;

function poster(env: NodeJS.ProcessEnv, key: string): Post {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return async (method, path, body) => {
    const sent = { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${env.PUBLIC_URL}/api/v1${path}`, sent);
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  };
}

async function prepare(post: Post, campaign: string): Promise<void> {
  const texts = { en: '{brand}: {first_name|friend}, 20% off in {city|your town} until Sunday' };
  await post('PUT', '/templates/bench', { program: 'deals', texts });
  const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
  const of = { program: 'deals', topic: 'deals', template: 'bench', segment };
  await post('PUT', `/campaigns/${campaign}`, { name: 'Planning', ...of });
}

/** The time of the first byte of the first create call, by the clock of the machine, which carrier and bench share. */
async function firstHandOver(env: NodeJS.ProcessEnv): Promise<bigint> {
  for (const giveUp = performance.now() + START_MS; performance.now() < giveUp; await pause(10)) {
    const answer = await fetch(`${env.TWILIO_API_BASE}/sim/ledger`);
    const [line = ''] = (await answer.text()).split('\n');
    if (line === '') continue;
    const { headersAt, begunAt } = JSON.parse(line) as { headersAt: string | null; begunAt: string };
    return BigInt(headersAt ?? begunAt);
  }
  throw new Error('no message was sent within half a minute');
}

async function planned(store: Store, campaign: string): Promise<{ people: number; at: bigint }> {
  for (;;) {
    const found = await findCampaign(store, campaign);
    if (found?.plan.complete) return { people: found.plan.people, at: process.hrtime.bigint() };
    await pause(50);
  }
}

/** The most memory that a process ever had resident, MB. Source: proc(5), VmHWM. */
function peakOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
