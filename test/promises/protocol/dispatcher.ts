import { withProcess, withRow } from './changes.ts';
import { isUnsettled, mayGo, recordOutcome, sweepAfter, writeToSocket } from './door.ts';
import { at, type Facts, type Move, moveOf, type State, type World } from './state.ts';

/** A dispatcher between two rounds: it remembers nothing. */
export const IDLE = { step: 'start', row: -1, timer: 0, epoch: 0, allowed: false, outcome: 'none' } as const;

/**
 * Steps (1) to (5) of a dispatcher, a row at a time. Mirrors `beginRound` in src/sending/round.ts and `letGo` in
 * src/sending/let-go.ts.
 */
export function dispatcherMoves(world: World, state: State, me: number): Move[] {
  const early = world.flaws.has('facts-before-flag');
  const process = at(state.processes, me);
  switch (process.step) {
    case 'start':
      return due(world, state).map((row) =>
        early
          ? moveOf(
              'dispatcher',
              me,
              `reads facts for row ${row}`,
              read(world, withProcess(state, me, { row }), me, state, 'flag'),
            )
          : moveOf('dispatcher', me, `flags row ${row}`, flag(world, state, me, row)),
      );
    case 'flag':
      return [moveOf('dispatcher', me, `flags row ${process.row}`, flagLate(world, state, me))];
    case 'read':
      return reads(world, state, me).map(([what, next]) => moveOf('dispatcher', me, what, next));
    case 'decided':
      if (!process.allowed)
        return [moveOf('dispatcher', me, 'skips its row', withProcess(skip(state, me), me, IDLE))];
      return writeToSocket(world, state, me, 'rest').map(([what, next]) =>
        moveOf('dispatcher', me, what, next),
      );
    case 'record':
      return [
        moveOf('dispatcher', me, 'records', withProcess(recordOutcome(world, state, me, 'rest'), me, IDLE)),
      ];
    default:
      return [];
  }
}

/** Mirrors `findDue` in src/store/deliveries/due.ts. */
const due = (world: World, state: State): number[] =>
  state.rows.flatMap((row, place) => (row.state === 'planned' && row.epoch < world.epochs ? [place] : []));

/**
 * Mirrors `raiseFlags` in src/store/deliveries/due.ts. The program takes its deadline before it asks for the flag;
 * here in the same step, which is the latest it can be.
 */
function flag(world: World, state: State, me: number, place: number): State {
  const epoch = at(state.rows, place).epoch + 1;
  const flagged = withRow(state, place, {
    state: 'sending',
    epoch,
    dispatched: true,
    sweepIn: sweepAfter(world),
  });
  return withProcess(flagged, me, { step: 'read', row: place, epoch, timer: world.lease });
}

/** The flaw of reading first: the flag goes up on a row whose facts are decided already. */
function flagLate(world: World, state: State, me: number): State {
  const { row: place } = at(state.processes, me);
  if (at(state.rows, place).state !== 'planned') return withProcess(state, me, IDLE);
  return withProcess(flag(world, state, me, place), me, { step: 'decided' });
}

/**
 * Mirrors `findContacts` in src/store/people/contacts.ts and `readJoined` in src/store/people/joined.ts, both in the session of the flag:
 * an older primary cannot answer them.
 */
function reads(world: World, state: State, me: number): [string, State][] {
  const fresh: [string, State] = ['reads facts', read(world, state, me, state, 'decided')];
  if (state.old === null) return [fresh];
  if (world.flaws.has('facts-from-second-client')) {
    return [fresh, ['reads facts of a former primary', read(world, state, me, state.old, 'decided')]];
  }
  return [fresh, ['cannot read, leaves its row to the sweep', withProcess(state, me, IDLE)]];
}

function read(world: World, state: State, me: number, facts: Facts, step: 'decided' | 'flag'): State {
  const allowed = mayGo(world, at(state.rows, at(state.processes, me).row), facts);
  // Counted from the flag, unless the flaw counts from here.
  const counted = world.flaws.has('deadline-from-after-flag') ? world.lease : at(state.processes, me).timer;
  return withProcess(state, me, { step, allowed, timer: allowed ? counted : 0 });
}

/** Ends a row that may not go, under its own epoch, also after the sweep. Mirrors `endRefused` in src/store/deliveries/due.ts. */
export function skip(state: State, me: number): State {
  const { row: place, epoch } = at(state.processes, me);
  const row = at(state.rows, place);
  const mine = isUnsettled(row) && row.epoch === epoch;
  return mine ? withRow(state, place, { state: 'skipped', sweepIn: 0 }) : state;
}
