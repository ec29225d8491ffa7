import { ROOT } from '../../../src/config.ts';
import { faultsOf, verifyLedger } from '../../../src/consent/ledger/verify-ledger.ts';
import { ANSWERS } from '../../../src/domain/sending/lanes.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import type { SourcePatch } from '../instrument/source-patches.ts';
import type { Outcome, Scenario, ScenarioContext, ScenarioSize, Violation } from '../scenario.ts';
import { type ActLog, emptyActLog, text } from './acts.ts';
import { reconcile } from './counts/reconcile.ts';
import { OWN, watchScans } from './counts/scans.ts';
import { addStep, emptySum, factLines, type Sum, summaryOf, violationsOf } from './counts/sum.ts';
import {
  type Attempt,
  closePart,
  digestOfTree,
  newTally,
  openTally,
  partLines,
  partViolations,
  recordFailures,
  saveTally,
  type Tally,
} from './counts/tally.ts';
import { collect, type ReadPositions } from './evidence/collect.ts';
import { optOutClaimed, runFlight } from './flight.ts';
import { type Person, peopleOf } from './people.ts';
import { planRows } from './plan-rows.ts';
import { untilQuiet } from './quiet.ts';
import { type Stress, USUAL } from './stress.ts';
import { type RaceSystem, startSystem } from './system.ts';

/** A race under its own stress. */
export const raceUnder = (
  name: string,
  about: string,
  stress: Stress,
  patches: readonly SourcePatch[] = [],
): Scenario => ({
  name,
  about,
  patches,
  nodes: stress.nodes,
  run: (stage) => run(stage, stress),
});

const AT_ONCE = 48;

const PATIENCE_MS = 20_000;

/** Poll interval, and the longest wait until all replies have left, ms. One may be lost with its process. */
const LOOK_MS = 50;

export const RACE = raceUnder(
  'race',
  'people, the API and campaigns race each other while every process is killed and frozen',
  USUAL,
);

async function run(stage: ScenarioContext, stress: Stress): Promise<Outcome> {
  const tally = await tallyOf(stage);
  const attempt = recordFailures(stage, tally);
  const system = await attempt('the start', () => startSystem(stage, stress));
  const endedBefore = tally.ended;
  const noteEnded = (): void => {
    tally.ended = endedBefore + system.fleet.ended();
  };
  await allSteps(system, stage, stress, { tally, attempt, noteEnded });
  const ledger = await attempt('the walk over the ledger chains', () =>
    verifyLedger(system.store, system.config, () => undefined),
  );
  noteEnded();
  await system.close();
  closePart(tally, faultsOf(ledger));
  if (stage.tally !== null) await saveTally(stage.tally, tally);
  const { sum } = tally;
  const violations = [
    ...violationsOf(sum),
    ...partViolations(tally),
    { name: 'unkilled', words: 'kills that did not happen', count: unkilled(sum, stress) },
    ...(stress.webWires ? [idle(sum)] : []),
  ];
  return { facts: [...factLines(sum), ...(stage.tally === null ? [] : partLines(tally))], violations };
}

/** The tally of the earlier parts, or a new one. */
async function tallyOf({ tally, seed, size }: ScenarioContext): Promise<Tally> {
  const fresh = { tree: await digestOfTree(ROOT), seed, size, sum: emptySum() };
  return tally === null ? newTally(fresh) : openTally(tally, fresh);
}

/** Kills that did not happen. A trap that did not spring proves nothing. */
const unkilled = ({ steps, deaths }: Sum, { leastKills }: Stress): number =>
  Math.max(0, steps * leastKills - deaths);

/** A run whose wires were cut without effect proves nothing. */
const idle = ({ activity: { spooled, replayed } }: Sum): Violation => ({
  name: 'idle',
  words: 'runs in which no text lay in the spool, or none came in by it',
  count: spooled > 0 && replayed > 0 ? 0 : 1,
});

type Noting = { tally: Tally; attempt: Attempt; noteEnded: () => void };

