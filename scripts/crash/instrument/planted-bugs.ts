import type { WantedSize } from '../options.ts';
import type { Outcome, Scenario, Violation } from '../scenario.ts';
import { CAMPAIGN_BUGS } from './bugs/campaign.ts';
import { CONSENT_BUGS } from './bugs/consent.ts';
import { DATABASE_BUGS } from './bugs/database.ts';
import { PROTOCOL_BUGS, RATE_LIMIT_BUGS, RECEIPT_BUGS } from './bugs/protocol.ts';
import type { PlantedBug } from './planted-bug.ts';
import type { SourcePatch } from './source-patches.ts';

export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...PROTOCOL_BUGS,
  ...RATE_LIMIT_BUGS,
  ...CONSENT_BUGS,
  ...DATABASE_BUGS,
  ...CAMPAIGN_BUGS,
  ...RECEIPT_BUGS,
];

/**
 * A control runs the scenario of a bug without the bug. All its counts must stay 0, because a count that rises without the bug
 * proves nothing.
 */
export const CONTROLS: readonly PlantedBug[] = [
  ...new Set(PLANTED_BUGS.map((plantedBug) => plantedBug.scenario)),
].map((scenario) => ({
  name: `control-${scenario.name}`,
  about: `none: ${scenario.about}`,
  patches: [],
  caughtBy: [],
  scenario,
}));

type Run = (
  scenario: Scenario,
  run: { seed: number; size: WantedSize; tally: null },
  patches: readonly SourcePatch[],
  say: (line: string) => void,
) => Promise<Outcome>;

/** One step of a race, or two kills of the web process, is enough to catch any bug. */
const SMALL = { kills: 0, stops: 0, sends: 0, runs: 2, from: 1, minutes: 0 };

/**
 * Plants the bug or runs the control of this name, or all of them in turn ("all"), and says which counts rose. Resolves
 * with exit code 0 when every bug was caught and every control found nothing.
 */
export async function runPlantedBugs(
  name: string,
  { seed, size }: { seed: number; size: WantedSize },
  run: Run,
  say: (line: string) => void,
): Promise<number> {
  const all = [...CONTROLS, ...PLANTED_BUGS];
  const bugs = name === 'all' ? all : all.filter((plantedBug) => plantedBug.name === name);
  if (bugs.length === 0) throw new Error(`there is no bug "${name}"; --list names them`);
  const results: Result[] = [];
  for (const bug of bugs) {
    say(`Planted: ${bug.about}`);
    const small = { seed, size: { ...size, ...SMALL }, tally: null };
    const { violations } = await run(bug.scenario, small, bug.patches, say);
    results.push(CONTROLS.includes(bug) ? resultOfControl(bug, violations) : resultOfBug(bug, violations));
  }
  for (const { line } of results) say(line);
  return results.every((result) => result.good) ? 0 : 1;
}

type Result = { good: boolean; line: string };

const listOf = (violations: readonly Violation[]): string =>
  violations.map(({ count, words }) => `${count} ${words}`).join(', ');

/** A bug is caught when each of its counts rose. */
function resultOfBug({ name, caughtBy }: PlantedBug, violations: readonly Violation[]): Result {
  const rose = violations.filter(
    (violation) => violation.count > 0 && caughtBy.includes(violation.name as never),
  );
  const still = caughtBy.filter((count) => !rose.some((other) => other.name === count));
  const good = still.length === 0;
  const lacks = good ? '' : `${rose.length > 0 ? '; ' : ''}nothing by ${still.join(', ')}`;
  return { good, line: `  ${good ? 'caught' : 'MISSED'}  ${name.padEnd(22)} ${listOf(rose)}${lacks}` };
}

function resultOfControl({ name }: PlantedBug, violations: readonly Violation[]): Result {
  const rose = violations.filter((violation) => violation.count > 0);
  const good = rose.length === 0;
  return { good, line: `  ${good ? 'clean ' : 'FAILED'}  ${name}: ${good ? 'nothing found' : listOf(rose)}` };
}
