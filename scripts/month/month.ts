import { z } from 'zod';
import type { Config } from '../../src/config.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import { createLog } from '../../src/running/log.ts';
import type { OwnNumber } from '../../src/simulator/options.ts';
import { writeSender } from '../../src/store/consent/programs.ts';
import { defineSetting } from '../../src/store/settings.ts';
import { DATABASE, openStore, type Store } from '../../src/store/store.ts';
import { seedAudience } from '../seed/audience/audience.ts';
import { SENDERS } from '../seed/programs.ts';
import { dateOf, momentOf, monthStart } from './calendar.ts';
import { type Cast, type CastOptions, castOf } from './cast.ts';
import { createClock } from './clock.ts';
import { type DayTold, type Play, playDay, type RunJobs } from './day.ts';
import { readFigures } from './figures.ts';
import { lookBack } from './look-back.ts';
import type { Reckoning } from './reckoning.ts';
import { createJobRunner } from './run-jobs.ts';
import { openStage } from './stage.ts';
import { duplicatesLine, monthTable, reckoningTable } from './tables.ts';
import { readTruth, writeTruth } from './truth.ts';
import { giveAddresses, readDuplicates } from './twins.ts';

export type MonthOptions = {
  mongodb: string;
  database?: string;
  config: Config;
  numbers: readonly OwnNumber[];
  apiKey: string;
  people: number;
  days: number;
  seed: number;
  times?: number;
  now: Date;
  say: (line: string) => void;
  /** Who runs the jobs; the worker's table, in this process, where nobody says more. */
  runJobs?: (start: Date) => RunJobs;
};

/** How far a month is, and which one it is: a second start goes on with it. */
type Progress = CastOptions & { start: Date; done: number };

const PROGRESS = defineSetting<Progress, null>(
  'demo month',
  z.strictObject({
    seed: z.number(),
    people: z.number(),
    days: z.number(),
    times: z.number().exactOptional(),
    start: z.date(),
    done: z.number(),
  }),
  null,
);

/** Segments a second: what the machine does, not what a short code is allowed, is the month's limit. */
const FAST = 10_000;

/**
 * Plays the month that lies behind us, from where it was broken off, and compares its end with what really happened.
 * Throws where the database holds people whose past reaches into it.
 */
export async function playMonth(options: MonthOptions): Promise<Reckoning> {
  const database = options.database ?? DATABASE;
  const store = await openStore({ uri: options.mongodb, database });
  try {
    const progress = await begin(store, options);
    await setRates(store, FAST);
    const reckoning = await play(store, options, progress, castOf(progress));
    await setRates(store, null);
    return reckoning;
  } finally {
    await store.close();
  }
}

async function begin(
  store: Store,
  { people, days, seed, times = 1, now, config, say }: MonthOptions,
): Promise<Progress> {
  const known = await PROGRESS.read(store);
  if (known !== null) return known;
  if ((await store.contacts.findOne({}, { projection: { _id: 1 } })) !== null) {
    throw new Error('A month needs a demo without people: give another DATA_DIR, or empty this one.');
  }
  const start = monthStart(now, days);
  say(`Seeding ${people} people, as they were on ${dateOf(start, 0)}`);
  await seedAudience(store, config, { people, seed, now: start, progress: () => undefined });
  const progress = { seed, people, days, times, start, done: 0 };
  await PROGRESS.write(store, progress, now);
  return progress;
}

async function play(store: Store, options: MonthOptions, progress: Progress, cast: Cast): Promise<Reckoning> {
  const { start, days, done } = progress;
  const { say, config, mongodb, database, numbers, apiKey } = options;
  const clock = createClock(momentOf(start, done, 0), () => performance.now());
  const own = { ...config, mongodbUri: mongodb, ...(database === undefined ? {} : { database }) };
  const log = createLog('error', 'month');
  const stage = await openStage({ config: own, numbers, apiKey, clock, log });
  try {
    const { context } = stage;
    const truth =
      done === 0
        ? writeTruth(context, cast, start, config.dataDir)
        : readTruth(context, cast, config.dataDir);
    const active = await truth;
    if (done === 0) await giveAddresses(stage, cast);
    say(`${active.length} of ${cast.members.length} people are on the active list when the month begins`);
    const runJobs = (options.runJobs ?? ((from) => createJobRunner(JOBS, from)))(momentOf(start, done, 0));
    await playDays({ stage, cast, start, runJobs }, { store, progress, say });
    return await tell(context, { cast, active, start, days, say });
  } finally {
    await stage.stop();
  }
}

type Telling = { store: Store; progress: Progress; say: (line: string) => void };

async function playDays(play: Play, { store, progress, say }: Telling): Promise<void> {
  for (let day = progress.done; day < progress.days; day += 1) {
    const began = performance.now();
    const told = await playDay(play, day);
    await PROGRESS.write(store, { ...progress, done: day + 1 }, new Date());
    say(dayLine(dateOf(play.start, day), told, (performance.now() - began) / 1000));
  }
  if (progress.done >= progress.days) say('The month was played before; this is how it ended.');
}

function dayLine(
  date: string,
  { campaigns, resumed, texts, signUps, jobs }: DayTold,
  seconds: number,
): string {
  const did = [...jobs].map(([what, count]) => `${what} ${count}`);
  const acts = [
    ...(campaigns === 0 ? [] : [`${campaigns} campaigns`]),
    ...(resumed === 0 ? [] : [`${resumed} resumed`]),
    `${texts} texts`,
    `${signUps} sign-ups`,
  ];
  return `${date}  ${acts.join(', ')}; ${did.length === 0 ? 'jobs found nothing' : did.join(', ')}; ${seconds.toFixed(1)} s`;
}

type End = { cast: Cast; active: Awaited<ReturnType<typeof readTruth>>; start: Date; days: number };

async function tell(
  context: AppContext,
  { cast, active, start, days, say }: End & Pick<Telling, 'say'>,
): Promise<Reckoning> {
  for (const line of monthTable(await readFigures(context, start, days))) say(line);
  say('');
  const reckoning = await lookBack(context, cast, { active, start });
  for (const line of reckoningTable(reckoning)) say(line);
  say(duplicatesLine(await readDuplicates(context, cast)));
  return reckoning;
}

/** Null: as the programs' senders are. */
async function setRates(store: Store, rate: number | null): Promise<void> {
  for (const sender of Object.values(SENDERS)) {
    await writeSender(store, rate === null ? sender : { ...sender, rate });
  }
}
