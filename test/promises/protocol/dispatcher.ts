import { withProcess, withRow } from './changes.ts';
import { isUnsettled, mayGo, recordOutcome, sweepAfter, writeToSocket } from './door.ts';
import { mustWait } from './order.ts';
import { markHandedOver } from './prompts.ts';
import { at, type ModelFacts, type ModelMove, type ModelState, type ModelWorld, moveOf } from './state.ts';

/** A dispatcher between two batches. It remembers nothing. */
export const IDLE = {
  step: 'start',
  row: -1,
  timer: 0,
  attempt: 0,
  allowed: false,
  outcome: 'none',
} as const;

/**
 * Steps (1) to (5) of a dispatcher, one row at a time. Mirrors `claimBatch` in src/sending/claim-batch.ts and
 * `sendBatch` in src/sending/send-batch.ts.
 */
export function dispatcherMoves(world: ModelWorld, state: ModelState, me: number): ModelMove[] {
  const process = at(state.processes, me);
  switch (process.step) {
    case 'start':
      return due(world, state).map((row) => begin(world, state, me, row));
    case 'claim':
      return [moveOf('dispatcher', me, `claims row ${process.row}`, claimLate(world, state, me))];
    case 'read':
      return reads(world, state, me).map(([what, next]) => moveOf('dispatcher', me, what, next));
    case 'decided':
      return decided(world, state, me).map(([what, next]) => moveOf('dispatcher', me, what, next));
    case 'mark':
      return [moveOf('dispatcher', me, 'notes that its prompt was handed over', mark(world, state, me))];
    case 'record':
      return [moveOf('dispatcher', me, 'records', record(world, state, me))];
    default:
      return [];
  }
}

/** The places of due rows. Mirrors `findDue` in src/store/deliveries/queue.ts. */
const due = (world: ModelWorld, state: ModelState): number[] =>
  state.rows.flatMap((row, place) =>
    row.state === 'planned' && row.dueIn === 0 && row.attempt < world.attempts ? [place] : [],
  );

function begin(world: ModelWorld, state: ModelState, me: number, row: number): ModelMove {
  if (!world.flaws.has('facts-before-claim')) {
    return moveOf('dispatcher', me, `claims row ${row}`, claim(world, state, me, row));
  }
  const early = read(world, withProcess(state, me, { row }), me, state, 'claim');
  return moveOf('dispatcher', me, `reads facts for row ${row}`, early);
}

/**
 * Claims a row. Mirrors `claimDeliveries` in src/store/deliveries/queue.ts. The program computes its deadline before
 * it asks for the claim. The model does both in one step, which is the latest possible deadline.
 */
function claim(world: ModelWorld, state: ModelState, me: number, place: number): ModelState {
  const attempt = at(state.rows, place).attempt + 1;
  const claimed = withRow(state, place, { state: 'sending', attempt, sweepIn: sweepAfter(world) });
  return withProcess(claimed, me, { step: 'read', row: place, attempt, timer: world.lease });
}

/** Claims a row whose facts were read before. Only the flaw `facts-before-claim` does this. */
function claimLate(world: ModelWorld, state: ModelState, me: number): ModelState {
  const { row: place } = at(state.processes, me);
  if (at(state.rows, place).state !== 'planned') return withProcess(state, me, IDLE);
  return withProcess(claim(world, state, me, place), me, { step: 'decided' });
}

/**
 * Reads the facts of a claimed row. Mirrors `findContacts` in src/store/contacts/contacts.ts and `readJoined` in
 * src/store/contacts/person-facts.ts, both in the session of the claim, so that no older primary can answer.
 */
function reads(world: ModelWorld, state: ModelState, me: number): [string, ModelState][] {
  const fresh: [string, ModelState] = ['reads facts', read(world, state, me, state, 'decided')];
  if (state.old === null) return [fresh];
  if (world.flaws.has('facts-from-second-client')) {
    return [fresh, ['reads facts of a former primary', read(world, state, me, state.old, 'decided')]];
  }
  return [fresh, ['cannot read, leaves its row to the sweep', withProcess(state, me, IDLE)]];
}

function read(
  world: ModelWorld,
  state: ModelState,
  me: number,
  facts: ModelFacts,
  step: 'decided' | 'claim',
): ModelState {
  const { row: place, timer } = at(state.processes, me);
  const row = at(state.rows, place);
  const may = mayGo(world, place, row, facts);
  const waits = may && mustWait(world, row, facts);
  const allowed = may && !waits;
  // The deadline counts from the claim, unless the flaw counts it from here.
  const counted = world.flaws.has('deadline-from-after-claim') ? world.lease : timer;
  const outcome = waits ? 'must-wait' : 'none';
  return withProcess(state, me, { step, allowed, outcome, timer: allowed ? counted : 0 });
}

function decided(world: ModelWorld, state: ModelState, me: number): [string, ModelState][] {
  const { allowed, outcome } = at(state.processes, me);
  if (allowed) return writeToSocket(world, state, me);
  if (outcome === 'must-wait') {
    return [['puts its row back, an earlier answer is open', withProcess(putBack(state, me), me, IDLE)]];
  }
  return [['skips its row', withProcess(skip(state, me), me, IDLE)]];
}

/** Whether the row is still in the attempt of this process, also after the sweep. */
function isMine(state: ModelState, me: number): boolean {
  const { row: place, attempt } = at(state.processes, me);
  const row = at(state.rows, place);
  return isUnsettled(row) && row.attempt === attempt;
}

/** Ends a row that may not leave. Mirrors `endRefused` in src/store/deliveries/queue.ts. */
const skip = (state: ModelState, me: number): ModelState =>
  isMine(state, me) ? withRow(state, at(state.processes, me).row, { state: 'skipped', sweepIn: 0 }) : state;

/**
 * Releases the claim. Mirrors `releaseDeliveries` in src/store/deliveries/queue.ts. An attempt that was read and
 * released is over and cannot be confused with another. Its number is used again: otherwise waiting replies would
 * have infinitely many states.
 */
function putBack(state: ModelState, me: number): ModelState {
  const { row, attempt } = at(state.processes, me);
  return isMine(state, me)
    ? withRow(state, row, { state: 'planned', attempt: attempt - 1, sweepIn: 0 })
    : state;
}

/**
 * Records the hand-over of the prompt before its outcome, so that a process that sees the outcome sees the hand-over
 * too.
 */
function mark(world: ModelWorld, state: ModelState, me: number): ModelState {
  const marked = markHandedOver(state, at(state.processes, me).row);
  return world.flaws.has('settled-before-marked')
    ? withProcess(marked, me, IDLE)
    : withProcess(marked, me, { step: 'record' });
}

function record(world: ModelWorld, state: ModelState, me: number): ModelState {
  const { outcome, row } = at(state.processes, me);
  const recorded = recordOutcome(world, state, me);
  const marksLast = world.flaws.has('settled-before-marked') && at(state.rows, row).class === 'prompt';
  return marksLast && outcome === 'accepted'
    ? withProcess(recorded, me, { step: 'mark' })
    : withProcess(recorded, me, IDLE);
}
