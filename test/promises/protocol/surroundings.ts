import { spent, ticked, withOld, withProcess, withRow } from './changes.ts';
import { IDLE } from './dispatcher.ts';
import { DONE } from './replies.ts';
import { at, type Move, moveOf, type Process, type State, type World } from './state.ts';

/** What happens to the processes and around them: time, crashes, failover, sweep, receipts. */
export function surroundingMoves(world: World, state: State): Move[] {
  const moves = ticks(world, state);
  if (state.budget.crashes > 0) moves.push(...crashes(state));
  if (state.budget.failovers > 0) moves.push(...failovers(world, state));
  for (let place = 0; place < state.rows.length; place += 1) {
    const swept = sweep(world, state, place);
    if (swept !== null) moves.push(swept);
    const settled = receipt(world, state, place);
    if (settled !== null) moves.push(settled);
  }
  return moves;
}

/** Time passes for everyone. Whoever took no step meanwhile was paused, wherever it stood. */
function ticks(world: World, state: State): Move[] {
  const running = state.processes.some((one) => one.timer > 0) || state.rows.some((row) => row.sweepIn > 0);
  if (!running) return [];
  const moves = [{ what: 'time passes', state: ticked(state, -1) }];
  if (!world.flaws.has('clock-stands-still')) return moves;
  const suspended = state.processes.flatMap((one, place) =>
    one.timer > 0 ? [{ what: `time passes but for process ${place}`, state: ticked(state, place) }] : [],
  );
  return [...moves, ...suspended];
}

/** kill -9 between any two steps. */
function crashes(state: State): Move[] {
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
  if (role === 'opt-out') return { step: 'reposted', timer: 0 };
  return role === 'text' || role === 'repeat' ? DONE : null;
}

/** A new primary; the former one still shows what was true. What a majority acknowledged is never undone. */
function failovers(world: World, state: State): Move[] {
  const { contacts, numbers, rows } = state;
  const next = withOld(spent(state, 'failovers'), { contacts, numbers, rows });
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
function sweep(world: World, state: State, place: number): Move | null {
  const row = at(state.rows, place);
  if (row.state === 'sending' && row.sweepIn === 0) {
    return moveOf('row', place, 'is swept', withRow(state, place, { state: 'unknown' }));
  }
  if (row.state === 'unknown' && row.replans > 0) {
    // Sent again on purpose, by the rule of its class.
    const replans = row.replans - 1;
    const planned = withRow(state, place, { state: 'planned', replans, landed: false });
    return moveOf('row', place, 'is planned again', planned);
  }
  if (row.state === 'planned' && row.epoch >= world.epochs) {
    return moveOf('row', place, 'is past its validity', withRow(state, place, { state: 'expired' }));
  }
  return null;
}

const SETTLED_BY_ANY = ['planned', 'canceled', 'expired', 'unknown', 'accepted'];

/**
 * Mirrors `createRecorder` in src/receipts/record-receipt.ts and `foldReceipts` in src/store/deliveries/delivery-receipts.ts: a
 * receipt of any attempt settles what nobody has flagged; what is flagged, only that of its own epoch.
 */
function receipt(world: World, state: State, place: number): Move | null {
  const row = at(state.rows, place);
  if (!world.receipts || row.atCarrier === 0) return null;
  const own = (row.atCarrier & (1 << row.epoch)) !== 0 || world.flaws.has('receipt-of-any-attempt');
  const settles = SETTLED_BY_ANY.includes(row.state) || (row.state === 'sending' && own);
  if (!settles) return null;
  const settled = withRow(state, place, { state: 'delivered', sweepIn: 0, replans: 0 });
  return { what: `a receipt settles row ${place}`, state: settled };
}
