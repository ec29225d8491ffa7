import { parseArgs } from 'node:util';
import { CommandFailure } from './running-demo.ts';
import { MOST_NUMBERS } from './seed/audience/numbers.ts';
import { DEMO_PEOPLE, LEAST_FOR_PAST, SAMPLE_PEOPLE } from './seed/samples.ts';

export const HELP = `npm run demo [-- --contacts N] [-- --month]

Starts a seeded database, carrier simulator and gateway on this machine, and runs them until Ctrl-C. A later start
continues with the same data.
Ports: PORT (3000), SIMULATOR_PORT (4010). Data: DATA_DIR (.data). Database: embedded, or MONGODB_URI.
  --contacts N   add people until there are N (${DEMO_PEOPLE}). Every demo gets the same people, each with a consent history
                 that verify-ledger can check. With ${SAMPLE_PEOPLE} or more come samples: segments, templates, campaigns
                 and a journey. With ${LEAST_FOR_PAST} or more the first start plays the last thirty days in small: what people wrote,
                 campaigns that are over, holds, an incident, figures
  --month        first simulate a month for 50,000 people, or for those of --contacts: campaigns, dead numbers, an outage,
                 people who leave. Prints each day, and checks the end against what really happened. The demo must not
                 have people yet: give it a DATA_DIR of its own. An interrupted month continues; a finished one only prints its result again
  --help         print this help`;

export type DemoSize = { contacts: number; month: boolean };

const MONTH_PEOPLE = '50000';

/** Reads the command line. Returns null if it asks for help; throws `CommandFailure` if it is not valid. */
export function readDemoOptions(args: readonly string[]): DemoSize | null {
  const values = parse(args);
  if (values.help) return null;
  const month = values.month === true;
  const given = values.contacts ?? (month ? MONTH_PEOPLE : String(DEMO_PEOPLE));
  const contacts = Number(given);
  if (!/^\d+$/.test(given) || contacts > MOST_NUMBERS) {
    throw new CommandFailure(`--contacts must be a whole number up to ${MOST_NUMBERS}, not "${given}"`);
  }
  if (month && contacts === 0)
    throw new CommandFailure('--month needs people: leave --contacts out, or give a number above 0');
  return { contacts, month };
}

function parse(args: readonly string[]) {
  const options = {
    contacts: { type: 'string' },
    month: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'The command line is not valid.';
    throw new CommandFailure(`${why}\n\n${HELP}`);
  }
}
