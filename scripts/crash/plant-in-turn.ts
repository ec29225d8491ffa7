import type { Patch } from './instrumented.ts';
import type { Wanted } from './options.ts';
import { PLANTS } from './plants.ts';
import { raceUnder } from './race/race.ts';
import { USUAL } from './race/stress.ts';
import type { Outcome, Scenario } from './scenario.ts';

type Run = (
  scenario: Scenario,
  run: { seed: number; size: Wanted; tally: null },
  patches: readonly Patch[],
  say: (line: string) => void,
) => Promise<Outcome>;

/** One step is enough to catch any of them, or two kills of the web process alone. */
const SMALL = { kills: 0, stops: 0, sends: 0, runs: 2, from: 1, minutes: 0 };

/** Plants one bug, or each ("all"), and says whether its count rose. Resolves with 0 where all were caught. */
export async function plantInTurn(
  name: string,
  { seed, size }: { seed: number; size: Wanted },
  run: Run,
  say: (line: string) => void,
): Promise<number> {
  const plants = name === 'all' ? PLANTS : PLANTS.filter((one) => one.name === name);
  if (plants.length === 0) throw new Error(`there is no bug "${name}"; --list names them`);
  const results: string[] = [];
  let missed = 0;
  for (const plant of plants) {
    say(`Planted: ${plant.about}`);
    const race = plant.scenario ?? raceUnder('race', plant.about, { ...USUAL, ...plant.stress });
    const { violations } = await run(
      race,
      { seed, size: { ...size, ...SMALL }, tally: null },
      plant.patches,
      say,
    );
    const rose = violations.filter((one) => one.count > 0 && plant.caughtBy.includes(one.name as never));
    if (rose.length === 0) missed += 1;
    const by = rose.map(({ count, words }) => `${count} ${words}`).join(', ');
    results.push(`  ${rose.length > 0 ? 'caught' : 'MISSED'}  ${plant.name.padEnd(22)} ${by}`);
  }
  for (const line of results) say(line);
  return missed === 0 ? 0 : 1;
}
