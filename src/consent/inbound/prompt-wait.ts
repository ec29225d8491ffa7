import { setTimeout as pause } from 'node:timers/promises';
import { FLAG_LEASE_MS, type Monotonic } from '../../sending/gate.ts';
import { SLACK_MS } from '../../sending/quench.ts';
import { isUnderWay } from '../../store/deliveries/confirmations.ts';
import type { Store } from '../../store/store.ts';

/** A question of a contact whose message is not known to have left. */
export type UnderWay = { contact: string; prompt: string };

/** Between two looks at a message that is under way, ms. */
const LOOK_MS = 25;

/**
 * Waits, as an opt-out does, until the message that puts a question has settled, or its lease has surely passed on this
 * process's own clock: a YES may be here before the answer of the carrier that took its question. One whose question waits
 * for its turn waits for nothing: it is older than that.
 */
export async function waitForPrompt(store: Store, asked: UnderWay | null, monotonic: Monotonic): Promise<void> {
  if (asked === null) return;
  const giveUp = monotonic() + FLAG_LEASE_MS + SLACK_MS;
  while (monotonic() < giveUp && (await isUnderWay(store, asked))) await pause(LOOK_MS);
}
