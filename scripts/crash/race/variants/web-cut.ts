import type { Wire } from '../../../rig/wire.ts';
import { raceUnder } from '../race.ts';
import { type Stress, USUAL } from '../stress.ts';
import type { RaceSystem } from '../system.ts';

/** Longer than a process looks for its database before a text goes to the spool, ms. */
const CUT_MS = 3600;

/** What was on its way when the wire was cut has happened by then, ms. */
const SENT_MS = 1200;

/** Between the death of a process and the mended way, and between that and the next break, ms. */
const DEAD_MS = 500;
const HEALED_MS = 1000;

/** Longer than a text waits for a database that says nothing, ms. */
const STALLED_MS = 9500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** First nobody is there, and one process dies over its spool; then nobody answers, and one hears it all too late. */
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
  // One that looks for its database while it starts, and finds none, is right to end.
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
  'the race while the web processes, and they alone, cannot reach the database: texts go to the spool',
  CUT_TWICE,
);
