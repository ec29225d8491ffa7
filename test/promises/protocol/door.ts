import { spent, withNumber, withProcess, withRow } from './changes.ts';
import { at, type Facts, type Row, type State, type World } from './state.ts';

/** What an opt-out never forbids. Mirrors `FREE_OF_OPT_OUT` in src/domain/sending/may-receive.ts. */
export const isFree = (row: Row): boolean => row.class === 'confirmation' || row.class === 'help';

/**
 * Mirrors `createDecide` in src/sending/round.ts, `clear` in src/sending/gate.ts and `mayReceive` in
 * src/domain/sending/may-receive.ts, for one program.
 */
export function mayGo(world: World, row: Row, facts: Facts): boolean {
  const contact = at(facts.contacts, row.contact);
  const { gen, lifted } = at(facts.numbers, contact.number);
  // Mirrors `hasLeft` in src/domain/hygiene/holder.ts.
  const gone = contact.left || !contact.current;
  if (gone && !world.flaws.has('former-holder-not-read')) return false;
  if (row.to !== contact.number && !world.flaws.has('number-not-checked')) return false;
  switch (row.class) {
    case 'marketing':
      return gen <= lifted && (contact.subscribed || world.flaws.has('consent-not-read'));
    case 'reply':
      return gen <= lifted;
    case 'joining-help':
      return gen <= Math.max(lifted, row.gen) || world.flaws.has('gate-forgets-class');
    case 'prompt':
      return contact.prompt && contact.under === row.gen;
    default:
      return true;
  }
}

/**
 * A hand-over begins: the promises that speak of this moment are looked at here.
 * `arrives`: whether the carrier may have it; false where it provably did not take it.
 */
export function handOver(state: State, place: number, epoch: number, arrives: boolean): State {
  const row = at(state.rows, place);
  const broken = breach(state, row, arrives);
  if (broken !== null) return { ...state, broken };
  const next = arrives
    ? withRow(state, place, { landed: true, atCarrier: row.atCarrier | (1 << epoch) })
    : state;
  // The confirmation that a dispatcher hands over is the answer to its opt-out.
  if (row.class !== 'confirmation') return next;
  return withNumber(next, row.to, { told: Math.max(at(state.numbers, row.to).told, row.gen) });
}

function breach(state: State, row: Row, arrives: boolean): string | null {
  const { told, undone } = at(state.numbers, row.to);
  if (!isFree(row) && told > Math.max(undone, row.gen))
    return 'a hand-over began after an opt-out was answered';
  if (row.class === 'marketing' && !at(state.contacts, row.contact).confirmed) {
    return 'a message left without confirmed consent';
  }
  return arrives && row.landed ? 'a delivery was handed over twice' : null;
}

/**
 * Looks at the deadline and writes to the socket, one step: nothing can come between, as in `takeTurn` in
 * src/sending/gate.ts, called in the tick that writes (src/sending/carrier/carrier.ts, src/sending/twiml.ts).
 * A machine frozen inside those microseconds is therefore outside the model, as it is outside the promise.
 */
export function writeToSocket(
  world: World,
  state: State,
  me: number,
  by: 'rest' | 'twiml',
): [string, State][] {
  const { row, epoch, timer } = at(state.processes, me);
  const flaw = by === 'rest' ? 'no-deadline' : 'twiml-without-deadline';
  if (timer === 0 && !world.flaws.has(flaw)) return [['is late', recording(me, state, 'late')]];
  const gone = handOver(state, row, epoch, true);
  const moves: [string, State][] = [['hands over', recording(me, gone, 'accepted')]];
  if (state.budget.lost > 0) {
    moves.push(['hands over, its answer is lost', recording(me, spent(gone, 'lost'), 'unknown')]);
  }
  if (by === 'rest' && state.budget.turnedAway > 0) {
    const refused = handOver(state, row, epoch, false);
    moves.push(['is turned away by the carrier', recording(me, spent(refused, 'turnedAway'), 'put-back')]);
  }
  return moves;
}

const recording = (me: number, from: State, outcome: 'accepted' | 'unknown' | 'put-back' | 'late'): State =>
  withProcess(from, me, { step: 'record', outcome, timer: 0 });

/**
 * Mirrors `settlementOf` in src/sending/settle.ts, `recordAccepted` in src/store/deliveries/answers.ts, `moveTo` in src/store/deliveries/settlements.ts and `settleAnswers` in
 * src/consent/inbound/unsaid.ts: every condition names the epoch. What is known of an attempt counts also after the sweep, here
 * however long after it. What is late goes back to `planned`, an HTTP answer where it was the first one and a dispatcher is
 * there to take it.
 */
export function recordOutcome(world: World, state: State, me: number, by: 'rest' | 'twiml'): State {
  const { row: place, epoch, outcome } = at(state.processes, me);
  const row = at(state.rows, place);
  // Whatever a create call was told counts also of a row that is planned once more.
  const taken = by === 'rest' && outcome === 'accepted' && row.state === 'planned';
  const mine = (isUnsettled(row) || taken) && (row.epoch === epoch || world.flaws.has('no-epoch'));
  if (!mine) return state;
  const dispatched = epoch === 1 && state.processes.some(({ role }) => role === 'dispatcher');
  const backTo = by === 'rest' || dispatched ? 'planned' : 'expired';
  const next = outcome === 'accepted' || outcome === 'unknown' ? outcome : backTo;
  return withRow(state, place, { state: next, sweepIn: 0 });
}

/** Mirrors `UNSETTLED` in src/store/deliveries/due.ts. */
export const isUnsettled = ({ state }: Row): boolean => state === 'sending' || state === 'unknown';

/** Ticks from the flag to the moment the sweep may take the row: lease + L. Mirrors `expire-flags` in src/jobs/table.ts. */
export const sweepAfter = (world: World): number => (world.flaws.has('skewed-sweep') ? 0 : 2 * world.lease);
