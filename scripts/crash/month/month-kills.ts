import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { loadConfig } from '../../../src/config.ts';
import { BREAKER_RULES, USUAL_LIMITS } from '../../../src/domain/campaigns/auto-pause.ts';
import { JOBS } from '../../../src/jobs/job-table.ts';
import { seededDraws } from '../../../src/simulator/behaviours.ts';
import { writeCampaignRules } from '../../../src/store/campaigns/campaigns.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { playMonth } from '../../month/month.ts';
import type { Reckoning } from '../../month/reckoning.ts';
import { createJobRunner, type RunOnce } from '../../month/run-jobs.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { SENDERS } from '../../seed/programs.ts';
import { seed } from '../../seed/seed.ts';
import type { Outcome, Scenario, ScenarioContext, Violation } from '../scenario.ts';
import { type EndState, type EndStatePart, endStateOf, LOST, OF_ALL, OF_PEOPLE, PARTS } from './end-state.ts';
import { ASKING, type Kills, killsByJob, killsOf, unproven } from './kill-times.ts';
import { createKilling, createTiming } from './killing.ts';

export const MONTH_KILLS: Scenario = {
  name: 'month',
  about:
    'a small month is simulated twice, once with jobs killed at random and run again; both must end the same',
  nodes: 1,
  people: 300,
  run,
};

/** Length of the month, long enough for an outage that three campaigns meet, and the factor on the usual share of bad numbers. */
const MONTH = { days: 20, times: 3 };

/** Carrier queries that run at the same time. One kill loses at most this many. */
const AT_ONCE = 8;

type Played = { end: EndState; reckoning: Reckoning };

async function run(stage: ScenarioContext): Promise<Outcome> {
  const draw = seededDraws(stage.seed);
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const env = {
    ...gatewayEnvironment({ folder: stage.rig.folder, uri: stage.rig.uri, port, simulatorPort }),
    TWILIO_LOOKUP_BASE: `http://127.0.0.1:${simulatorPort}`,
  };
  const now = new Date();
  const timing = createTiming();
  const left = { database: 'crash_month_whole', env, now, runOnce: timing.runOnce };
  const whole = await playIn(stage, left);
  const database = 'crash_month_killed';
  const killing = createKilling({ children: stage.children, env, database, draw, runs: timing.runs });
  const killed = await playIn(stage, { database, env, now, runOnce: killing.runOnce });
  await killing.end();
  return outcomeOf(whole, killed, killing.kills);
}

function outcomeOf(whole: Played, killed: Played, kills: Kills): Outcome {
  const { by, lost, questions, summed } = differencesBetween(whole.end, killed.end);
  const entries = [...whole.end.events.values()].join('').split('; ').length;
  const facts = [
    `  ${killsOf(kills)} runs of jobs killed (of these with work left): ${killsByJob(kills)}`,
    `  ${entries} entries in ledgers; compared ${PARTS.map((part) => `${part} ${whole.end[part].size}`).join(', ')}`,
    `  ${whole.reckoning.found} of ${whole.reckoning.bad} bad numbers found`,
    `  ${questions} questions to the carrier lost with their process; ${lost.length} people left out for that`,
    ...(summed ? [] : ['  figures of many people not compared: a lost question changed what they sum up']),
  ];
  const unequal = PARTS.map((name) => ({
    name,
    words: `${name} that are not those of the month that was left alone`,
    count: by.get(name)?.length ?? 0,
  }));
  const idle = unproven(kills);
  const violations = [
    {
      ...{ name: 'unkilled', count: idle.length },
      words: `cleaning jobs never killed with work left${idle.length === 0 ? '' : `: ${idle.join(', ')}`}`,
    },
    ...unequal,
    {
      ...{ name: 'lost', count: Math.max(0, questions - AT_ONCE * killsOf(kills, ASKING)) },
      words: `questions lost beyond ${AT_ONCE} for each kill of a job that asks`,
    },
    ...sumsOf([whole.reckoning, killed.reckoning]),
  ];
  return { facts, violations };
}

