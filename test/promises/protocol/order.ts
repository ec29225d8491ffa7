import { withRow } from './changes.ts';
import {
  at,
  type ModelFacts,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  type RowClass,
} from './state.ts';

/** The classes of replies. The confirmation of an opt-out waits for no reply, and no reply waits for it. */
const ANSWERS: readonly RowClass[] = ['prompt', 'reply', 'joining-help', 'required-answer', 'help'];

/**
 * Whether one reply comes before another: by the texts that they answer, then by their places among the replies to
 * one text.
 */
const isEarlier = (row: ModelRow, other: ModelRow, byPlace = true): boolean =>
  row.contact === other.contact &&
  ANSWERS.includes(row.class) &&
  ANSWERS.includes(other.class) &&
  (row.rev < other.rev || (byPlace && row.rev === other.rev && row.place < other.place));

const isOpen = ({ state }: ModelRow): boolean => state === 'planned' || state === 'sending';

/**
 * Whether a reply must wait because an earlier reply to the same person is open. It waits for a limited time only.
 * Mirrors `mustWait` in src/domain/sending/answer-order.ts.
 */
export function mustWait({ flaws }: ModelWorld, row: ModelRow, { rows }: ModelFacts): boolean {
  if (row.waitIn === 0 || flaws.has('order-not-kept')) return false;
  const byPlace = !flaws.has('order-of-texts-alone');
  const plannedOnly = flaws.has('order-of-planned-alone');
  return rows.some(
    (other) => isEarlier(other, row, byPlace) && isOpen(other) && !(plannedOnly && other.state === 'sending'),
  );
}

/** Whether an earlier reply to the same person is open. */
export function isBehind({ rows }: ModelFacts, place: number): boolean {
  const row = at(rows, place);
  return rows.some((other) => isEarlier(other, row) && isOpen(other));
}

/** Marks the open replies that a reply has just overtaken although it still had to wait for them. */
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

/**
 * The order mark of a row with an unknown outcome. The row may be put back or tried again after later replies that no
 * longer waited for it.
 */
export const orderLost = (world: ModelWorld, row: ModelRow): Partial<ModelRow> =>
  world.orderWait > 0 ? { order: 'not-promised' } : { order: row.order };
