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
  /** What else happens in the middle of each flight. */
  meanwhile: (system: System, rig: Rig) => Promise<void>;
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
  meanwhile: async () => undefined,
  logLevel: 'error',
};
