import type { Step } from './journey.ts';

/**
 * Where someone who waits for a step of an older version goes on in a newer one: at the same step, where it is still
 * there; else at the first after the last step they have behind them. Null: there is nothing left. A step that they
 * did is never done again.
 */
export function stepIn(older: readonly Step[], waitsFor: string, newer: readonly Step[]): Step | null {
  const same = newer.find(({ id }) => id === waitsFor);
  if (same !== undefined) return same;
  const at = older.findIndex(({ id }) => id === waitsFor);
  const behind = new Set(older.slice(0, at < 0 ? older.length : at).map(({ id }) => id));
  const last = newer.findLastIndex(({ id }) => behind.has(id));
  return newer.slice(last + 1)[0] ?? null;
}
