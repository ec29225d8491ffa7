import type { Pass } from './inbound/pass.ts';
import type { RequestKind } from './inbound/texts.ts';

export type Pair = { floor: Pass; gateway: Pass };

/** Requests a second of the gateway divided by those of the floor. */
const ratioOf = ({ floor, gateway }: Pair): number => gateway.perSecond / floor.perSecond;

export function pairLine(at: number, pair: Pair): string {
  return `pair ${at}: ratio ${ratioOf(pair).toFixed(2)}\n${passLine('floor', pair.floor)}\n${passLine('gateway', pair.gateway)}`;
}

function passLine(name: string, pass: Pass): string {
  const { perSecond, p50, p99, cpu } = pass;
  const rate = `${perSecond.toFixed(0)}/s`.padStart(7);
  const sum = cpuOf(pass);
  const used = Number.isNaN(sum) ? null : sum;
  const parts = `${ms(used)} CPU ms a request (node ${ms(cpu.node)}, mongod ${ms(cpu.mongod)}; generator ${ms(cpu.generator)})`;
  return `  ${name.padEnd(8)}${rate}  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms  ${parts}`;
}

const ms = (value: number | null): string => (value === null ? '?' : value.toFixed(3));

/** CPU of all servers per request, ms; NaN if the system does not report it. */
const cpuOf = ({ cpu }: Pass): number => (cpu.node ?? Number.NaN) + (cpu.mongod ?? Number.NaN);

export function closingLines(pairs: readonly Pair[], target: number): string[] {
  const spread = (name: string, values: number[], more: string): string => {
    const sorted = values.sort((a, b) => a - b);
    const [least, most] = [sorted[0], sorted.at(-1)].map((value) => value?.toFixed(2));
    return `${name}: median ${median(sorted).toFixed(2)}, from ${least} to ${most} over ${pairs.length} pairs${more}`;
  };
  const floor = median(pairs.map((pair) => cpuOf(pair.floor)));
  const gateway = median(pairs.map((pair) => cpuOf(pair.gateway)));
  const byCpu = pairs.map((pair) => cpuOf(pair.floor) / cpuOf(pair.gateway));
  return [
    '',
    spread('requests a second, gateway ÷ floor', pairs.map(ratioOf), ` (target ${target})`),
    spread('CPU of all servers a request, floor ÷ gateway', byCpu, ''),
    `CPU of all servers a request: floor ${ms(floor)} ms, gateway ${ms(gateway)} ms (medians)`,
  ];
}

const KINDS: readonly RequestKind[] = ['receipt', 'join', 'yes', 'code', 'stop'];

/** Returns the shares of what was sent, so that readers know what the figure is about. */
export function mixLine(passes: readonly Record<RequestKind, number>[]): string {
  const sum = (kind: RequestKind): number => passes.reduce((total, pass) => total + pass[kind], 0);
  const all = KINDS.reduce((total, kind) => total + sum(kind), 0);
  const kinds = KINDS.filter((kind) => kind !== 'receipt' || sum(kind) > 0);
  const shares = kinds.map((kind) => `${kind} ${((100 * sum(kind)) / all).toFixed(1)} %`);
  return `requests to the gateway: ${all} (${shares.join(', ')}); every answer checked`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
