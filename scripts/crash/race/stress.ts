import type { Rig } from '../../rig/database.ts';
import { type Fault, faultsOf } from './faults.ts';
import type { System } from './system.ts';

/** What one run of the race puts the gateway under. A planted bug may need its own to show. */
export type Stress = {
  /** Behaviours of the carrier, as PUT /sim/behaviours takes them. */
  behaviours: readonly object[];
  faultsOf: (seed: number, step: number) => readonly Fault[];
  /** Share of each sender's usual limit. */
  rateShare: number;
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
  /** What else happens in the middle of each flight. `optOutFlagged`: people whose rows are flagged opt out by the API. */
  meanwhile: (system: System, rig: Rig, optOutFlagged: () => Promise<void>) => Promise<void>;
  /** The web processes reach the database through a wire each. */
  webWires: boolean;
  /** The database itself is killed, frozen or fails over: what a healthy process says of its rows may then be lost. */
  databaseFails: boolean;
  /** What the processes may log. */
  logLevel: 'error' | 'fatal';
};

/** Some texts are posted twice at once; most receipts are lost, but those by which a sender is paced. */
export const USUAL: Stress = {
  behaviours: [
    { match: { share: 0.1 }, on: 'inbound', effect: { kind: 'duplicate', times: 1 } },
    { match: { prefix: '+1555', share: 0.95 }, on: 'status', effect: { kind: 'lose' } },
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
