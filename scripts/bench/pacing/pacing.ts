import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../../src/config.ts';
import { DATABASE } from '../../../src/store/store.ts';
import { type Children, messageOf } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { freePort } from '../../rig/free-port.ts';
import { machineOf } from '../machine.ts';
import type { PacingDone, PacingGo, PacingOrder, PacingReady } from './worker.ts';

export type ReceiverOrder = { kind: 'listen'; port: number } | { kind: 'collect' };

export type ReceiverServed = { kind: 'served' };

/** The times at which messages arrived since the last collection, ms of the clock of the machine. */
export type ReceivedStamps = { kind: 'received'; stamps: number[] };

const RATES = [10, 100, 1000];
const WORKERS = [1, 2, 4];

/** Differences between the clocks of the workers, ms. */
const SKEWS = [-2000, 2000, -1000, 1000];

type PacingCell = { rate: number; workers: number };

/**
 * `stamps`, `receiver` and `mean` are divided by the limit. `missed` and `unasked` are the shares of all slots that a worker
 * came too late to use, or to ask for.
 */
type Measured = PacingCell & {
  stamps: number;
  receiver: number;
  mean: number;
  missed: number;
  unasked: number;
  cpuShare: number;
};

/** Measures every rate with every number of worker processes, one cell after another. */
export async function benchPacing(
  rig: DatabaseRig,
  children: Children,
  seconds: number,
  say: (line: string) => void,
): Promise<void> {
  say(`pacing, ${seconds} s a cell\n${(await machineOf(rig.uri)).line}\n`);
  say('                       worst second ÷ limit    mean    slots   slots   CPU of');
  say('segments/s   workers  by stamps  at receiver  ÷ limit  missed  unasked a worker');
  const receiver = startChild(children, 'receiver.ts');
  const port = await freePort();
  receiver.send({ kind: 'listen', port } satisfies ReceiverOrder);
  await messageOf<ReceiverServed>(receiver, 'served');
  for (const rate of RATES) {
    for (const workers of WORKERS) {
      const to = { uri: rig.uri, database: DATABASE, port, seconds };
      say(cellLine(await measure(children, receiver, { rate, workers }, to)));
    }
  }
  await children.end(receiver, 'SIGTERM');
}

const startChild = (children: Children, file: string): ChildProcess =>
  children.start(join(ROOT, 'scripts', 'bench', 'pacing', file), { execArgv: ['--import', 'tsx'] });

async function measure(
  children: Children,
  receiver: ChildProcess,
  { rate, workers }: PacingCell,
  to: Pick<PacingOrder, 'uri' | 'database' | 'port' | 'seconds'>,
): Promise<Measured> {
  const number = `bench-${rate}-${workers}`;
  const all = SKEWS.slice(0, workers).map((skew) => {
    const child = startChild(children, 'worker.ts');
    child.send({ kind: 'order', ...to, number, rate, skew } satisfies PacingOrder);
    return child;
  });
  await Promise.all(all.map((child) => messageOf<PacingReady>(child, 'ready')));
  const done = all.map((child) => messageOf<PacingDone>(child, 'done'));
  for (const child of all) child.send({ kind: 'go' } satisfies PacingGo);
  const results = await Promise.all(done);
  const received = messageOf<ReceivedStamps>(receiver, 'received');
  receiver.send({ kind: 'collect' } satisfies ReceiverOrder);
  const stamps = results.flatMap((result) => result.stamps);
  const sum = (of: (pacingDone: PacingDone) => number): number =>
    results.reduce((all, result) => all + of(result), 0);
  return {
    rate,
    workers,
    stamps: mostInSecond(stamps) / rate,
    receiver: mostInSecond((await received).stamps) / rate,
    mean: meanPerSecond(stamps) / rate,
    missed: sum((pacingDone) => pacingDone.missed) / stamps.length,
    unasked: unasked(results.flatMap((result) => result.blocks)),
    cpuShare: sum((pacingDone) => pacingDone.cpuMs) / workers / (to.seconds * 1000),
  };
}

/** The share of the time between the first and the last slot that no grant covers. */
function unasked(blocks: PacingDone['blocks']): number {
  const sorted = [...blocks].sort((a, b) => a.begin - b.begin);
  const gaps = sorted.map(({ begin }, at) => (at === 0 ? 0 : begin - (sorted[at - 1]?.end ?? 0)));
  const whole = (sorted.at(-1)?.end ?? 0) - (sorted[0]?.begin ?? 0);
  return gaps.reduce((sum, gap) => sum + gap, 0) / whole;
}

function cellLine(measured: Measured): string {
  const share = (value: number): string => value.toFixed(3);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const cells = [
    String(measured.rate).padStart(10),
    String(measured.workers).padStart(10),
    share(measured.stamps).padStart(11),
    share(measured.receiver).padStart(13),
    share(measured.mean).padStart(9),
    percent(measured.missed).padStart(8),
    percent(measured.unasked).padStart(9),
    percent(measured.cpuShare).padStart(9),
  ];
  return cells.join('');
}

/** The largest number of these times, given in ms in any order, in any half-open second. */
export function mostInSecond(moments: readonly number[]): number {
  const sorted = Float64Array.from(moments).sort();
  let most = 0;
  let end = 0;
  for (const [first, moment] of sorted.entries()) {
    while (end < sorted.length && (sorted[end] as number) < moment + 1000) end += 1;
    most = Math.max(most, end - first);
  }
  return most;
}

/** The number a second from the first to the last; NaN if there are fewer than two. */
export function meanPerSecond(moments: readonly number[]): number {
  const sorted = Float64Array.from(moments).sort();
  return (sorted.length - 1) / (((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1000);
}
