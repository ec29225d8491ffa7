import type { Scenario } from './scenario.ts';

/** Those that can run on the database that was `given` (null: each on one of its own), and a line for each other that says why not. */
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
