import { median } from '../report.ts';
import type { Met } from './arrivals.ts';

/**
 * Times in ms, in any order. `late`: for all STOPs, how long after their intended time they were posted. `replies`: from the
 * webhook to the create call of the confirmation.
 */
export type StopTimes = {
  idle: number[];
  ready: number[];
  aimed: { ms: number; met: Met }[];
  late: number[];
  replies: { idle: number[]; campaign: number[] };
  perSecond: number;
};

const MET: Record<Met, string> = {
  planned: 'still planned',
  'under way': 'claimed, under way',
  left: 'at the carrier by then',
};

/** The value at this share of the sorted values; NaN if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const p99 = (values: readonly number[]): number => quantile(values, 0.99);
const aimedMs = ({ aimed }: StopTimes): number[] => aimed.map(({ ms }) => ms);
const ratios = (stopTimes: StopTimes): { ready: number; aimed: number } => ({
  ready: p99(stopTimes.ready) / p99(stopTimes.idle),
  aimed: p99(aimedMs(stopTimes)) / p99(stopTimes.idle),
});

export function stopLines(at: number, stopTimes: StopTimes): string[] {
  const { ready, aimed } = ratios(stopTimes);
  const met = (Object.keys(MET) as Met[]).map((kind): [string, number[]] => [
    `  message ${MET[kind]}`,
    stopTimes.aimed.flatMap((stop) => (stop.met === kind ? stop.ms : [])),
  ]);
  const groups: [string, number[]][] = [
    ['idle', stopTimes.idle],
    ['campaign, nothing planned', stopTimes.ready],
    ['campaign, aimed', aimedMs(stopTimes)],
    ...met.filter(([, values]) => values.length > 0),
  ];
  const sent = `${stopTimes.perSecond.toFixed(0)} messages/s meanwhile`;
  const late = `STOPs posted late by p50 ${quantile(stopTimes.late, 0.5).toFixed(1)}, p99 ${p99(stopTimes.late).toFixed(1)} ms`;
  return [
    `pair ${at}: p99 ÷ idle ${ready.toFixed(2)} nothing planned, ${aimed.toFixed(2)} aimed; ${sent}; ${late}`,
    ...groups.map(([name, values]) => groupLine(name, values)),
    replyLine('reply, idle', stopTimes.replies.idle),
    replyLine('reply, campaign', stopTimes.replies.campaign),
  ];
}

function groupLine(name: string, values: readonly number[]): string {
  const ms = (share: number): string => quantile(values, share).toFixed(1).padStart(7);
  return `  ${name.padEnd(33)}${String(values.length).padStart(6)} STOPs  p50 ${ms(0.5)}  p99 ${ms(0.99)}  max ${ms(1)} ms`;
}

function replyLine(name: string, values: readonly number[]): string {
  const ms = (share: number): string => quantile(values, share).toFixed(1).padStart(7);
  return `  ${name.padEnd(33)}${String(values.length).padStart(6)} replies  p50 ${ms(0.5)}  p95 ${ms(0.95)}  max ${ms(1)} ms`;
}

const p95 = (values: readonly number[]): number => quantile(values, 0.95);

export function stopClosing(pairs: readonly StopTimes[]): string[] {
  const of = (pick: (stopTimes: StopTimes) => number): number[] => pairs.map(pick);
  const inMs = { digits: 1, unit: ' ms' };
  const ratio = { digits: 2, unit: '' };
  return [
    '',
    ...[
      {
        name: 'p99 nothing planned ÷ idle',
        values: of((stopTimes) => ratios(stopTimes).ready),
        ...ratio,
        target: '2',
      },
      { name: 'p99 aimed ÷ idle', values: of((stopTimes) => ratios(stopTimes).aimed), ...ratio, target: '2' },
      {
        name: 'p99 nothing planned',
        values: of((stopTimes) => p99(stopTimes.ready)),
        ...inMs,
        target: '50 ms',
      },
      { name: 'p99 aimed', values: of((stopTimes) => p99(aimedMs(stopTimes))), ...inMs, target: '50 ms' },
      { name: 'reply p95, idle', values: of(({ replies }) => p95(replies.idle)), ...inMs, target: '150 ms' },
      {
        name: 'reply p95, campaign',
        values: of(({ replies }) => p95(replies.campaign)),
        ...{ ...inMs, target: '1000 ms' },
      },
    ].map(spreadLine),
    `idle p99: median ${median(of((stopTimes) => p99(stopTimes.idle))).toFixed(1)} ms; every answer checked`,
  ];
}

type Spread = { name: string; values: number[]; digits: number; unit: string; target: string };

function spreadLine({ name, values, digits, unit, target }: Spread): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  const middle = median(values).toFixed(digits);
  return `${name}: median ${middle}${unit}, from ${least} to ${most} over ${values.length} pairs (target ${target})`;
}
