import type { Carrier } from '../carrier.ts';
import { findEffect } from '../control/behaviours.ts';
import type { Effect } from '../control/effects.ts';

/**
 * Posts an event as the effects in force say: never, late, after the next event with the same key, or
 * several times at once. Resolves to the first post's result, or null when nothing was posted.
 */
export async function postWithFaults<T>(
  carrier: Carrier,
  key: string,
  effects: readonly Effect[],
  post: () => Promise<T>,
): Promise<T | null> {
  if (findEffect(effects, 'lose')) return null;
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return null;
  const reorder = findEffect(effects, 'reorder');
  if (reorder && !(await overtaken(carrier, key, reorder.withinMs))) return null;
  const times = 1 + (findEffect(effects, 'duplicate')?.times ?? 0);
  const [first] = await Promise.all(Array.from({ length: times }, post));
  if (!reorder) releaseHeld(carrier, key);
  return first ?? null;
}

/** Waits until another event with this key has been posted, at most `withinMs`: it may be the last one.
 * False when the wait was called off. */
function overtaken(carrier: Carrier, key: string, withinMs: number): Promise<boolean> {
  const passed = new Promise<boolean>((resolve) => {
    carrier.held.set(key, [...(carrier.held.get(key) ?? []), () => resolve(true)]);
  });
  return Promise.race([passed, carrier.timers.wait(withinMs)]);
}

function releaseHeld(carrier: Carrier, key: string): void {
  for (const release of carrier.held.get(key) ?? []) release();
  carrier.held.delete(key);
}

/** True when the event must not keep its place in the order of its kind. */
export function losesItsPlace(effects: readonly Effect[]): boolean {
  return findEffect(effects, 'delay') !== undefined || findEffect(effects, 'reorder') !== undefined;
}
