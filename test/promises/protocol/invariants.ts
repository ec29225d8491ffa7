import { isFree } from './door.ts';
import { at, type ModelState } from './state.ts';

const UNFINISHED = ['planned', 'sending'];

/** The promise that this state breaks, or null. `handOver` checks the promises about the moment of a hand-over. */
export function brokenPromise(state: ModelState, atRest: boolean): string | null {
  if (state.broken !== '') return state.broken;
  for (const { number, subscribed } of state.contacts) {
    const { gen, lifted, undone } = at(state.numbers, number);
    if (subscribed && gen <= lifted && undone < gen) return 'a person who opted out last is opted in';
  }
  if (state.rows.some((row) => row.state === 'canceled' && isFree(row)))
    return 'an opt-out canceled HELP or a confirmation';
  if (!atRest) return null;
  if (state.rows.some((row) => UNFINISHED.includes(row.state)))
    return 'a delivery has no final state at rest';
  const waiting = state.processes.some(({ role, step }) => role === 'opt-out' && step !== 'done');
  return waiting ? 'an opt-out was never answered' : null;
}