async function allSteps(
  system: RaceSystem,
  stage: ScenarioContext,
  stress: Stress,
  { tally, attempt, noteEnded }: Noting,
): Promise<void> {
  const { rig, seed, size, say } = stage;
  const began = performance.now();
  const place: ReadPositions = { ledger: -1, stamps: 0 };
  const { sum } = tally;
  const before = { deaths: sum.deaths, freezes: sum.freezes };
  const part = { from: tally.next, steps: 0, seconds: 0, whole: false };
  tally.parts.push(part);
  const save = async (): Promise<void> => {
    if (stage.tally !== null) await saveTally(stage.tally, tally);
  };
  // A part that is stopped in its first step is recorded too.
  await save();
  const enough = enoughOf(sum, stress, stage);
  do {
    const number = tally.next;
    const { found, activity, seconds } = await attempt(`step ${number}`, () =>
      oneStep(system, { rig, seed, number, size, stress }, place).finally(noteEnded),
    );
    addStep(sum, found, activity);
    sum.deaths = before.deaths + system.fleet.deaths();
    sum.freezes = before.freezes + system.fleet.freezes();
    part.seconds = Math.round((performance.now() - began) / 1000);
    part.steps += 1;
    tally.next += 1;
    await save();
    const { stops, sends } = sum.activity;
    say(
      `  step ${number}: ${sum.deaths} kills, ${stops} STOPs, ${sends} sends in ${part.seconds} s (${seconds.join(' + ')}); ${summaryOf(found)}`,
    );
  } while (!enough() && !(size.minutes > 0 && part.seconds >= size.minutes * 60));
}

/** Whether the steps so far have reached the requested numbers. */
function enoughOf(sum: Sum, stress: Stress, { seed, size }: ScenarioContext): () => boolean {
  const kills = stress.faultsOf(seed, size.from).length === 0 ? 0 : size.kills;
  const share = stress.peopleShare;
  return () =>
    sum.activity.stops >= size.stops * share &&
    sum.deaths >= kills &&
    sum.activity.sends >= size.sends * share;
}

type Step = { rig: DatabaseRig; seed: number; number: number; size: ScenarioSize; stress: Stress };

/** Runs one step. All random choices depend only on the seed and the number of the step. */
async function oneStep(system: RaceSystem, { rig, seed, number, size, stress }: Step, place: ReadPositions) {
  const people = peopleOf(seed, number, { ...size, people: Math.ceil(size.people * stress.peopleShare) });
  const faults = stress.faultsOf(seed, number);
  const actLog = emptyActLog();
  const marks = [performance.now()];
  const mark = () => marks.push(performance.now());
  system.claims.forget();
  await signUp(system, people, actLog);
  mark();
  const plan = await planRows(system, people, { seed, number });
  await watchScans(system.store);
  const meanwhile = (): Promise<void> =>
    stress.meanwhile(system, rig, () => optOutClaimed(system, plan, actLog));
  const flight = await runFlight(system, { people, plan, faults, actLog, stress, meanwhile });
  mark();
  await untilQuiet(system, actLog, stress.jobs);
  mark();
  const evidence = await collect(system, { people, plan, actLog, flight }, place);
  mark();
  // Durations of the sign-up, the flight, the wait for quiet, and the read of both sides.
  const seconds = marks.slice(1).map((at, which) => Math.round((at - (marks[which] ?? at)) / 1000));
  return { ...reconcile(evidence), seconds };
}

/** Signs everybody up. Each sends the next word once the replies to the one before have left. */
async function signUp(system: RaceSystem, people: readonly Person[], actLog: ActLog): Promise<void> {
  const longest = Math.max(0, ...people.map((person) => person.signUp.length));
  for (let word = 0; word < longest; word += 1) {
    await textAll(system, people, word, actLog);
    await repliesLeft(system);
  }
}

async function textAll(
  { carrier }: RaceSystem,
  people: readonly Person[],
  word: number,
  actLog: ActLog,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let person = people[next++]; person !== undefined; person = people[next++]) {
      const said = person.signUp[word];
      if (said !== undefined) await text(carrier, person.number, said.to, said.body, actLog);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function repliesLeft({ store }: RaceSystem): Promise<void> {
  const open = { open: true as const, lane: ANSWERS };
  const options = { hint: 'open-of-contact', comment: OWN, projection: { _id: 1 } };
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; ) {
    if ((await store.deliveries.findOne(open, options)) === null) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
