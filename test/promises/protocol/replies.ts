import { withContact, withProcess, withRow } from './changes.ts';
import { skip } from './dispatcher.ts';
import { mayGo, recordOutcome, sweepAfter, writeToSocket } from './door.ts';
import { at, type Move, moveOf, type Row, type State, type World } from './state.ts';

/** A process that is over. */
export const DONE = {
  step: 'done',
  timer: 0,
  epoch: 0,
  rev: 0,
  gen: 0,
  allowed: false,
  outcome: 'none',
} as const;

/**
 * A text that is answered in TwiML: its row is written `sending` in the inbound's own transaction. Mirrors
 * `prepare` in src/consent/prepare.ts, `planReply` in src/consent/plan-reply.ts and `twimlTransport` in
 * src/sending/twiml.ts.
 */
export function textMoves(world: World, state: State, me: number): Move[] {
  const process = at(state.processes, me);
  if (process.step === 'start')
    return [moveOf('text', me, 'commits, with its answer', commit(world, state, me))];
  if (process.step === 'read') return [moveOf('text', me, 'reads facts', readFacts(world, state, me))];
  const moves = [...answering(world, state, me, skip), ...clearedInTime(world, state, me)];
  return moves.map(([what, next]) => moveOf('text', me, what, next));
}

/**
 * Its transaction took most of its lease: it flags its row anew, and drops the clearance it had, which it alone could
 * have given. Or, before or after that, it leaves its row to a dispatcher, as the replay of a spooled text does for a process that never heard of
 * its own transaction. Mirrors `clearedInTime` in src/consent/inbound/repeated.ts, `leaveUnsaid` in
 * src/consent/inbound/unsaid.ts and `settleAnswers` in src/consent/inbound/unsaid.ts.
 */
function clearedInTime(world: World, state: State, me: number): [string, State][] {
  const { step, allowed, timer, epoch, row: place } = at(state.processes, me);
  if (step !== 'decided' || !allowed || timer === world.lease) return [];
  const row = at(state.rows, place);
  const ours = row.epoch === epoch && (row.state === 'sending' || row.state === 'unknown');
  if (!ours || epoch >= world.epochs) return [];
  const next = epoch + 1;
  const flagged = withRow(state, place, { state: 'sending', epoch: next, sweepIn: sweepAfter(world) });
  const anew = withProcess(flagged, me, { step: 'read', epoch: next, timer: world.lease });
  const moves: [string, State][] = [['flags its row anew', anew]];
  if (state.processes.every(({ role }) => role !== 'dispatcher')) return moves;
  const planned = withRow(state, place, { state: 'planned', sweepIn: 0 });
  return [...moves, ['leaves its row to a dispatcher', withProcess(planned, me, DONE)]];
}

function readFacts(world: World, state: State, me: number): State {
  const row = at(state.rows, at(state.processes, me).row);
  return withProcess(state, me, { step: 'decided', allowed: mayGo(world, row, state) });
}

function commit(world: World, state: State, me: number): State {
  const { of, row: place } = at(state.processes, me);
  const contact = at(state.contacts, of);
  const { gen } = at(state.numbers, contact.number);
  const rev = contact.rev + 1;
  const asks = at(state.rows, place).class === 'prompt' ? { prompt: true, under: gen } : {};
  const written = withContact(state, of, { rev, left: false, ...asks });
  const row: Row = { ...at(state.rows, place), rev, gen };
  if (!mayGo(world, row, written)) {
    return withProcess(withRow(written, place, { rev, gen, state: 'skipped' }), me, DONE);
  }
  const flagged = { rev, gen, state: 'sending', epoch: 1, sweepIn: sweepAfter(world) } as const;
  return withProcess(withRow(written, place, flagged), me, {
    step: 'decided',
    allowed: true,
    epoch: 1,
    timer: world.lease,
  });
}

type Refuse = (state: State, me: number) => State;

function answering(world: World, state: State, me: number, refuse: Refuse): [string, State][] {
  const { step, allowed } = at(state.processes, me);
  if (step === 'decided') {
    if (allowed) return writeToSocket(world, state, me, 'twiml');
    return [['lets its row be', withProcess(refuse(state, me), me, DONE)]];
  }
  if (step !== 'record') return [];
  return [['records', withProcess(recordOutcome(world, state, me, 'twiml'), me, DONE)]];
}

/**
 * The same MessageSid posted again, to another process: in one process `createTakeIn` lets it wait for the first.
 * It takes the row over once that has settled, or once the lease it saw has surely passed on its own clock.
 * Mirrors `settledRows` in src/consent/inbound/repeated.ts, `raiseAgain` in src/consent/inbound/repeated.ts and `flagAgain` in src/store/deliveries/answers.ts.
 */
export function repeatMoves(world: World, state: State, me: number): Move[] {
  const process = at(state.processes, me);
  const row = at(state.rows, process.row);
  switch (process.step) {
    case 'start':
      return row.state === 'absent'
        ? []
        : [moveOf('repeat', me, 'looks at the row', look(world, state, me, row))];
    case 'wait':
      return takeOver(world, state, me, row).map(([what, next]) => moveOf('repeat', me, what, next));
    case 'read':
      return [moveOf('repeat', me, 'reads facts', readFacts(world, state, me))];
    default:
      return answering(world, state, me, unflag).map(([what, next]) => moveOf('repeat', me, what, next));
  }
}

const look = (world: World, state: State, me: number, row: Row): State =>
  withProcess(state, me, { step: 'wait', timer: world.lease, epoch: row.epoch });

/** A repeat ends nothing: the row is again what may have left before. Mirrors `unflag` in src/store/deliveries/answers.ts. */
function unflag(state: State, me: number): State {
  const { row: place, epoch } = at(state.processes, me);
  const row = at(state.rows, place);
  const mine = row.state === 'sending' && row.epoch === epoch;
  return mine ? withRow(state, place, { state: 'unknown', sweepIn: 0 }) : state;
}

/** States from which an answer is given again. */
const AGAIN = ['accepted', 'unknown', 'sending', 'expired'];

/** What a dispatcher flagged may have left by a create call; where it expired it did not. */
const mayHaveLeft = ({ state, dispatched }: Row): boolean => dispatched && state !== 'expired';

function takeOver(world: World, state: State, me: number, row: Row): [string, State][] {
  const { timer, epoch, row: place } = at(state.processes, me);
  const flies = row.state === 'sending';
  if (flies && timer > 0) return [];
  if (flies && row.epoch !== epoch && !world.flaws.has('repeat-keeps-first-look')) {
    return [['sees a newer flag, waits for that', look(world, state, me, row)]];
  }
  const left = mayHaveLeft(row) && !world.flaws.has('repeat-of-a-create-call');
  if (left || !AGAIN.includes(row.state) || row.epoch >= world.epochs) {
    return [['has nothing to say', withProcess(state, me, DONE)]];
  }
  const next = row.epoch + 1;
  // Said again on purpose, the carrier asked again; but for what left by a create call.
  const flagged = withRow(state, place, {
    state: 'sending',
    epoch: next,
    dispatched: false,
    sweepIn: sweepAfter(world),
    landed: row.landed && row.dispatched,
  });
  return [
    ['flags the row anew', withProcess(flagged, me, { step: 'read', epoch: next, timer: world.lease })],
  ];
}
