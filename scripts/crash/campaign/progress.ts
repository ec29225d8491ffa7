import type { Progress } from './orders.ts';

/** A campaign is paused once this share of its people is done with, and while rows of this share wait. */
const PAUSE_AT = 0.2;
const WAITING = 0.4;

/** Of those who may get it, whose message is neither planned nor under way any more. */
export function shareGone({ messages }: Progress, people: number): number {
  const { planned = 0, sending = 0, skipped = 0, ...gone } = messages;
  const left = Object.values(gone).reduce((sum, count) => sum + count, 0);
  // Whoever has no row yet counts as one who may get it.
  return left / Math.max(1, people - skipped, planned + sending + left);
}

/**
 * When the plan is complete no more will wait than do: a slow plan does not keep the pause from happening. Asked once the planners
 * have died: a pause before hands the plan to a worker with too few slices left to die over.
 */
export function isToPause(progress: Progress, people: number): boolean {
  const waits = (progress.messages.planned ?? 0) >= people * WAITING;
  return shareGone(progress, people) >= PAUSE_AT && (waits || progress.plan_complete);
}
