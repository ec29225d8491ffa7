import type { Lane } from './lanes.ts';

/** A message that waits for a place at the carrier, whatever number it leaves from. */
export type InLine = { sender: string; lane: Lane };

/**
 * Whose turn it is when calls may begin again, first to last: answers, then what was ordered, then offers; among those of
 * one kind the sender that has waited longest for a place. `served`: a number for each sender, the higher the later it had one.
 */
export function inLine<T extends InLine>(waiting: readonly T[], served: ReadonlyMap<string, number>): T[] {
  const rank = ({ lane }: InLine): string => lane.slice(0, 1);
  const last = ({ sender }: InLine): number => served.get(sender) ?? 0;
  return waiting.toSorted((a, b) => rank(a).localeCompare(rank(b)) || last(a) - last(b));
}
