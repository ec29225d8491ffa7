import type { Scenario } from '../../scenario.ts';
import type { Fault } from '../faults.ts';
import { raceUnder } from '../race.ts';
import { type Stress, TWICE_POSTED, USUAL } from '../stress.ts';
import { LAGGING } from './failover.ts';
import { TROUBLED } from './variants.ts';

/** Makes a named race for a stress that only a planted bug needs. */
const under = (name: string, about: string, stress: Partial<Stress>): Scenario =>
  raceUnder(name, `the race ${about}`, { ...USUAL, ...stress });

const noFaults = { faultsOf: () => [] };

const plus = (effect: object, share: number): Partial<Stress> => ({
  behaviours: [...USUAL.behaviours, { match: { share }, on: 'create', effect }],
});

const inTurn = (role: 'worker' | 'web', fault: Omit<Fault, 'at' | 'process'>) => (): Fault[] =>
  [0.15, 0.3, 0.45, 0.6].map((at, which) => ({
    at,
    process: which % 2 === 0 ? `${role}-1` : `${role}-2`,
    ...fault,
  }));

export const UNKILLED = under('unkilled', 'in which nothing is killed', noFaults);

export const SLOW_CALLS = under(
  'slow-calls',
  'in which nothing is killed and the carrier takes 300 ms for every call',
  { ...plus({ kind: 'delay', ms: 300 }, 1), ...noFaults },
);

export const BUSY_CARRIER = under(
  'busy-carrier',
  'with the usual kills, in which the carrier is too busy for a tenth of the calls',
  plus({ kind: 'http429' }, 0.1),
);

export const FROZEN_AT_THE_WRITE = under(
  'frozen-at-the-write',
  'in which both workers freeze for longer than a lease, each before it writes a message',
  { faultsOf: inTurn('worker', { act: 'stop', point: 'before-write', nth: 1, frozenMs: 4700 }) },
);

export const KILLED_BEFORE_THE_RECORD = under(
  'killed-before-the-record',
  'in which both workers die with answers of the carrier that they have not recorded',
  { faultsOf: inTurn('worker', { act: 'kill', point: 'before-record', nth: 3, frozenMs: 0 }) },
);

const unheard = (status: string): object => ({ match: { status }, on: 'status', effect: { kind: 'lose' } });

/** Only final receipts are posted, and none is lost, so that each kill happens over some. */
export const KILLED_BEFORE_THE_FOLD = under(
  'killed-before-the-fold',
  'in which both web processes die before they apply receipts to their rows',
  {
    behaviours: [TWICE_POSTED, unheard('sending'), unheard('sent')],
    faultsOf: inTurn('web', { act: 'kill', point: 'before-fold', nth: 3, frozenMs: 0 }),
  },
);

export const LOW_LIMITS = under(
  'low-limits',
  'in which nothing is killed and the limits of the senders are a fiftieth of the usual',
  {
    ...noFaults,
    rateShare: 0.02,
  },
);

export const LAGGING_SECONDARY = under(
  'lagging-secondary',
  'in which a secondary node applies no writes',
  LAGGING,
);

export const TROUBLED_UNKILLED = under(
  'troubled-unkilled',
  'with a carrier that makes every kind of error, in which nothing is killed',
  { ...TROUBLED, ...noFaults },
);
