import type { DatabaseRig } from '../../../rig/database.ts';
import type { ReplicaSet } from '../../../rig/replica-set.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** Nobody learns of it while the primary stands still: the others elect one meanwhile, ms. */
const FROZEN_MS = 5000;

/** How long a primary that stepped down may not be one again, s. */
const DOWN_SECONDS = 10;

/** Between two troubles, ms. */
const REST_MS = 1500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The primary is killed, steps down and stands still, each once the set has one again. */
async function failThrice({ claims }: RaceSystem, rig: DatabaseRig): Promise<void> {
  const set = setOf(rig);
  const killed = await set.primary();
  await killed.kill();
  claims.look();
  await set.primary();
  claims.look();
  await killed.start();
  await pause(REST_MS);
  const down = await set.primary();
  await down.command({ replSetStepDown: DOWN_SECONDS, secondaryCatchUpPeriodSecs: 3, force: true });
  claims.look();
  await set.primary();
  claims.look();
  await pause(REST_MS);
  const frozen = await set.primary();
  claims.look();
  frozen.freeze();
  await pause(FROZEN_MS);
  claims.look();
  frozen.thaw();
  await set.primary();
  claims.look();
}

/** Of the flight, in which one secondary applies nothing: what is read there grows old, ms. */
const LAG_MS = 12_000;

/** A secondary lags, and nobody who reads from the primary alone notices. */
async function lagBehind(_: RaceSystem, rig: DatabaseRig): Promise<void> {
  const set = setOf(rig);
  const primary = await set.primary();
  const lagging = set.nodes.find((node) => node !== primary);
  const lag = (mode: string) => lagging?.command({ configureFailPoint: 'rsSyncApplyStop', mode });
  await lag('alwaysOn');
  await pause(LAG_MS);
  await lag('off');
}

function setOf({ set }: DatabaseRig): ReplicaSet {
  if (set === null) throw new Error('a failover needs a set of several nodes');
  return set;
}

/** It takes longer than the usual flight, so people act for longer too; three nodes on one machine carry fewer. */
const FAIL_THRICE: Stress = {
  ...USUAL,
  faultsOf: () => [],
  nodes: 3,
  databaseFails: true,
  peopleShare: 0.3,
  flightMs: 20_000,
  meanwhileAt: 0.15,
  meanwhile: failThrice,
  logLevel: 'fatal',
};

/** What only a read from a secondary would take notice of. */
export const LAGGING: Stress = {
  ...FAIL_THRICE,
  databaseFails: false,
  meanwhileAt: 0.1,
  meanwhile: lagBehind,
};

export const FAILOVER = raceUnder(
  'failover',
  'the race on three nodes whose primary is killed, steps down and stands still',
  FAIL_THRICE,
);
