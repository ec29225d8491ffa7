import type { Wire } from '../../../rig/wire.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** How long the wires stay cut, ms: longer than a process looks for its database before a text goes to the spool. */
const CUT_MS = 3600;

/** Commands under way when the wire was cut have finished by then, ms. */
const SENT_MS = 1200;

/** Time from the death of a process to the healed wires, and from there to the next fault, ms. */
const DEAD_MS = 500;
const HEALED_MS = 1000;

/** How long the wires are stalled, ms: longer than a text waits for a silent database. */
const STALLED_MS = 9500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Cuts the wires and kills one process over its spool; then stalls the wires, and cuts one before it delivers. */
async function cutTwice({ webWires, fleet, claims, ready }: RaceSystem): Promise<void> {
  const [first, second] = webWires as [Wire, Wire];
  const both = [first, second];
  for (const wire of both) wire.cut();
  claims.look();
  await pause(SENT_MS);
  claims.look();
  await pause(CUT_MS - SENT_MS);
  fleet.kill('web-1');
  await pause(DEAD_MS);
  for (const wire of both) wire.heal();
  // A process that finds no database while it starts is right to end.
  await ready();
  await pause(HEALED_MS);
  for (const wire of both) wire.stall();
  claims.look();
  await pause(STALLED_MS);
  second.cut();
  for (const wire of both) wire.heal();
  claims.look();
}

const CUT_TWICE: Stress = {
  ...USUAL,
  faultsOf: () => [],
  webWires: true,
  leastKills: 1,
  meanwhile: cutTwice,
  logLevel: 'fatal',
};

export const WEB_CUT = raceUnder(
  'web-cut',
  'the race while only the web processes cannot reach the database, so that texts go to the spool',
  CUT_TWICE,
);
