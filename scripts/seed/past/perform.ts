import type { AppContext } from '../../../src/consent/app-context.ts';
import { openContacts } from '../../../src/consent/contact-refs.ts';
import { JOBS } from '../../../src/jobs/job-table.ts';
import { pausedLanes } from '../../../src/store/campaigns/ending.ts';
import { findContacts } from '../../../src/store/contacts/contacts.ts';
import { beginJobs } from '../../../src/store/jobs.ts';
import { inThisProcess } from '../../month/run-jobs.ts';
import type { MonthStage } from '../../month/stage.ts';
import { DEMO_SENDERS } from '../programs.ts';
import { type PastAct, type Scene, sidOf } from './scenes.ts';
import { LEAVING } from './words.ts';

/** The number of acts under way at the same time. */
const AT_ONCE = 12;

/** Answers of the API to a request that was made before. */
const MADE_BEFORE: readonly number[] = [404, 409];

/** A browser: clicks of programs do not count. */
const BROWSER = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1';

/** Longest wait for a campaign to pause by itself, ms. */
const PAUSE_MS = 60_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Performs the acts of a scene side by side. Rejects with the first that failed. */
export async function perform(stage: MonthStage, { acts }: Pick<Scene, 'acts'>): Promise<void> {
  const left = [...acts];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let act = left.shift(); act !== undefined; act = left.shift()) await performAct(stage, act);
  });
  await Promise.all(lanes);
}

async function performAct(stage: MonthStage, act: PastAct): Promise<void> {
  switch (act.do) {
    case 'text':
      return stage.text(act.from, act.to, act.body, act.sid);
    case 'call':
      return request(stage, act.method, act.path, act.body, act.key).then(() => undefined);
    case 'behave':
      return stage.behave(act.rules);
    case 'click':
      return click(stage, act.number);
    case 'decide':
      return decideHolds(stage, act.decision);
    case 'mark':
      return markPhone(stage, act);
    case 'leave':
      return leave(stage, act);
    case 'jobs':
      return runJobs(stage, act.names);
    default:
      return act satisfies never;
  }
}

async function request<T>(
  stage: MonthStage,
  method: string,
  path: string,
  body?: object,
  key?: string,
): Promise<T> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const answer = await stage.api(method, path, body, headers);
  if (answer.status < 300 || MADE_BEFORE.includes(answer.status)) return answer.body as T;
  throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Opens the link of the last message that has one. Somebody who got none does nothing. */
async function click({ gateway, handset }: MonthStage, number: string): Promise<void> {
  const messages = await handset(number);
  const links = messages.flatMap(({ direction, body }) =>
    direction === 'out' ? (/\/l\/\w+/.exec(body)?.[0] ?? []) : [],
  );
  const last = links.at(-1);
  if (last === undefined) return;
  const headers = { 'user-agent': BROWSER, accept: 'text/html' };
  await fetch(gateway + last, { redirect: 'manual', headers });
}

type Listed = { items: { id: string }[] };

async function decideHolds(stage: MonthStage, decision: 'release' | 'opt-out'): Promise<void> {
  const { items } = await request<Listed>(stage, 'GET', '/holds');
  for (const { id } of items) {
    const reason = { reason: 'Weekly round of the holds' };
    await request(stage, 'POST', `/holds/${id}/read`, reason);
    await request(stage, 'POST', `/holds/${id}/decide`, { ...reason, decision });
  }
}

async function markPhone(stage: MonthStage, { number: phone, name }: { number: string; name: string }) {
  const { contact } = await request<{ contact: string }>(stage, 'POST', '/contacts', { phone });
  await request(stage, 'PUT', `/test-recipients/${contact}`, { name });
}

async function leave(stage: MonthStage, { campaign, people }: { campaign: string; people: number }) {
  const { context } = stage;
  const state = async (): Promise<string> =>
    (await request<{ state: string }>(stage, 'GET', `/campaigns/${campaign}`)).state;
  if ((await state()) !== 'sending') return;
  await stage.settled();
  const got = await context.store.deliveries
    .find({ campaign, state: 'delivered' }, { projection: { contact: 1 } })
    .sort({ finalAt: -1, _id: 1 })
    .limit(people)
    .toArray();
  const ids = got.map(({ contact }) => contact);
  const holders = await openContacts(context, await findContacts(context.store, ids));
  for (const [nth, { number }] of holders.entries()) await stage.text(...leaving(number, nth));
  const until = performance.now() + PAUSE_MS;
  while ((await state()) === 'sending' && performance.now() < until) await sleep(100);
}

const leaving = (number: string, nth: number): Parameters<MonthStage['text']> => [
  number,
  DEMO_SENDERS.shop.number,
  LEAVING.en[nth % LEAVING.en.length] ?? 'STOP',
  sidOf(`${number} left a campaign`),
];

/** Runs jobs of the worker once each, in this order. */
export async function runJobs(stage: MonthStage, names: readonly string[]): Promise<void> {
  await beginJobs(
    stage.context.store,
    JOBS.map(({ name }) => name),
  );
  for (const name of names) {
    const job = JOBS.find((row) => row.name === name);
    if (job === undefined) throw new Error(`there is no job "${name}"`);
    await inThisProcess(stage, job);
  }
}

const ID = { projection: { _id: 1 } } as const;

/**
 * Whether a campaign is being planned, or a message is due or under way. A campaign that is spread over hours is not waited for.
 */
export async function isPastBusy({ store, now }: Pick<AppContext, 'now' | 'store'>): Promise<boolean> {
  const planning = {
    state: { $in: ['scheduled' as const, 'sending' as const] },
    startAt: { $lte: now() },
    'plan.complete': { $ne: true },
  };
  if ((await store.campaigns.findOne(planning, ID)) !== null) return true;
  const lane = { $nin: [...(await pausedLanes(store))] };
  const leaving = {
    open: true as const,
    state: { $in: ['planned' as const, 'sending' as const] },
    $or: [{ state: 'sending' as const }, { lane, dueAt: { $lte: now() } }],
  };
  return (await store.deliveries.findOne(leaving, { ...ID, hint: 'open-of-contact' })) !== null;
}
