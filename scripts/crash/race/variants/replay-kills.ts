import type { Wire } from '../../../rig/wire.ts';
import { LIST_POINTS, REPLAY_POINTS } from '../../instrument/kill-points.ts';
import type { ProcessName } from '../faults.ts';
import { makeDue } from '../quiet.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** How long the wires stay cut, ms: longer than a process looks for its database before a text goes to the spool. */
const CUT_MS = 4500;

/** Commands under way when the wire was cut have finished by then, ms. */
const SENT_MS = 1200;

/** A trap that has not sprung within this time is removed, ms. */
const TRAP_MS = 8000;
const LOOK_MS = 50;

const WEBS = ['web-1', 'web-2'] as const;
const WORKERS = ['worker-1', 'worker-2'] as const;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Fills the spool repeatedly, kills its replay at another point each time, and kills the reader of the carrier's list too. */
async function killReplays(system: RaceSystem): Promise<void> {
  const [first, second] = system.webWires as [Wire, Wire];
  for (const [at, point] of REPLAY_POINTS.entries()) {
    for (const wire of [first, second]) wire.cut();
    system.claims.look();
    await pause(SENT_MS);
    system.claims.look();
    await pause(CUT_MS - SENT_MS);
    const list = LIST_POINTS[at];
    const atList = list === undefined ? null : killAt(system, WORKERS, list);
    await freeLease(system, 'catch-up');
    await makeDue(system, ['catch-up']);
    const atReplay = killAt(system, WEBS, point);
    for (const wire of [first, second]) wire.heal();
    await Promise.all([atList, atReplay]);
    await system.ready();
  }
}

/** Ends the lease of a job. A dead process would hold it for another minute, in which nobody could be killed over it. */
async function freeLease({ store }: RaceSystem, job: string): Promise<void> {
  await store.jobStates.updateOne({ _id: job }, { $set: { leaseUntil: new Date(0) } });
}

/** Resolves when one of the processes has died at the point, or after a timeout. */
async function killAt({ fleet }: RaceSystem, names: readonly ProcessName[], point: string): Promise<void> {
  let died = false;
  const forget = names.map((name) => fleet.once(name, 'died', () => (died = true)));
  for (const name of names) fleet.arm(name, { kind: 'trap', point, nth: 1, act: 'kill' });
  for (const giveUp = performance.now() + TRAP_MS; !died && performance.now() < giveUp; )
    await pause(LOOK_MS);
  for (const forgetTrap of forget) forgetTrap();
  for (const name of names) fleet.arm(name, { kind: 'no-trap' });
}

const KILLED_REPLAYS: Stress = {
  ...USUAL,
  faultsOf: () => [],
  webWires: true,
  leastKills: REPLAY_POINTS.length + LIST_POINTS.length,
  flightMs: 30_000,
  meanwhileAt: 0.05,
  meanwhile: killReplays,
  logLevel: 'fatal',
};

export const REPLAY_KILLS = raceUnder(
  'replay-kills',
  'the race while processes die as they replay their spool or read the list of the carrier',
  KILLED_REPLAYS,
);
