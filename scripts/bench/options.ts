import { parseArgs } from 'node:util';
import type { CleanupOptions } from './cleanup/cleanup.ts';
import type { ConsoleBenchOptions } from './console/console.ts';
import type { DispatchOptions } from './dispatch/dispatch.ts';
import type { InboundOptions } from './inbound/inbound.ts';
import { MIX_STOPS } from './inbound/mix.ts';
import type { PlanOptions } from './plan/plan.ts';
import type { PreviewOptions } from './preview.ts';
import type { StopOptions } from './stop/stop.ts';

export const HELP = `npm run bench -- inbound [--pairs N] [--seconds S] [--connections C] [--stops P | --mix | --replies] [--profile]

Measures how many texts the web process takes, each stored durably with its reply planned. It runs in turn with a minimal
server (the floor) on the same mongod, and prints the ratio. With --replies it measures web and worker up to the API call
that sends the reply, against the floor followed by the usual send loop.
  --pairs N        pairs of passes (5; 3 with --mix or --replies)
  --seconds S      measured seconds of each pass, after a warm-up of 3 seconds (8)
  --connections C  connections, each with one open request; at most 512 (512; 256 with --mix, 64 with --replies)
  --stops P        percentage of texts that are a STOP; 0 to 20 (0)
  --mix            send 70 delivery receipts, 25 keywords and 5 STOPs in each hundred requests
  --replies        measure from a text to the API call that sends its reply
  --profile        run one more pass of each under Node's profiler, and print where the time goes

npm run bench -- stop [--pairs N] [--seconds S] [--rate R]

Measures how long a STOP takes while a campaign sends at full speed, against the same without a campaign. STOPs arrive at
fixed times, whether or not earlier ones were answered. Half of them are from people whose message is about to leave.
  --pairs N        pairs of passes, 1 to 20 (2)
  --seconds S      measured seconds of each pass, after a warm-up of 2 seconds; 2 to 60 (8)
  --rate R         STOPs a second, 10 to 1000 (200)

npm run bench -- dispatch [--pairs N] [--seconds S] [--receipts]

Measures a worker against a bare loop that posts the same forms to the same simulator with the same HTTP client.
  --pairs N        pairs of passes (3)
  --seconds S      measured seconds of each pass (8)
  --receipts       the simulator posts two receipts for each message, and a web process takes them

npm run bench -- plan [--pairs N] [--million]

Measures campaigns to audiences of 20,000 and 200,000 people: the time from "go" to the first message sent, the people
planned a second against a plain insert of finished rows, and the peak memory of web and worker.
  --pairs N        pairs of passes at each size, 1 to 10 (2)
  --million        measure one million people too; creating them takes a quarter of an hour or more

npm run bench -- pacing [--seconds S]

Measures how many segments leave in any second, at limits of 10, 100 and 1,000 segments a second, with 1, 2 and 4 worker
processes whose clocks differ by up to 4 s. It counts by the timestamps of the workers and at the receiver.
  --seconds S      seconds of each of the nine cells, at most 10 (5)

npm run bench -- preview [--pairs N] [--contacts N]

Measures the preview of a segment of five clauses, narrow and wide, against countDocuments of the same filter.
  --pairs N        pairs of passes for each segment (5)
  --contacts N     people in the database, 1000 to 2000000 (1000000)

npm run bench -- cleanup [--pairs N] [--messages N]

Measures the nightly job that looks for bounces and incidents, against two aggregations and a bulk write.
  --pairs N        pairs of passes, 1 to 20 (3)
  --messages N     messages that have ended, 1000 to 2000000 (20000)

npm run bench -- console [--contacts N] [--rounds N]

Measures how long the server takes for each page of the console, on the demo with its past and N people, and what a first visit
loads.
  --contacts N     people in the database, 1500 to 200000 (100000)
  --rounds N       loads of each page (40)

docs/performance.md explains the results.`;

export type Chosen =
  | ({ what: 'inbound' } & InboundOptions)
  | ({ what: 'stop' } & StopOptions)
  | ({ what: 'preview' } & PreviewOptions)
  | ({ what: 'console' } & ConsoleBenchOptions)
  | { what: 'pacing'; seconds: number }
  | ({ what: 'cleanup' } & CleanupOptions)
  | ({ what: 'plan' } & PlanOptions)
  | ({ what: 'dispatch' } & DispatchOptions);

/** Returns null if help is wanted. Throws if a bench or an option is unknown, or a number is out of bounds. */
export function readOptions(args: readonly string[]): Chosen | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{
        ...{ pairs: text, seconds: text, connections: text, stops: text },
        ...{ rate: text, contacts: text, messages: text, rounds: text },
      },
      ...{ mix: flag, profile: flag, replies: flag, receipts: flag, million: flag, help: flag },
    },
  });
  const number: Read = (name, ...bounds) => within(values[name], ...bounds);
  const what = positionals.join();
  if (values.help || what === '') return null;
  if (what === 'preview') {
    const pairs = number('pairs', 5, 1, 100);
    return { what, pairs, contacts: number('contacts', 1_000_000, 1000, 2_000_000) };
  }
  if (what === 'console') return consoleOf(number);
  if (what === 'cleanup') {
    const pairs = number('pairs', 3, 1, 20);
    return { what, pairs, messages: number('messages', 20_000, 1000, 2_000_000) };
  }
  if (what === 'pacing') return { what, seconds: number('seconds', 5, 1, 10) };
  if (what === 'plan') return { what, pairs: number('pairs', 2, 1, 10), million: values.million };
  if (what === 'stop') {
    const [pairs, seconds] = [number('pairs', 2, 1, 20), number('seconds', 8, 2, 60)];
    return { what, pairs, seconds, rate: number('rate', 200, 10, 1000) };
  }
  if (what === 'dispatch') {
    const [pairs, seconds] = [number('pairs', 3, 1, 100), number('seconds', 8, 1, 60)];
    return { what, pairs, seconds, receipts: values.receipts };
  }
  if (what === 'inbound') return inboundOf(values, number);
  throw new Error(`there is no bench "${positionals.join(' ')}"\n\n${HELP}`);
}

function consoleOf(number: Read): Chosen {
  const rounds = number('rounds', 40, 5, 500);
  return { what: 'console', rounds, contacts: number('contacts', 100_000, 1500, 200_000) };
}

type InboundFlags = { mix: boolean; profile: boolean; replies: boolean; stops?: string };

function inboundOf(values: InboundFlags, number: Read): Chosen {
  const { mix, profile, replies } = values;
  if (mix && values.stops !== undefined) throw new Error('--mix fixes the share of STOPs: leave --stops out');
  if (replies && (mix || profile || values.stops !== undefined))
    throw new Error('--replies is a separate measurement: leave --mix, --stops and --profile out');
  return {
    ...{ what: 'inbound', mix, profile, replies },
    pairs: number('pairs', mix || replies ? 3 : 5, 1, 100),
    seconds: number('seconds', 8, 1, 120),
    connections: number('connections', mix ? 256 : replies ? 64 : 512, 1, 512),
    stops: mix ? MIX_STOPS : number('stops', 0, 0, 20),
  };
}

type Numeric = 'pairs' | 'seconds' | 'connections' | 'stops' | 'rate' | 'contacts' | 'messages' | 'rounds';
type Read = (name: Numeric, ...bounds: Bounds) => number;
type Bounds = [usual: number, least: number, most: number];

function within(text: string | undefined, usual: number, least: number, most: number): number {
  if (text === undefined) return usual;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
}
