import type { Carrier } from '../carrier.ts';
import { effectsOn, findEffect } from '../control/behaviours.ts';
import type { Effect } from '../control/effects.ts';
import type { Call } from '../http-call.ts';
import { RestError } from './error.ts';

/**
 * Stops a call before anything is done, where the effects say so.
 * @throws RestError for a refusal, a 429, and a 5xx whose message is not made all the same.
 */
export function refuseBy(effects: readonly Effect[]): void {
  if (findEffect(effects, 'http429')) throw new RestError(20429);
  const refused = findEffect(effects, 'errorSync');
  if (refused) throw new RestError(refused.code, refused.status);
  const failure = findEffect(effects, 'http5xx');
  if (failure && !failure.accepted) throw serverError(failure.status);
}

export function serverError(status: number): RestError {
  return new RestError(status === 503 ? 20503 : 20500, status);
}

/** Breaks the connection after `ms` without having answered. */
export async function hangUpAfter(carrier: Carrier, call: Call, ms: number): Promise<void> {
  await carrier.timers.wait(ms);
  call.request.socket.destroy();
}

/** Answers a GET about a person's messages, or goes wrong as the behaviours say. */
export function readWithFaults(carrier: Carrier, call: Call, person: string, run: () => void): Promise<void> {
  return runWithFaults(carrier, call, effectsOn(carrier, 'read', person), run);
}

/** Answers a call that makes nothing, or goes wrong as the effects say. */
export async function runWithFaults(
  carrier: Carrier,
  call: Call,
  effects: readonly Effect[],
  run: () => void,
): Promise<void> {
  refuseBy(effects);
  const hang = findEffect(effects, 'hang');
  if (hang) return hangUpAfter(carrier, call, hang.ms);
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return void call.request.socket.destroy();
  run();
}
