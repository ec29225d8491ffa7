import type { Pass } from './pass.ts';
import type { Kind } from './texts.ts';

export type Pair = { floor: Pass; gateway: Pass };

/** Gateway's texts a second over the floor's. */
export const ratioOf = ({ floor, gateway }: Pair): number => gateway.perSecond / floor.perSecond;

export function pairLine(at: number, pair: Pair): string {
  return `pair ${at}: ratio ${ratioOf(pair).toFixed(2)}\n${passLine('floor', pair.floor)}\n${passLine('gateway', pair.gateway)}`;
}

function passLine(name: string, { perSecond, p50, p99, cpu }: Pass): string {
  const rate = `${perSecond.toFixed(0)}/s`.padStart(7);
  const used = cpu.node === null || cpu.mongod === null ? null : cpu.node + cpu.mongod;
  const parts = `${ms(used)} CPU ms a text (node ${ms(cpu.node)}, mongod ${ms(cpu.mongod)}; generator ${ms(cpu.generator)})`;
  return `  ${name.padEnd(8)}${rate}  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms  ${parts}`;
}

const ms = (value: number | null): string => (value === null ? '?' : value.toFixed(3));

export function closingLines(pairs: readonly Pair[]): string[] {
  const ratios = pairs.map(ratioOf).sort((a, b) => a - b);
  const cpu = (pick: (pair: Pair) => Pass): number[] =>
    pairs.map((pair) => (pick(pair).cpu.node ?? Number.NaN) + (pick(pair).cpu.mongod ?? Number.NaN));
  const floor = median(cpu((pair) => pair.floor));
  const gateway = median(cpu((pair) => pair.gateway));
  return [
    '',
    `ratio gateway ÷ floor: median ${median(ratios).toFixed(2)}, from ${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)} over ${pairs.length} pairs (target 1.2)`,
    `CPU of all servers a text: floor ${ms(floor)} ms, gateway ${ms(gateway)} ms (medians)`,
  ];
}

/** What was texted, as shares, so that nobody has to guess what the figure stands for. */
export function mixLine(passes: readonly Record<Kind, number>[]): string {
  const sum = (kind: Kind): number => passes.reduce((total, one) => total + one[kind], 0);
  const kinds: Kind[] = ['join', 'yes', 'code', 'stop'];
  const all = kinds.reduce((total, kind) => total + sum(kind), 0);
  const shares = kinds.map((kind) => `${kind} ${((100 * sum(kind)) / all).toFixed(1)} %`);
  return `texts to the gateway: ${all} (${shares.join(', ')}); every answer checked`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
