import type { DatabaseRig } from '../../../rig/database.ts';
import type { ReplicaSet } from '../../../rig/replica-set.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** How long the primary is frozen, ms. The other nodes elect a new one meanwhile. */
const FROZEN_MS = 5000;

/** How long a primary that stepped down may not be elected again, s. */
const DOWN_SECONDS = 10;

/** Pause between two faults, ms. */
const REST_MS = 1500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the primary, makes the next one step down, and freezes the third, each after a new election. */
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

/** How long one secondary applies nothing, ms. Reads from it grow stale. */
const LAG_MS = 12_000;

/** Makes a secondary lag. A process that reads only from the primary does not notice. */
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
  if (set === null) throw new Error('a failover needs a replica set of several nodes');
  return set;
}

/** Three failovers take longer than the usual flight, so people act for longer. Three nodes on one machine carry fewer people. */
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

/** A load whose fault only a read from a secondary would notice. */
export const LAGGING: Stress = {
  ...FAIL_THRICE,
  databaseFails: false,
  meanwhileAt: 0.1,
  meanwhile: lagBehind,
};

export const FAILOVER = raceUnder(
  'failover',
  'the race on three database nodes whose primary is killed, steps down and freezes',
  FAIL_THRICE,
);
