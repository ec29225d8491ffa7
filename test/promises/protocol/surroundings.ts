import { IDLE } from './dispatcher.ts';
import { DONE } from './replies.ts';
import {
  at,
  type Move,
  moveOf,
  type Process,
  type State,
  spent,
  type World,
  withProcess,
  withRow,
} from './state.ts';

/** What happens to the processes and around them: time, crashes, failover, sweep, receipts. */
export function surroundingMoves(world: World, state: State): Move[] {
  return [
    ...ticks(world, state),
    ...crashes(state),
    ...failovers(world, state),
    ...state.rows.flatMap((_, place) => [...sweeps(world, state, place), ...receipts(world, state, place)]),
  ];
}

const down = (count: number): number => Math.max(0, count - 1);

/** Time passes for everyone. Whoever took no step meanwhile was paused, wherever it stood. */
function ticks(world: World, state: State): Move[] {
  const running = state.processes.some((one) => one.timer > 0) || state.rows.some((row) => row.sweepIn > 0);
  if (!running) return [];
  const rows = state.rows.map((row) => (row.sweepIn === 0 ? row : { ...row, sweepIn: down(row.sweepIn) }));
  const later = { ...state, rows };
  const moves = [{ what: 'time passes', state: passed(later, -1) }];
  if (!world.flaws.has('clock-stands-still')) return moves;
  const suspended = state.processes.flatMap((one, place) =>
    one.timer > 0 ? [{ what: `time passes but for process ${place}`, state: passed(later, place) }] : [],
  );
  return [...moves, ...suspended];
}

/** Every timer but that of one runs on. */
const passed = (state: State, still: number): State => ({
  ...state,
  processes: state.processes.map((one, place) =>
    one.timer === 0 || place === still ? one : { ...one, timer: down(one.timer) },
  ),
});

/** kill -9 between any two steps. */
function crashes(state: State): Move[] {
  if (state.budget.crashes === 0) return [];
  return state.processes.flatMap((one, place) => {
    const left = leftBy(one);
    if (left === null) return [];
    return [{ what: `${one.role} ${place} dies`, state: spent(withProcess(state, place, left), 'crashes') }];
  });
}

/** What is there afterwards. An opt-out's text is posted again; a text that was committed only by its own repeats. */
function leftBy({ role, step }: Process): Partial<Process> | null {
  if (step === 'start' || step === 'done' || step === 'reposted') return null;
  if (role === 'dispatcher') return IDLE;
  if (role === 'opt-out') return { step: 'reposted', timer: 0, rev: 0 };
  return role === 'text' || role === 'repeat' ? DONE : null;
}

/** A new primary; the former one still shows what was true. What a majority acknowledged is never undone. */
function failovers(world: World, state: State): Move[] {
  if (state.budget.failovers === 0) return [];
  const { contacts, numbers, rows } = state;
  const next = { ...spent(state, 'failovers'), old: { contacts, numbers, rows } };
  const moves = [{ what: 'the primary changes', state: next }];
  if (!world.flaws.has('flag-without-majority')) return moves;
  const undone = rows.flatMap((row, place) =>
    row.state === 'sending' && row.class === 'marketing'
      ? [withRow(next, place, { state: 'planned', epoch: row.epoch - 1, sweepIn: 0 })]
      : [],
  );
  return [...moves, ...undone.map((one) => ({ what: 'the primary changes, a flag is lost', state: one }))];
}

/** Mirrors `expireFlags` in src/store/deliveries/look-ups.ts; planning again, for a class that may; and the end of a message's validity. */
function sweeps(world: World, state: State, place: number): Move[] {
  const row = at(state.rows, place);
  if (row.state === 'sending' && row.sweepIn === 0) {
    return [moveOf('row', place, 'is swept', withRow(state, place, { state: 'unknown' }))];
  }
  if (row.state === 'unknown' && row.replans > 0) {
    // Sent again on purpose, by the rule of its class.
    const replans = row.replans - 1;
    const planned = withRow(state, place, { state: 'planned', replans, landed: false });
    return [moveOf('row', place, 'is planned again', planned)];
  }
  if (row.state === 'planned' && row.epoch >= world.epochs) {
    return [moveOf('row', place, 'is past its validity', withRow(state, place, { state: 'expired' }))];
  }
  return [];
}

const SETTLED_BY_ANY = ['planned', 'canceled', 'expired', 'unknown', 'accepted'];

/**
 * Mirrors `createRecorder` in src/receipts/record-receipt.ts and `foldReceipts` in src/store/deliveries/delivery-receipts.ts: a
 * receipt of any attempt settles what nobody has flagged; what is flagged, only that of its own epoch.
 */
function receipts(world: World, state: State, place: number): Move[] {
  const row = at(state.rows, place);
  if (!world.receipts || row.atCarrier === 0) return [];
  const own = (row.atCarrier & (1 << row.epoch)) !== 0 || world.flaws.has('receipt-of-any-attempt');
  const settles = SETTLED_BY_ANY.includes(row.state) || (row.state === 'sending' && own);
  if (!settles) return [];
  const settled = withRow(state, place, { state: 'delivered', sweepIn: 0, replans: 0 });
  return [{ what: `a receipt settles row ${place}`, state: settled }];
}
