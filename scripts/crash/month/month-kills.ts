import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { loadConfig } from '../../../src/config.ts';
import { BREAKER_RULES, USUAL_LIMITS } from '../../../src/domain/campaigns/breaker.ts';
import { JOBS } from '../../../src/jobs/table.ts';
import { seededDraws } from '../../../src/simulator/draws.ts';
import { writeCampaignRules } from '../../../src/store/campaign-rules.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { playMonth } from '../../month/month.ts';
import type { Reckoning } from '../../month/reckoning.ts';
import { createJobRunner, type RunOnce } from '../../month/run-jobs.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { SENDERS } from '../../seed/programs.ts';
import { seed } from '../../seed/seed.ts';
import type { Outcome, Scenario, Stage } from '../scenario.ts';
import { type EndState, endStateOf, PARTS, unlike } from './end-state.ts';
import { createKilling } from './killing.ts';

export const MONTH_KILLS: Scenario = {
  name: 'month',
  about:
    'a small month is played twice, once with jobs that are killed at random and run again; both end alike',
  nodes: 1,
  people: 300,
  run,
};

/** Long enough for an outage that three campaigns meet. */
const DAYS = 20;

type Played = { end: EndState; reckoning: Reckoning };

async function run(stage: Stage): Promise<Outcome> {
  const draw = seededDraws(stage.seed);
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const env = gatewayEnvironment({ folder: stage.rig.folder, uri: stage.rig.uri, port, simulatorPort });
  const whole = await playIn(stage, 'crash_month_whole', env, undefined);
  const killing = createKilling({ children: stage.children, env, database: 'crash_month_killed', draw });
  const killed = await playIn(stage, 'crash_month_killed', env, killing.runOnce);
  await killing.end();
  const entries = [...whole.end.events.values()].join('').split('; ').length;
  const facts = [
    `  ${killing.kills()} runs of jobs killed; ${whole.end.events.size} people, ${entries} entries in ledgers`,
  ];
  const unequal = PARTS.map((name) => ({
    name,
    words: `people whose ${name} are not those of the month that was left alone`,
    count: unlike(whole.end, killed.end, name).length,
  }));
  const violations = [
    { name: 'unkilled', words: 'months in which nothing was killed', count: killing.kills() === 0 ? 1 : 0 },
    ...unequal,
    {
      name: 'wrong',
      words: 'good numbers wrongly removed, in both',
      count: whole.reckoning.wrong + killed.reckoning.wrong,
    },
    {
      name: 'ignored',
      words: 'people who asked us to stop and would still be texted, in both',
      count: whole.reckoning.ignored + killed.reckoning.ignored,
    },
  ];
  return { facts, violations };
}

/** One month in a database of its own, which is dropped. `runOnce` absent: jobs run in this process. */
async function playIn(
  { rig, seed: monthSeed, size, say }: Stage,
  database: string,
  env: NodeJS.ProcessEnv,
  runOnce: RunOnce | undefined,
): Promise<Played> {
  const store = await openStore({ uri: rig.uri, database });
  try {
    await store.db.dropDatabase();
    await seed(rig.uri, database);
    const now = new Date();
    await neverPause(store, now);
    const { key: apiKey } = await createKey(store, { name: 'month', scopes: SCOPES }, now);
    const config = loadConfig(env);
    const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
    const numbers = Object.values(SENDERS).map((sender) => ({ ...sender, inboundUrl }));
    const reckoning = await playMonth({
      ...{ mongodb: rig.uri, database, config, numbers, apiKey, people: size.people, days: DAYS },
      ...{ seed: monthSeed, now, say: (line) => say(`  ${line}`) },
      runJobs: (start) => createJobRunner(JOBS, start, runOnce),
    });
    return { end: await endStateOf(store), reckoning };
  } finally {
    await store.db.dropDatabase();
    await store.close();
  }
}

/** Who got a message before a campaign paused itself depends on the machine's speed, and so would the end. */
async function neverPause(store: Store, now: Date): Promise<void> {
  const breaker = { ...USUAL_LIMITS };
  for (const rule of BREAKER_RULES) breaker[rule] = { ...USUAL_LIMITS[rule], most: 10_000 };
  await writeCampaignRules(store, { approvalOver: null, breaker }, now);
}
