import type { DatabaseRig } from '../../rig/database.ts';
import { type Fault, faultsOf } from './faults.ts';
import type { RaceSystem, SystemLoad } from './system.ts';

/** The load and the faults of one run of a race. A planted bug may need its own to show. */
export type Stress = SystemLoad & {
  faultsOf: (seed: number, step: number) => readonly Fault[];
  /** Jobs that are made due after the flight, beside the usual ones. */
  jobs: readonly string[];
  /** Kills that `meanwhile` makes in each step. */
  leastKills: number;
  /** The share of a step's people who take part. */
  peopleShare: number;
  /** Length of a flight, ms. People act during it. */
  flightMs: number;
  /** Nodes of the replica set. */
  nodes: number;
  /** When `meanwhile` starts, as a share of the flight. */
  meanwhileAt: number;
  /** Extra faults in the middle of each flight. `optOutClaimed` opts out people with claimed rows by the API. */
  meanwhile: (system: RaceSystem, rig: DatabaseRig, optOutClaimed: () => Promise<void>) => Promise<void>;
};

/** The carrier posts some texts twice at once. */
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
 * Most receipts are lost, except those that pace a sender: one of seven messages has one. More final receipts are kept, because
 * acknowledged final states are compared.
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
