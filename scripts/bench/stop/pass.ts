import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../src/config.ts';
import { laneOf } from '../../../src/domain/sending/lanes.ts';
import { type DeliveryDoc, findDeliveries, QUEUE } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { type Children, messageOf } from '../../rig/children.ts';
import { CAMPAIGN } from '../dispatch/rows.ts';
import { numberOf } from '../people.ts';
import { TO } from '../serve.ts';
import { type Arrival, metBy } from './arrivals.ts';
import type { StopDone, StopGo, StopOrder, StopReady } from './generator.ts';
import { planAimed } from './people.ts';
import { type PostedStop, postedOf } from './replies.ts';
import type { StopTimes } from './report.ts';

/** STOPs during this time at the beginning of a pass are not measured, ms. */
export const WARM_MS = 2000;

/** The time between the order to begin and the beginning, ms, and how much longer for each row that is planned meanwhile. */
export const LEAD_MS = { least: 1500, perRow: 1 };

/** One pass: the process that sends the texts, which are already signed, and who texts at which time. */
export type StopPass = { generator: ChildProcess; planned: readonly Arrival[]; first: number };

export async function preparePass(
  children: Children,
  env: NodeJS.ProcessEnv,
  planned: readonly Arrival[],
  first: number,
): Promise<StopPass> {
  const publicUrl = env.PUBLIC_URL ?? '';
  const address = {
    host: new URL(publicUrl).host,
    publicUrl,
    to: TO,
    account: env.TWILIO_ACCOUNT_SID ?? '',
    authToken: env.TWILIO_AUTH_TOKEN ?? '',
  };
  const file = join(ROOT, 'scripts', 'bench', 'stop', 'generator.ts');
  const generator = children.start(file, { execArgv: ['--import', 'tsx'] });
  const stops = planned.map(({ at }, place) => ({ from: numberOf(first + place), at }));
  generator.send({ kind: 'order', port: Number(env.PORT), address, stops } satisfies StopOrder);
  await messageOf<StopReady>(generator, 'ready');
  return { generator, planned, first };
}

/** `took`: ms of each measured STOP; `posted`: the measured STOPs as they were posted; `late`: how late all STOPs were posted. */
type StopPassResult = { took: { arrival: Arrival; ms: number }[]; posted: PostedStop[]; late: number[] };

/** Rejects if the gateway did not accept a STOP. */
export async function runPass(
  { generator, planned, first }: StopPass,
  startsAt: number,
): Promise<StopPassResult> {
  if (!generator.connected) throw new Error('the process that sends the texts has ended');
  const done = messageOf<StopDone>(generator, 'done');
  generator.send({ kind: 'go', startsAt } satisfies StopGo);
  const { took, late, wrong } = await done;
  if (wrong > 0) throw new Error(`${wrong} of ${took.length} STOPs were not taken`);
  const all = planned.map((arrival, at) => ({ arrival, ms: took[at] ?? Number.NaN }));
  const isMeasured = ({ at }: Arrival): boolean => at >= WARM_MS;
  const posted = postedOf(planned, { first, startsAt, late });
  return {
    took: all.filter(({ arrival }) => isMeasured(arrival)),
    posted: posted.filter((_, at) => isMeasured(planned[at] as Arrival)),
    late,
  };
}

/** Runs a pass during the campaign, after its first messages have left. `rows`: messages of the aimed people; `lasts`: ms. */
export async function runPassDuringCampaign(
  store: Store,
  pass: StopPass,
  rows: readonly DeliveryDoc[],
  lasts: number,
): Promise<Pick<StopTimes, 'ready' | 'aimed' | 'late' | 'perSecond'> & { posted: PostedStop[] }> {
  const all = await rowsLeft(store);
  while ((await rowsLeft(store)) === all) await until(Date.now() + 20);
  const startsAt = Date.now() + LEAD_MS.least + rows.length * LEAD_MS.perRow;
  await planAimed(store, rows, pass.planned, startsAt);
  if (Date.now() > startsAt)
    throw new Error('the messages of the people who will text STOP were planned too late');
  const [{ took, posted, late }, perSecond] = await Promise.all([
    runPass(pass, startsAt),
    messagesPerSecond(store, startsAt + WARM_MS, startsAt + lasts),
  ]);
  const ended = new Map((await findDeliveries(store, rows.map(idOf))).map((row) => [row._id, row]));
  const aimedAt = pass.planned.filter(({ group }) => group === 'aimed');
  const rowOf = new Map(aimedAt.map((arrival, at) => [arrival, ended.get(rows[at]?._id ?? '')]));
  const ready = took.flatMap(({ arrival, ms }) => (arrival.group === 'ready' ? ms : []));
  const aimed = took.flatMap(({ arrival, ms }) => {
    const row = rowOf.get(arrival);
    return row === undefined ? [] : { ms, met: metBy(row, startsAt + arrival.at) };
  });
  return { ready, aimed, posted, late, perSecond };
}

const idOf = ({ _id }: DeliveryDoc): string => _id;

/** Counts the rows of the campaign that are not claimed yet. */
const rowsLeft = (store: Store): Promise<number> =>
  store.deliveries.countDocuments(
    { sender: TO, lane: laneOf('marketing', CAMPAIGN), state: 'planned' },
    { hint: QUEUE },
  );

/** Measures what the campaign sends between two times. Rejects if the campaign ended earlier. */
async function messagesPerSecond(store: Store, from: number, to: number): Promise<number> {
  await until(from);
  const [before, began] = [await rowsLeft(store), performance.now()];
  await until(to);
  const [after, ended] = [await rowsLeft(store), performance.now()];
  if (after === 0) throw new Error('The campaign ended too soon: the figures would be too low.');
  return ((before - after) * 1000) / (ended - began);
}

const until = (moment: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - Date.now())));
