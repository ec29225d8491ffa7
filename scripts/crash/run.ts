import { join } from 'node:path';
import { givenDatabase, openRig, openSetRig } from '../rig/database.ts';
import { withRig } from '../rig/with-rig.ts';
import { buildInstrumented } from './instrument/build.ts';
import { CONTROLS, PLANTED_BUGS, runPlantedBugs } from './instrument/planted-bugs.ts';
import type { SourcePatch } from './instrument/source-patches.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { type Outcome, type Scenario, total } from './scenario.ts';
import { BY_NAME, chosen, notRun, splitRunnable, USUAL_RUN } from './scenarios.ts';

type Say = (line: string) => void;

/** People of one step of the race. */
const USUAL_PEOPLE = 600;

/** Runs one scenario on its own database and build, and prints its facts and violations. */
async function runScenario(
  scenario: Scenario,
  { seed, size: wanted, tally }: Pick<Options, 'seed' | 'size' | 'tally'>,
  patches: readonly SourcePatch[],
  say: Say,
): Promise<Outcome> {
  const began = performance.now();
  const size = { ...wanted, people: wanted.people ?? scenario.people ?? USUAL_PEOPLE };
  say(`${scenario.name}, seed ${seed}: ${scenario.about}`);
  const outcome = await withRig(
    async (rig, children) => {
      const all = [...(scenario.patches ?? []), ...patches];
      const build = await buildInstrumented(join(rig.folder, 'gateway'), all);
      return scenario.run({ rig, children, build, seed, size, tally, say });
    },
    scenario.nodes === 1 ? openRig : () => openSetRig(scenario.nodes),
  );
  for (const line of outcome.facts) say(line);
  say('Violations, each of which must be 0:');
  for (const { count, words } of outcome.violations) say(`  ${String(count).padStart(6)}  ${words}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  say(`${scenario.name}: ${total(outcome)} violations in ${seconds} s, seed ${seed}\n`);
  return outcome;
}

function list(say: Say): void {
  const lines = {
    Scenarios: USUAL_RUN,
    'Scenarios that run by name alone': BY_NAME,
    'Bugs to plant': PLANTED_BUGS,
    'Controls, in which no bug is planted and nothing may be found': CONTROLS,
  };
  for (const [title, some] of Object.entries(lines)) {
    say(`${title}:`);
    for (const { name, about } of some) say(`  ${name.padEnd(24)} ${about}`);
  }
}

/** Runs the command line. Resolves with the exit code. Throws an `Error` that says what cannot be done. */
export async function runCrash(args: readonly string[], say: Say): Promise<number> {
  const options = readOptions(args, Date.now() % 1_000_000);
  if (options.kind === 'help') say(HELP);
  if (options.kind === 'list') list(say);
  if (options.kind !== 'run') return 0;
  if (options.plant !== null) return runPlantedBugs(options.plant, options, runScenario, say);
  let violations = 0;
  const scenarios = chosen(options);
  const { fits, lines } = splitRunnable(scenarios, givenDatabase());
  if (fits.length === 0) throw new Error([...lines, 'Nothing is left to run.'].join('\n'));
  for (const scenario of fits) violations += total(await runScenario(scenario, options, [], say));
  for (const line of lines) say(line);
  if (scenarios === USUAL_RUN) say(notRun(scenarios));
  return violations === 0 ? 0 : 1;
}
