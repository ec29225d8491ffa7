import { parseArgs } from 'node:util';
import type { ScenarioSize } from './scenario.ts';

export const HELP = `npm run crash -- [options]

Kills, freezes and races the gateway while people text it. Then compares what the carrier saw with what the database says,
and prints a count for each promise. The exit code is 1 if any count is not 0. Without options it runs a short version of
the usual scenarios.
  --scenario NAME   run only this scenario; may be given more than once. --list shows the names. These run by name only:
                    web-cut, carrier-still, replay-kills, failover, migration-kills and month
  --kills N         run the race until at least N processes were killed
  --stops N         run the race until at least N people opted out
  --sends N         run the race until at least N messages reached the carrier
  --runs N          run only the scenario "web-kills", and kill the web process N times
  --people N        people of one step of the race (600), or of the campaign (3000)
  --rows M          messages planned for each person of the race (30)
  --stopping P      percentage of subscribers who opt out while the race runs (94); a lower number leaves more messages
                    to send, which a race of many messages needs
  --seed S          seed of all random draws (random); it is printed, so that you can repeat a run
  --from K          begin the race at step K; a step depends only on the seed and its number
  --tally FILE      run the race in parts: continue where FILE says the last part ended, add to its counts, and print
                    the counts of all parts and what could not be run. A missing FILE is created; a FILE that counted
                    another version of the sources is refused
  --minutes M       end the race, or this part of it, after the step in which M minutes have passed
  --plant BUG       plant a bug, and say whether each of its counts catches it. "all" plants each bug in turn, and also
                    runs each of their scenarios without a bug, where the counts must find nothing
  --list            print the names of scenarios, bugs and controls
  --help            print this help`;

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

/** The size of a run without options: one step of each race. Some of its six kills hit a process that is already down. */
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
  if (size.stopping > 100) throw new Error('--stopping is of a hundred people, so at most 100');
  const race = long || values.from !== undefined || values.tally !== undefined;
  const alone = race ? ['race'] : values.runs !== undefined ? ['web-kills'] : [];
  const scenarios = values.scenario ?? alone;
  if (values.tally !== undefined && scenarios.join() !== 'race') {
    throw new Error('--tally adds up the parts of the scenario "race", and of no other');
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
