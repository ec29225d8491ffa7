import { verifyLedger } from '../../../src/consent/verify-ledger.ts';
import type { Rig } from '../../rig/database.ts';
import type { Outcome, Scenario, Size, Stage, Violation } from '../scenario.ts';
import { noDoings } from './acts.ts';
import { castOf } from './cast.ts';
import { collect, type Place } from './collect.ts';
import { fly, optOutFlagged } from './flight.ts';
import { planRows } from './plan-rows.ts';
import { untilQuiet } from './quiet.ts';
import { reconcile } from './reconcile.ts';
import { watchScans } from './scans.ts';
import { signUp } from './sign-up.ts';
import { type Stress, USUAL } from './stress.ts';
import { addStep, emptySum, factLines, type Sum, violationsOf, wrongIn } from './sum.ts';
import { type System, startSystem } from './system.ts';

/** The race under a stress of its own. */
export const raceUnder = (name: string, about: string, stress: Stress): Scenario => ({
  name,
  about,
  nodes: stress.nodes,
  run: (stage) => run(stage, stress),
});

export const RACE = raceUnder(
  'race',
  'people, the API and campaigns race each other while every process is killed and frozen',
  USUAL,
);

async function run(stage: Stage, stress: Stress): Promise<Outcome> {
  const system = await startSystem(stage, stress);
  const sum = await allSteps(system, stage, stress);
  const { faults, strays } = await verifyLedger(system.store, system.config.keyRing, () => undefined);
  const ended = system.fleet.ended();
  await system.close();
  const violations = [
    ...violationsOf(sum),
    { name: 'chains', words: 'ledger chains broken', count: faults.length + strays },
    { name: 'ended', words: 'processes that ended by themselves', count: ended },
    { name: 'unkilled', words: 'kills that did not happen', count: unkilled(sum, stress) },
    ...(stress.webWires ? [idle(sum)] : []),
  ];
  return { facts: factLines(sum), violations };
}

/** A trap that did not spring proves nothing. */
const unkilled = ({ steps, deaths }: Sum, { leastKills }: Stress): number =>
  Math.max(0, steps * leastKills - deaths);

/** A run whose wires were cut for nothing proves nothing. */
const idle = ({ asides: { spooled, replayed } }: Sum): Violation => ({
  name: 'idle',
  words: 'runs in which no text lay in the spool, or none came in by it',
  count: spooled > 0 && replayed > 0 ? 0 : 1,
});

async function allSteps(system: System, { rig, seed, size, say }: Stage, stress: Stress): Promise<Sum> {
  const began = performance.now();
  const place: Place = { ledger: -1, stamps: 0 };
  const sum = emptySum();
  const kills = stress.faultsOf(seed, size.from).length === 0 ? 0 : size.kills;
  const opted = size.stops * stress.peopleShare;
  for (let number = size.from; ; number += 1) {
    const { found, asides } = await oneStep(system, { rig, seed, number, size, stress }, place);
    addStep(sum, found, asides);
    Object.assign(sum, { deaths: system.fleet.deaths(), freezes: system.fleet.freezes() });
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const { stops, sends } = sum.asides;
    say(
      `  step ${number}: ${sum.deaths} kills, ${stops} STOPs, ${sends} sends in ${seconds} s; ${wrongIn(found)}`,
    );
    if (stops >= opted && sum.deaths >= kills) return sum;
  }
}

type Step = { rig: Rig; seed: number; number: number; size: Size; stress: Stress };

/** Everything in it that is drawn depends on the seed and its number alone. */
async function oneStep(system: System, { rig, seed, number, size, stress }: Step, place: Place) {
  const people = castOf(seed, number, { ...size, people: Math.ceil(size.people * stress.peopleShare) });
  const faults = stress.faultsOf(seed, number);
  const doings = noDoings();
  system.flags.forget();
  await signUp(system, people, doings);
  const plan = await planRows(system, people, { seed, number });
  await watchScans(system.store);
  const meanwhile = (): Promise<void> =>
    stress.meanwhile(system, rig, () => optOutFlagged(system, plan, doings));
  await fly(system, { people, plan, faults, doings, stress, meanwhile });
  await untilQuiet(system, doings, stress.jobs);
  return reconcile(await collect(system, { people, plan, doings }, place));
}
