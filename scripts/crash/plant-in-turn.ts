import type { Patch } from './instrumented.ts';
import type { Wanted } from './options.ts';
import type { Plant } from './plant.ts';
import { PLANTS } from './plants.ts';
import type { Outcome, Scenario, Violation } from './scenario.ts';

type Run = (
  scenario: Scenario,
  run: { seed: number; size: Wanted; tally: null },
  patches: readonly Patch[],
  say: (line: string) => void,
) => Promise<Outcome>;

/** One step is enough to catch any of them, or two kills of the web process alone. */
const SMALL = { kills: 0, stops: 0, sends: 0, runs: 2, from: 1, minutes: 0 };

/**
 * For each stress under which a bug is planted, the same run without one: what a count finds there is no proof that it caught a
 * bug. Nothing may be found.
 */
export const CONTROLS: readonly Plant[] = [...new Set(PLANTS.map((one) => one.scenario))].map((scenario) => ({
  name: `control-${scenario.name}`,
  about: `none: ${scenario.about}`,
  ...{ patches: [], caughtBy: [], scenario },
}));

/** Plants one bug, or each and the controls too ("all"), and says what was found. Resolves with 0 where all is as it must be. */
export async function plantInTurn(
  name: string,
  { seed, size }: { seed: number; size: Wanted },
  run: Run,
  say: (line: string) => void,
): Promise<number> {
  const all = [...CONTROLS, ...PLANTS];
  const plants = name === 'all' ? all : all.filter((one) => one.name === name);
  if (plants.length === 0) throw new Error(`there is no bug "${name}"; --list names them`);
  const results: Result[] = [];
  for (const plant of plants) {
    say(`Planted: ${plant.about}`);
    const small = { seed, size: { ...size, ...SMALL }, tally: null };
    const { violations } = await run(plant.scenario, small, plant.patches, say);
    results.push(CONTROLS.includes(plant) ? resultOfControl(plant, violations) : resultOf(plant, violations));
  }
  for (const { line } of results) say(line);
  return results.every((one) => one.good) ? 0 : 1;
}

type Result = { good: boolean; line: string };

const toldOf = (violations: readonly Violation[]): string =>
  violations.map(({ count, words }) => `${count} ${words}`).join(', ');

/** Caught where each of its counts rose. */
function resultOf({ name, caughtBy }: Plant, violations: readonly Violation[]): Result {
  const rose = violations.filter((one) => one.count > 0 && caughtBy.includes(one.name as never));
  const still = caughtBy.filter((one) => !rose.some((other) => other.name === one));
  const good = still.length === 0;
  const lacks = good ? '' : `${rose.length > 0 ? '; ' : ''}nothing by ${still.join(', ')}`;
  return { good, line: `  ${good ? 'caught' : 'MISSED'}  ${name.padEnd(22)} ${toldOf(rose)}${lacks}` };
}

function resultOfControl({ name }: Plant, violations: readonly Violation[]): Result {
  const rose = violations.filter((one) => one.count > 0);
  const good = rose.length === 0;
  return { good, line: `  ${good ? 'clean ' : 'FAILED'}  ${name}: ${good ? 'nothing found' : toldOf(rose)}` };
}
