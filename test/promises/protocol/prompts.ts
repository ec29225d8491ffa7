import { withContact } from './changes.ts';
import { at, type ModelProcess, type ModelState } from './state.ts';

/** The contact whose open prompt this row sends while its hand-over is not recorded yet, or -1. */
const unnotedOf = (state: ModelState, place: number): number =>
  state.contacts.findIndex((contact) => contact.prompt && contact.promptRow === place && !contact.handedOver);

/** Whether the hand-over of the row's prompt still has to be recorded. */
export const isUnnoted = (state: ModelState, place: number): boolean => unnotedOf(state, place) >= 0;

/**
 * Records the hand-over of a prompt. The recorded time is that of the socket write, whenever it is recorded: `heard`
 * stands for the comparison with this time. Mirrors `markPromptHandedOver` in src/store/contacts/prompts.ts.
 */
export function markHandedOver(state: ModelState, place: number): ModelState {
  const of = unnotedOf(state, place);
  return of < 0 ? state : withContact(state, of, { handedOver: true, rev: at(state.contacts, of).rev + 1 });
}

/** Whether a prompt was written to its socket before a YES came. */
export const heard = (yes: ModelProcess, place: number): boolean => (yes.heard & (1 << place)) !== 0;

export const LOST_YES = 'a YES to a prompt that had left is lost';

/**
 * Checks the promise to a person who says YES: a prompt that left before the YES and is recorded as accepted within
 * the wait counts. This is for a YES that has decided while its wait would not be over.
 */
export function breakLost(state: ModelState, place: number): ModelState {
  const row = at(state.rows, place);
  if (row.class !== 'prompt') return state;
  const contact = at(state.contacts, row.contact);
  const asks = contact.prompt && contact.promptRow === place && contact.under === row.gen;
  const lost = state.processes.some(
    (process) =>
      process.role === 'yes' && process.step === 'done' && process.timer > 0 && heard(process, place),
  );
  return asks && lost ? { ...state, broken: LOST_YES } : state;
}
