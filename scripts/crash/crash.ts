import { parseArgs } from 'node:util';
import { seededDraws } from '../../src/simulator/draws.ts';
import type { Children } from '../rig/children.ts';
import type { Rig } from '../rig/database.ts';
import { withRig } from '../rig/with-rig.ts';
import { collect } from './collect.ts';
import { reconcile } from './reconcile.ts';
import { factLines, total, violationLines } from './report.ts';
import { runOnce, type Typed } from './run.ts';
import { settle } from './settle.ts';
import { startSystem } from './system.ts';

const HELP = `npm run crash -- [--runs N] [--seed S]

Kills the web process with kill -9 while handsets text it, starts it again, and compares what the carrier saw with
what the database says. Exits with 1 where anything was lost, doubled or sent against a STOP.
  --runs N   kills (5; about 4 seconds each, and half a minute at the end)
  --seed S   draws the moments of the kills; printed, so that a run can be repeated (random)`;

const say = (line: string): void => {
  console.log(line);
};

const PROGRESS_EVERY = 5;

type Options = { runs: number; seed: number };

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const [runs, seed] = [Number(values.runs), Number(values.seed)];
  if (!Number.isInteger(runs) || runs < 1 || runs > 10_000)
    throw new Error('--runs is a whole number from 1');
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed is a whole number');
  return { runs, seed };
}

/** Returns how much went wrong. */
async function crash(rig: Rig, { runs, seed }: Options, children: Children) {
  const began = performance.now();
  const system = await startSystem(rig, children);
  say(`${runs} kills of the web process, seed ${seed}`);
  const draw = seededDraws(seed);
  const typed: Typed[] = [];
  for (let run = 1; run <= runs; run += 1) {
    typed.push(...(await runOnce(system, run, draw)));
    if (run % PROGRESS_EVERY === 0 || run === runs) say(`  ${run} of ${runs}: ${typed.length} texts`);
  }
  await settle(
    system.store,
    typed.map((one) => one.sid),
  );
  const evidence = await collect(system, typed);
  const violations = reconcile(evidence);
  await system.close();
  for (const line of factLines(evidence)) say(line);
  say('Violations, each of which must be 0:');
  for (const line of violationLines(violations)) say(line);
  say(
    `${total(violations)} violations in ${((performance.now() - began) / 1000).toFixed(0)} s, seed ${seed}`,
  );
  return total(violations);
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    say(HELP);
    return 0;
  }
  return (await withRig((rig, children) => crash(rig, options, children))) === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : 'It failed.');
    process.exit(1);
  },
);