function sumsOf(months: readonly Reckoning[]): Violation[] {
  const all = (of: (reckoning: Reckoning) => number): number =>
    months.reduce((sum, month) => sum + of(month), 0);
  return [
    { name: 'wrong', words: 'good numbers wrongly removed, in both', count: all(({ wrong }) => wrong) },
    {
      ...{ name: 'ignored', count: all(({ ignored }) => ignored) },
      words: 'people who asked us to stop and would still be texted, in both',
    },
    {
      ...{ name: 'missed', count: all(({ missed }) => missed) },
      words: 'bad numbers that showed and would still be texted, in both',
    },
    {
      ...{ name: 'nothing', count: months.filter(({ found }) => found === 0).length },
      words: 'months in which nothing bad was found',
    },
  ];
}

type Playing = { database: string; env: NodeJS.ProcessEnv; now: Date; runOnce: RunOnce };

/** Plays one month in a database of its own and drops it. */
async function playIn(
  { rig, seed: monthSeed, size, say }: ScenarioContext,
  { database, env, now, runOnce }: Playing,
): Promise<Played> {
  const store = await openStore({ uri: rig.uri, database });
  try {
    await store.db.dropDatabase();
    await seed(rig.uri, database);
    await neverPause(store, now);
    const { key: apiKey } = await createKey(store, { name: 'month', scopes: SCOPES }, now);
    const config = loadConfig(env);
    const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
    const numbers = Object.values(SENDERS).map((sender) => ({ ...sender, inboundUrl }));
    const reckoning = await playMonth({
      ...{ mongodb: rig.uri, database, config, numbers, apiKey, people: size.people, ...MONTH },
      ...{ seed: monthSeed, now, say: (line) => say(`  ${line}`) },
      runJobs: (start) => createJobRunner(JOBS, start, runOnce),
    });
    return { end: await endStateOf(store), reckoning };
  } finally {
    await store.db.dropDatabase();
    await store.close();
  }
}

/** Disables auto-pause. Which messages leave before a pause depends on the speed of the machine, and so would the end. */
async function neverPause(store: Store, now: Date): Promise<void> {
  const breaker = { ...USUAL_LIMITS };
  for (const rule of BREAKER_RULES) breaker[rule] = { ...USUAL_LIMITS[rule], most: 10_000 };
  await writeCampaignRules(store, { approvalOver: null, breaker }, now);
}

/** The differences between two ends, as keys of each part. `lost`: people whose carrier query was lost in the second month. */
type EndDifferences = {
  by: Map<EndStatePart, string[]>;
  lost: string[];
  questions: number;
  /** False where sums over all people were left out. */
  summed: boolean;
};

/**
 * Compares two ends. Less may be known about a person whose carrier query was lost, by design, so that person is left out. Sums
 * over all people are left out too when such a loss changed messages or consent.
 */
export function differencesBetween(whole: EndState, killed: EndState): EndDifferences {
  const facts = [...killed.numberFacts].filter(([, fact]) => fact.includes(LOST));
  const lost = new Set(facts.map(([index]) => index));
  const ofLost = (key: string): boolean => key.split(' ').some((word) => lost.has(word));
  const differing = new Map(PARTS.map((part) => [part, differences(whole[part], killed[part])]));
  const touched = OF_PEOPLE.some(
    (part) => part !== 'numberFacts' && part !== 'holderAnswers' && differing.get(part)?.some(ofLost),
  );
  // Verification figures, and the score that counts them.
  const ofFacts = (key: string): boolean =>
    lost.size > 0 && /^(program|source) .* (verified|score)$/.test(key);
  const by = new Map(
    [...differing].map(([part, keys]): [EndStatePart, string[]] => {
      if ((OF_ALL as readonly EndStatePart[]).includes(part) && touched) return [part, []];
      return [part, keys.filter((key) => !ofLost(key) && !ofFacts(key))];
    }),
  );
  const questions = facts.reduce((sum, [, fact]) => sum + fact.split(LOST).length - 1, 0);
  return { by, lost: [...lost], questions, summed: !touched };
}

function differences(part: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const keys = new Set([...part.keys(), ...other.keys()]);
  return [...keys].filter((key) => part.get(key) !== other.get(key));
}
