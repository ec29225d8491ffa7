import type { DatabaseRig } from '../../rig/database.ts';
import { type Fault, faultsOf } from './faults.ts';
import type { RaceSystem, SystemLoad } from './system.ts';

/** What one run of the race puts the gateway under. A planted bug may need its own to show. */
export type Stress = SystemLoad & {
  faultsOf: (seed: number, step: number) => readonly Fault[];
  /** Jobs that run as soon as they may when the flight is over, beside the usual ones. */
  jobs: readonly string[];
  /** Kills that `meanwhile` makes in each step. */
  leastKills: number;
  /** Share of a step's people who take part. */
  peopleShare: number;
  /** How long a flight takes, ms; people act during it. */
  flightMs: number;
  /** Nodes of the replica set. */
  nodes: number;
  /** When the rest happens, as a share of the flight. */
  meanwhileAt: number;
  /** What else happens in the middle of each flight. `optOutClaimed`: people whose rows are claimed opt out by the API. */
  meanwhile: (system: RaceSystem, rig: DatabaseRig, optOutClaimed: () => Promise<void>) => Promise<void>;
};

/** Some texts are posted twice at once. */
export const TWICE_POSTED = {
  match: { share: 0.1 },
  on: 'inbound',
  effect: { kind: 'duplicate', times: 1 },
};

const lost = (share: number, ...statuses: string[]): object[] =>
  statuses.map((status) => ({
    ...{ match: { prefix: '+1555', share, status }, on: 'status' },
    effect: { kind: 'lose' },
  }));

/**
 * Most receipts are lost, but those by which a sender is paced: one of seven messages has one posted. Of ends more are, since
 * those that are acknowledged are compared.
 */
export const USUAL: Stress = {
  behaviours: [
    TWICE_POSTED,
    ...lost(0.98, 'sending'),
    ...lost(0.97, 'sent'),
    ...lost(0.9, 'delivered', 'undelivered', 'failed'),
  ],
  faultsOf,
  rateShare: 1,
  jobs: [],
  leastKills: 0,
  peopleShare: 1,
  flightMs: 14_000,
  nodes: 1,
  meanwhileAt: 0.35,
  meanwhile: async () => undefined,
  webWires: false,
  databaseFails: false,
  logLevel: 'error',
};
