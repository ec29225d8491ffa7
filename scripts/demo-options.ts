import { parseArgs } from 'node:util';
import { CommandFailure } from './running-demo.ts';
import { MOST_NUMBERS } from './seed/audience/numbers.ts';

export const HELP = `npm run demo [-- --contacts N] [-- --month]

Starts database, carrier simulator and gateway on this machine, seeded, until Ctrl-C; goes on where it ended.
Ports: PORT (3000), SIMULATOR_PORT (4010). Data: DATA_DIR (.data). Database: embedded, or MONGODB_URI.
  --contacts N   adds people up to so many, the same in every demo, each with a past of consent that verify-ledger walks (0)
  --month        first plays a simulated month over 50,000 people, or those of --contacts: campaigns, dead numbers, an
                 outage, people who leave; prints it day by day and checks its end against what really happened. Needs a
                 demo without people; goes on where it was broken off, and tells how it ended once it was played`;

export type DemoSize = { contacts: number; month: boolean };

const MONTH_PEOPLE = '50000';

/** What the command line asks for; null where it asks for help. Throws `Stop` where it cannot be understood. */
export function readDemoOptions(args: readonly string[]): DemoSize | null {
  const values = parse(args);
  if (values.help) return null;
  const month = values.month === true;
  const given = values.contacts ?? (month ? MONTH_PEOPLE : '0');
  const contacts = Number(given);
  if (!/^\d+$/.test(given) || contacts > MOST_NUMBERS) {
    throw new CommandFailure(`--contacts is a whole number up to ${MOST_NUMBERS}, not "${given}"`);
  }
  if (month && contacts === 0)
    throw new CommandFailure('--month needs people: leave --contacts out, or give it some');
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
    const why = error instanceof Error ? error.message : 'That cannot be read.';
    throw new CommandFailure(`${why}\n\n${HELP}`);
  }
}
