import { CAMPAIGN_SCENARIO } from './campaign/campaign.ts';
import { MIGRATION_KILLS } from './migration/migration-kills.ts';
import { MONTH_KILLS } from './month/month-kills.ts';
import type { Options } from './options.ts';
import { RACE } from './race/race.ts';
import { CARRIER_STILL } from './race/variants/carrier-still.ts';
import { FAILOVER } from './race/variants/failover.ts';
import { REPLAY_KILLS } from './race/variants/replay-kills.ts';
import { DATABASE, FAULTS, WEB_DOWN } from './race/variants/variants.ts';
import { WEB_CUT } from './race/variants/web-cut.ts';
import type { Scenario } from './scenario.ts';
import { WEB_KILLS } from './web-kills/web-kills.ts';

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

/** Names the scenarios that a run did not include. */
export function notRun(scenarios: readonly Scenario[]): string {
  const left = SCENARIOS.filter((scenario) => !scenarios.includes(scenario)).map((scenario) => scenario.name);
  if (left.length === 0) return `All ${SCENARIOS.length} scenarios ran.`;
  return `Not in this run, by name alone: ${left.join(', ')}.`;
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

export function chosen({ scenarios }: Options): readonly Scenario[] {
  if (scenarios.length === 0) return USUAL_RUN;
  return scenarios.map((name) => {
    const found = SCENARIOS.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`there is no scenario "${name}"; --list names them`);
    return found;
  });
}
