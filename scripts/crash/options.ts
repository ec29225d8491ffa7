import { parseArgs } from 'node:util';
import type { ScenarioSize } from './scenario.ts';

export const HELP = `npm run crash -- [options]

Kills, freezes and races the gateway while people text it, and compares what the carrier saw with what the database
says. Prints a count for each promise; exits with 1 where any is not 0. Without options: a slice of the usual scenarios.
  --scenario NAME   only this one; may be given more than once (--list names them); by name alone run
                    web-cut, carrier-still, replay-kills, failover, migration-kills and month
  --kills N         kills at least, of the race scenario
  --stops N         opt-outs at least, of the race scenario
  --sends N         messages at the carrier at least, of the race scenario
  --runs N          kills of the web process, alone: the scenario "web-kills"
  --people N        people of one step of the race, and --rows M planned for each (600, 30); of the campaign (3000)
  --stopping P      of a hundred subscribers of the race, how many opt out while it flies (94): fewer leave more rows
                    that are sent, for a race of many messages
  --seed S          draws everything that is drawn; printed, so that a run can be repeated (random)
  --from K          begins the race at step K: each step depends on the seed and its number alone
  --tally FILE      a race in parts: goes on where FILE says the last one ended, adds to its counts, and prints
                    those of all parts, and what could not be run; FILE is made where there is none, and refused
                    where another tree was counted in it
  --minutes M       ends the race, or this part of it, after the step in which M minutes have passed
  --plant BUG       plants one bug, and says whether all its counts catch it; with "all" each in turn, and beside them
                    the controls: each of their scenarios without a bug, in which nothing may be found
  --list            names scenarios, bugs and controls
  --help            this`;

/** `people`: null when each scenario uses its usual number. */
export type WantedSize = Omit<ScenarioSize, 'people'> & { people: number | null };

export type Options = {
  kind: 'run';
  scenarios: string[];
  seed: number;
  size: WantedSize;
  plant: string | null;
  tally: string | null;
};

/** Size of a run without options: one step of each race. Some of its six kills hit a process that is already down. */
const SLICE: WantedSize = {
  kills: 3,
  stops: 600,
  sends: 0,
  runs: 5,
  people: null,
  rows: 30,
  stopping: 94,
  from: 1,
  minutes: 0,
};

/** Throws an error that names the option where one is wrong. */
export function readOptions(
  args: readonly string[],
  randomSeed: number,
): Options | { kind: 'help' | 'list' } {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', multiple: true },
      ...{ kills: text, stops: text, sends: text, runs: text, people: text, rows: text, stopping: text },
      ...{ seed: text, from: text, minutes: text, tally: text, plant: text },
      ...{ list: flag, help: flag },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const number = <T extends number | null>(name: keyof ScenarioSize | 'seed', usual: T): number | T => {
    const given = values[name];
    if (given === undefined) return usual;
    const value = Number(given);
    if (Number.isSafeInteger(value) && value >= (name === 'from' ? 1 : 0)) return value;
    throw new Error(`--${name} is a whole number, not "${given}"`);
  };
  const long = [values.kills, values.stops, values.sends].some((value) => value !== undefined);
  const size: WantedSize = {
    kills: number('kills', long ? 0 : SLICE.kills),
    stops: number('stops', long ? 0 : SLICE.stops),
    sends: number('sends', SLICE.sends),
    runs: number('runs', SLICE.runs),
    people: number('people', SLICE.people),
    ...{ rows: number('rows', SLICE.rows), stopping: number('stopping', SLICE.stopping) },
    from: number('from', SLICE.from),
    minutes: number('minutes', SLICE.minutes),
  };
  if (size.stopping > 100) throw new Error('--stopping is of a hundred people, not more');
  const race = long || values.from !== undefined || values.tally !== undefined;
  const alone = race ? ['race'] : values.runs !== undefined ? ['web-kills'] : [];
  const scenarios = values.scenario ?? alone;
  if (values.tally !== undefined && scenarios.join() !== 'race') {
    throw new Error('--tally adds up the parts of the scenario "race", and of that alone');
  }
  return {
    kind: 'run',
    scenarios,
    seed: number('seed', randomSeed),
    size,
    plant: values.plant ?? null,
    tally: values.tally ?? null,
  };
}
