import { join } from 'node:path';
import { givenDatabase, openRig, openSetRig } from '../rig/database.ts';
import { withRig } from '../rig/with-rig.ts';
import { CAMPAIGN_SCENARIO } from './campaign/campaign.ts';
import { buildInstrumented } from './instrument/build.ts';
import { CONTROLS, PLANTED_BUGS, runPlantedBugs } from './instrument/planted-bugs.ts';
import type { SourcePatch } from './instrument/source-patches.ts';
import { MIGRATION_KILLS } from './migration/migration-kills.ts';
import { MONTH_KILLS } from './month/month-kills.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { RACE } from './race/race.ts';
import { CARRIER_STILL } from './race/variants/carrier-still.ts';
import { FAILOVER } from './race/variants/failover.ts';
import { REPLAY_KILLS } from './race/variants/replay-kills.ts';
import { DATABASE, FAULTS, WEB_DOWN } from './race/variants/variants.ts';
import { WEB_CUT } from './race/variants/web-cut.ts';
import { type Outcome, type Scenario, total } from './scenario.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

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

function chosen({ scenarios }: Options): readonly Scenario[] {
  if (scenarios.length === 0) return USUAL_RUN;
  return scenarios.map((name) => {
    const found = SCENARIOS.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`there is no scenario "${name}"; --list names them`);
    return found;
  });
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

/** Names the scenarios that a run did not include. */
export function notRun(scenarios: readonly Scenario[]): string {
  const left = SCENARIOS.filter((scenario) => !scenarios.includes(scenario)).map((scenario) => scenario.name);
  if (left.length === 0) return `All ${SCENARIOS.length} scenarios ran.`;
  return `Not in this run, by name alone: ${left.join(', ')}.`;
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

/**
 * The scenarios that can run on the database that was `given` (null: each on its own), and a line for each other scenario that
 * says why not.
 */
export function splitRunnable(
  scenarios: readonly Scenario[],
  given: string | null,
): { fits: readonly Scenario[]; lines: string[] } {
  const not = given === null ? [] : scenarios.filter((scenario) => scenario.killsDatabase === true);
  const why = 'which kills the database: that of ASSENT_TEST_MONGODB_URI is not ours to kill.';
  return {
    fits: scenarios.filter((scenario) => !not.includes(scenario)),
    lines: not.map(({ name }) => `Left out: ${name}, ${why}`),
  };
}

/** The scenarios of a run without options, in order. */
export const USUAL_RUN: readonly Scenario[] = [
  RACE,
  FAULTS,
  DATABASE,
  WEB_DOWN,
  WEB_KILLS,
  CAMPAIGN_SCENARIO,
];

/** Scenarios that run only by name. All together would take too long. */
export const BY_NAME: readonly Scenario[] = [
  WEB_CUT,
  CARRIER_STILL,
  REPLAY_KILLS,
  FAILOVER,
  MIGRATION_KILLS,
  MONTH_KILLS,
];

export const SCENARIOS: readonly Scenario[] = [...USUAL_RUN, ...BY_NAME];
