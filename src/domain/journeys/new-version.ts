import type { Step } from './journey.ts';

/**
 * What of a newer version is left for someone who waits for a step of an older one: the same step and what follows it,
 * where it is still there; else what follows the last step they have behind them. Steps of other versions that they did
 * may be among it: those are passed over.
 */
export function stepsIn(older: readonly Step[], waitsFor: string, newer: readonly Step[]): readonly Step[] {
  const same = newer.findIndex(({ id }) => id === waitsFor);
  if (same >= 0) return newer.slice(same);
  const at = older.findIndex(({ id }) => id === waitsFor);
  const behind = new Set(older.slice(0, at < 0 ? older.length : at).map(({ id }) => id));
  const last = newer.findLastIndex(({ id }) => behind.has(id));
  return newer.slice(last + 1);
}
