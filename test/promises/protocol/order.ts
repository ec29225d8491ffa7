import { withRow } from './changes.ts';
import {
  at,
  type ModelFacts,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  type RowClass,
} from './state.ts';

/** Classes that answer a text. The confirmation of an opt-out waits for none of them, nor any of them for it. */
const ANSWERS: readonly RowClass[] = ['prompt', 'reply', 'joining-help', 'required-answer', 'help'];

/** By the text that an answer is to, and by its place among the answers to that text. */
const isEarlier = (row: ModelRow, other: ModelRow, byPlace = true): boolean =>
  row.contact === other.contact &&
  ANSWERS.includes(row.class) &&
  ANSWERS.includes(other.class) &&
  (row.rev < other.rev || (byPlace && row.rev === other.rev && row.place < other.place));

const isOpen = ({ state }: ModelRow): boolean => state === 'planned' || state === 'sending';

/**
 * Whether an answer may not go yet, because an earlier one to the same person is open; for a while only. Mirrors
 * `mustWait` in src/domain/sending/answer-order.ts.
 */
export function mustWait({ flaws }: ModelWorld, row: ModelRow, { rows }: ModelFacts): boolean {
  if (row.waitIn === 0 || flaws.has('order-not-kept')) return false;
  const byPlace = !flaws.has('order-of-texts-alone');
  const plannedOnly = flaws.has('order-of-planned-alone');
  return rows.some(
    (other) => isEarlier(other, row, byPlace) && isOpen(other) && !(plannedOnly && other.state === 'sending'),
  );
}

/** Whether an earlier answer to the same person is open. */
export function isBehind({ rows }: ModelFacts, place: number): boolean {
  const row = at(rows, place);
  return rows.some((other) => isEarlier(other, row) && isOpen(other));
}

/** Notes the open answers that an answer has just overtaken, while it was still to wait for them. */
export function overtaking(state: ModelState, place: number): ModelState {
  const row = at(state.rows, place);
  if (row.waitIn === 0) return state;
  return state.rows.reduce(
    (next, earlier, other) =>
      isEarlier(earlier, row) && isOpen(earlier) && earlier.order === 'kept'
        ? withRow(next, other, { order: 'overtaken' })
        : next,
    state,
  );
}

/** Whose outcome was unknown once may be put back, or tried again, behind what did not wait for it any more. */
export const orderLost = (world: ModelWorld, row: ModelRow): Partial<ModelRow> =>
  world.orderWait > 0 ? { order: 'not-promised' } : { order: row.order };
