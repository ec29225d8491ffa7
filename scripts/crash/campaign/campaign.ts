import { OF_CAMPAIGN } from '../../../src/store/deliveries/delivery.ts';
import { seedAudience } from '../../seed/audience/audience.ts';
import { numberAt } from '../../seed/audience/numbers.ts';
import { emptyActLog } from '../race/acts.ts';
import { watchScans } from '../race/counts/scans.ts';
import { factLines, violationsOf } from '../race/counts/sum.ts';
import type { ReadPositions } from '../race/evidence/collect.ts';
import { untilQuiet } from '../race/quiet.ts';
import { type Stress, USUAL } from '../race/stress.ts';
import { type RaceSystem, startSystem } from '../race/system.ts';
import type { Outcome, Scenario, ScenarioContext } from '../scenario.ts';
import { collectAll } from './collect.ts';
import { type FlightResult, LEAST_KILLS, runCampaignFlight } from './flight.ts';
import { CAMPAIGN, EARLIER, IN_AUDIENCE, order, prepareCampaigns, readCampaign } from './orders.ts';
import {
  CAMPAIGN_COUNTS,
  type CampaignCount,
  type CampaignEvidence,
  reconcileCampaign,
} from './reconcile.ts';

export const CAMPAIGN_SCENARIO: Scenario = {
  name: 'campaign',
  about:
    'one campaign through the API: workers die while they plan and send, people text STOP, and somebody pauses it',
  nodes: 1,
  people: 3000,
  run,
};

/** The carrier loses most receipts, fails some messages, and is busy now and then. */
const BEHAVIOURS = [
  { match: { share: 0.9 }, on: 'status', effect: { kind: 'lose' } },
  { match: { share: 0.02 }, on: 'create', effect: { kind: 'errorCallback', code: 30003 } },
  { match: { share: 0.004 }, on: 'create', effect: { kind: 'http429' } },
  { match: { share: 0.1 }, on: 'inbound', effect: { kind: 'duplicate', times: 1 } },
];

/** Share of the sender's usual 800 segments a second. A small audience still takes about ten seconds at this rate. */
const shareFor = (people: number): number => Math.min(4, Math.max(0.1, people / 12_000));

async function run(stage: ScenarioContext): Promise<Outcome> {
  const { people } = stage.size;
  const stress: Stress = { ...USUAL, behaviours: BEHAVIOURS, rateShare: shareFor(people) };
  const system = await startSystem(stage, stress);
  const place: ReadPositions = { ledger: -1, stamps: 0 };
  await seedAudience(system.store, system.config, {
    ...{ people, seed: stage.seed, now: new Date() },
    progress: () => undefined,
  });
  stage.say(`  ${people} people are in the database`);
  const since = new Date();
  await prepareCampaigns(system);
  await earlier(system);
  const audience = await audienceOf(system);
  const actLog = emptyActLog();
  const numbers = Array.from({ length: people }, (_, at) => numberAt(at).number);
  await watchScans(system.store);
  const from = process.hrtime.bigint();
  const crew = { numbers, people: audience.length, seed: stage.seed, actLog };
  const flown = await runCampaignFlight(system, crew);
  stage.say(
    `  The campaign was sent in ${(flown.flownMs / 1000).toFixed(1)} s. Both sides are compared now.`,
  );
  const flight = { from, to: process.hrtime.bigint() };
  await untilQuiet(system, actLog, []);
  const { sum, carried } = await collectAll(system, { numbers, actLog, since, flight }, place);
  Object.assign(sum, { steps: 1, deaths: system.fleet.deaths() });
  const evidence = await campaignEvidence(system, audience, carried, flown);
  const ended = system.fleet.ended();
  await system.close();
  return {
    facts: [...flightLines(evidence, flown), ...factLines(sum)],
    violations: [
      ...violationsOf(sum),
      ...campaignViolations(evidence),
      { name: 'ended', words: 'processes that ended by themselves', count: ended },
      { name: 'unkilled', words: 'kills that did not happen', count: Math.max(0, LEAST_KILLS - sum.deaths) },
    ],
  };
}

/** Runs an earlier campaign to a few of the same people to its end. */
async function earlier(system: RaceSystem): Promise<void> {
  await order(system, 'POST', `/campaigns/${EARLIER}/start`, {});
  while ((await readCampaign(system, EARLIER)).state !== 'finished')
    await new Promise((resolve) => setTimeout(resolve, 100));
}

async function audienceOf({ store }: RaceSystem): Promise<string[]> {
  const found = await store.contacts.find(IN_AUDIENCE, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id);
}

async function campaignEvidence(
  system: RaceSystem,
  audience: string[],
  carried: CampaignEvidence['carried'],
  { paused }: FlightResult,
): Promise<CampaignEvidence> {
  const { state, progress } = await readCampaign(system, CAMPAIGN);
  const rows = await system.store.deliveries
    .find({ campaign: CAMPAIGN }, { projection: { contact: 1, state: 1 }, hint: OF_CAMPAIGN })
    .map(({ _id: id, contact, state }) => ({ id, contact, state }))
    .toArray();
  return { audience, rows, state, progress, carried, paused };
}

const SAMPLES = 3;

function campaignViolations(evidence: CampaignEvidence): Outcome['violations'] {
  return Object.entries(reconcileCampaign(evidence)).map(([name, found]) => {
    const some = found.length === 0 ? '' : `: ${found.slice(0, SAMPLES).join('; ')}`;
    return { name, words: CAMPAIGN_COUNTS[name as CampaignCount] + some, count: found.length };
  });
}

function flightLines({ audience, rows, progress, carried }: CampaignEvidence, flown: FlightResult): string[] {
  const ids = new Set(rows.map((row) => row.id));
  const made = carried.filter((message) => ids.has(message.delivery)).length;
  const { flownMs, plannedMs, pausedMs } = flown;
  const states = Object.entries(progress.messages).filter(([, count]) => count > 0);
  const perSecond = (count: number, ms: number): string => ((count * 1000) / ms).toFixed(0);
  return [
    `  ${audience.length} people, ${rows.length} rows: ${states.map(([state, count]) => `${count} ${state}`).join(', ')}`,
    `  planned in ${(plannedMs / 1000).toFixed(1)} s (${perSecond(rows.length, plannedMs)} people/s) while it flew`,
    `  ${made} messages at the carrier in ${(flownMs / 1000).toFixed(1)} s, ${(pausedMs / 1000).toFixed(0)} of them paused: ${perSecond(made, flownMs - pausedMs)}/s`,
  ];
}
