import type { Config } from '../../../src/config.ts';
import { DAY_MS } from '../../../src/domain/durations.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { countMoves } from '../../../src/reports/subscriber-moves.ts';
import { createLog } from '../../../src/running/log.ts';
import type { OwnNumber } from '../../../src/simulator/options.ts';
import { writeSender } from '../../../src/store/consent/programs.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { createClock } from '../../month/clock.ts';
import { type MonthStage, openStage } from '../../month/stage.ts';
import { freePort } from '../../rig/free-port.ts';
import { seedAudience } from '../audience/audience.ts';
import { DEMO_SENDERS } from '../programs.ts';
import { addContent, clientOf } from '../samples.ts';
import { castOf } from './cast.ts';
import { isPastBusy, perform, runJobs } from './perform.ts';
import { PAST_PROGRESS, type PastProgress } from './progress.ts';
import { type Scene, scenesOf } from './scenes.ts';

export type PastOptions = {
  mongodb: string;
  database?: string;
  config: Config;
  numbers: readonly OwnNumber[];
  apiKey: string;
  people: number;
  now: Date;
  say: (line: string) => void;
};

/** What the demo sends to the process that plays the past. The rest is in the environment, as for the gateway. */
export type PastOrders = Pick<PastOptions, 'mongodb' | 'numbers' | 'apiKey' | 'people'>;

/** The days of the past that are played. */
const DAYS = 30;

/** The seed, so that every demo has the same past. It is that of the audience. */
const SEED = 1;

/** Segments a second. The past is limited by the speed of the machine, not by that of a short code. */
const FAST = 10_000;

/** What sums the past up, in this order. */
const CLOSING_JOBS = [
  'expire-prompts',
  'end-holds',
  'note-campaigns',
  'tell-clicks',
  'find-incidents',
  'bounce-sweep',
] as const;

/** Days that are summed up for the reports: the month, and as many days before to compare it with. The rest comes in the night. */
const SUMMED_DAYS = 2 * DAYS + 2;

/**
 * Plays the thirty days before the first start of a demo, in small, through gateway, worker and carrier on one clock that is set
 * forward: everything that the demo then shows of the past was written by the product. Goes on where an earlier start was
 * interrupted. Does nothing once it is over, and nothing where people came by another way. Returns true if it played.
 */
export async function playPast(options: PastOptions): Promise<boolean> {
  const store = await openStore({ uri: options.mongodb, database: options.database ?? DATABASE });
  try {
    const progress = await begin(store, options);
    if (progress === null || progress.finished) return false;
    await setRates(store, FAST);
    const done = await play(store, options, progress).finally(() => setRates(store, null));
    await PAST_PROGRESS.write(store, { ...progress, done, finished: true }, new Date());
    return true;
  } finally {
    await store.close();
  }
}

async function begin(store: Store, { people, config, now }: PastOptions): Promise<PastProgress | null> {
  const known = await PAST_PROGRESS.read(store);
  if (known === null && (await store.contacts.findOne({}, { projection: { _id: 1 } })) !== null) return null;
  const midnight = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const first = { people, start: new Date(midnight - DAYS * DAY_MS), end: now, done: 0, finished: false };
  const progress = known ?? first;
  if (known === null) await PAST_PROGRESS.write(store, progress, now);
  if (progress.finished) return progress;
  const audience = { people: progress.people, seed: SEED, now: progress.start, progress: () => undefined };
  await seedAudience(store, config, audience);
  return progress;
}

/** Resolves with the number of scenes. */
async function play(store: Store, options: PastOptions, progress: PastProgress): Promise<number> {
  const { people, start, end, done } = progress;
  const cast = castOf({ people, seed: SEED, start, days: DAYS });
  const scenes = scenesOf(cast, { start, end, days: DAYS });
  const clock = createClock(scenes[done]?.at ?? end, () => performance.now());
  const { mongodb, database, numbers, apiKey } = options;
  const config = {
    ...(await onFreePorts(options.config)),
    mongodbUri: mongodb,
    ...(database === undefined ? {} : { database }),
  };
  const log = createLog('error', 'past');
  const stage = await openStage({ config, numbers, apiKey, clock, log, busy: isPastBusy });
  try {
    await addContent(clientOf({ gateway: stage.gateway, apiKey }));
    await playScenes(stage, scenes, { store, progress, say: options.say });
    await sumUp(stage);
    return scenes.length;
  } finally {
    await stage.stop();
  }
}

async function sumUp(stage: MonthStage): Promise<void> {
  const { context } = stage;
  await runJobs(stage, CLOSING_JOBS);
  await countMoves(context, () => true, 0);
  let days = SUMMED_DAYS * context.catalog.current().book.programs.length;
  await buildDailyFigures(context, () => {
    days -= 1;
    return days >= 0;
  });
  await runJobs(stage, ['quality']);
  await stage.settled();
}

/** Time between two lines of progress, ms. */
const TELL_MS = 5000;

type Playing = { store: Store; progress: PastProgress; say: (line: string) => void };

async function playScenes(
  stage: MonthStage,
  scenes: readonly Scene[],
  { store, progress, say }: Playing,
): Promise<void> {
  let told = performance.now();
  for (let done = progress.done; done < scenes.length; done += 1) {
    const scene = scenes[done] as Scene;
    stage.clock.setTo(scene.at);
    await perform(stage, scene);
    await stage.settled();
    await PAST_PROGRESS.write(store, { ...progress, done: done + 1 }, new Date());
    if (performance.now() - told < TELL_MS) continue;
    told = performance.now();
    say(`The last thirty days are being played: ${Math.round((100 * done) / scenes.length)} %`);
  }
}

/** Nobody reaches the gateway of the past. Its links begin with the address of the present one. */
async function onFreePorts(config: Config): Promise<Config> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const apiBase = `http://127.0.0.1:${simulatorPort}`;
  const { workerPort: _, ...rest } = config;
  return {
    ...rest,
    port,
    simulatorPort,
    twilio: { ...config.twilio, apiBase, lookupBase: apiBase },
  } as Config;
}

/** Null: as the senders of the programs are. */
async function setRates(store: Store, rate: number | null): Promise<void> {
  for (const sender of Object.values(DEMO_SENDERS)) {
    await writeSender(store, rate === null ? sender : { ...sender, rate });
  }
}
