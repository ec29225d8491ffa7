import { isTimed, spent, ticked, withOld, withProcess, withRow } from './changes.ts';
import { IDLE } from './dispatcher.ts';
import { orderLost } from './order.ts';
import { isUnnoted, markHandedOver } from './prompts.ts';
import {
  at,
  type ModelMove,
  type ModelProcess,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  moveOf,
} from './state.ts';

/** The events around the processes: time, crashes, failover, sweep and receipts. */
export function surroundingMoves(world: ModelWorld, state: ModelState): ModelMove[] {
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

/**
 * One tick passes for every process, or for all except one. A process that takes no step meanwhile was paused, at
 * whatever step.
 */
function ticks(world: ModelWorld, state: ModelState): ModelMove[] {
  const running = state.processes.some((process) => process.timer > 0) || state.rows.some(isTimed);
  if (!running) return [];
  const moves = [{ what: 'time passes', state: ticked(state, -1) }];
  if (!world.flaws.has('clock-stands-still')) return moves;
  const suspended = state.processes.flatMap((process, place) =>
    process.timer > 0 ? [{ what: `time passes but for process ${place}`, state: ticked(state, place) }] : [],
  );
  return [...moves, ...suspended];
}

/** A process is killed between any two of its steps. */
function crashes(state: ModelState): ModelMove[] {
  return state.processes.flatMap((process, place) => {
    const left = leftBy(process);
    if (left === null) return [];
    return [
      { what: `${process.role} ${place} dies`, state: spent(withProcess(state, place, left), 'crashes') },
    ];
  });
}

/** The process that remains after a crash. The text of an opt-out is posted again, as a client repeats a request. */
function leftBy({ role, step }: ModelProcess): Partial<ModelProcess> | null {
  if (step === 'start' || step === 'done' || step === 'reposted') return null;
  if (role === 'dispatcher') return IDLE;
  return role === 'opt-out' ? { step: 'reposted', timer: 0 } : null;
}

/**
 * A new primary is elected, and the former one still returns its old facts. Nothing that a majority acknowledged is
 * lost.
 */
function failovers(world: ModelWorld, state: ModelState): ModelMove[] {
  const { contacts, numbers, rows } = state;
  const next = withOld(spent(state, 'failovers'), { contacts, numbers, rows });
  const moves = [{ what: 'the primary changes', state: next }];
  if (!world.flaws.has('claim-without-majority')) return moves;
  const undone = rows.flatMap((row, place) =>
    row.state === 'sending' && row.class === 'marketing'
      ? [withRow(next, place, { state: 'planned', attempt: row.attempt - 1, sweepIn: 0 })]
      : [],
  );
  return [
    ...moves,
    ...undone.map((state) => ({ what: 'the primary changes, a claim is lost', state: state })),
  ];
}

/**
 * The sweep of expired claims, and the end of a message's validity. Mirrors `expireClaims` in
 * src/store/deliveries/unknown-outcomes.ts.
 */
function sweep(world: ModelWorld, state: ModelState, place: number): ModelMove | null {
  const row = at(state.rows, place);
  if (row.state === 'sending' && row.sweepIn === 0) {
    const unknown = { state: 'unknown', ...orderLost(world, row) } as const;
    return moveOf('row', place, 'is swept', withRow(state, place, unknown));
  }
  if (row.state === 'unknown' && mayTryAgain(world, row)) {
    // HELP may arrive twice, so its first try no longer counts as landed.
    const landed = row.class === 'prompt' && row.landed;
    const again = { state: 'planned', secondTries: row.secondTries + 1, landed } as const;
    const next = withRow(state, place, { ...again, ...orderLost(world, row) });
    return moveOf('row', place, 'is not in the list, is planned once more', next);
  }
  if (row.state === 'planned' && row.attempt >= world.attempts) {
    return moveOf('row', place, 'is past its validity', withRow(state, place, { state: 'expired' }));
  }
  return null;
}

/**
 * Whether a row may be tried once more after two searches of the carrier's list found nothing. That proves nothing:
 * the message may have arrived. HELP and required answers are tried once more, prompts and confirmations never.
 * Mirrors `nextStep` in src/domain/sending/unknown-outcome.ts.
 */
export function mayTryAgain({ flaws }: ModelWorld, row: ModelRow): boolean {
  if (row.class === 'prompt') return flaws.has('second-try-of-prompt') && row.secondTries === 0;
  const may = row.class === 'help' || row.class === 'required-answer';
  return may && (row.secondTries === 0 || (flaws.has('second-try-again') && row.secondTries < 3));
}

const SETTLED_BY_ANY = ['planned', 'canceled', 'expired', 'unknown', 'accepted'];

/**
 * A receipt comes, or the message is found in the carrier's list. Mirrors `createReceiptRecorder` in
 * src/receipts/record-receipt.ts and `applyReceipts` in src/store/deliveries/apply-receipts.ts: a receipt of any
 * attempt settles a row that nobody has claimed, and only a receipt of its own attempt settles a claimed row. The
 * hand-over of a prompt is recorded first, so that a process that sees the outcome sees the hand-over too.
 */
function receipt(world: ModelWorld, state: ModelState, place: number): ModelMove | null {
  const row = at(state.rows, place);
  if (!world.receipts || row.atCarrier === 0) return null;
  const own = (row.atCarrier & (1 << row.attempt)) !== 0 || world.flaws.has('receipt-of-any-attempt');
  const settles = SETTLED_BY_ANY.includes(row.state) || (row.state === 'sending' && own);
  const marksFirst = !world.flaws.has('receipt-settles-before-marking');
  if (isUnnoted(state, place) && (marksFirst || !settles)) {
    const what = `a receipt tells that the prompt of row ${place} left`;
    return { what, state: markHandedOver(state, place) };
  }
  if (!settles) return null;
  return {
    what: `a receipt settles row ${place}`,
    state: withRow(state, place, { state: 'delivered', sweepIn: 0 }),
  };
}
