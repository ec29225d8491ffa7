import { spent, withNumber, withProcess, withRow } from './changes.ts';
import { orderLost, overtaking } from './order.ts';
import { breakLost } from './prompts.ts';
import { at, type ModelFacts, type ModelRow, type ModelState, type ModelWorld } from './state.ts';

/** Whether an opt-out never forbids the row. Mirrors `FREE_OF_OPT_OUT` in src/domain/sending/send-rules.ts. */
export const isFree = (row: ModelRow): boolean => row.class === 'confirmation' || row.class === 'help';

/**
 * Mirrors `createDecide` in src/sending/claim-batch.ts, `clear` in src/sending/gate.ts and `mayReceive` in
 * src/domain/sending/send-rules.ts, for one program.
 */
export function mayGo(world: ModelWorld, place: number, row: ModelRow, facts: ModelFacts): boolean {
  const contact = at(facts.contacts, row.contact);
  const { gen, lifted } = at(facts.numbers, contact.number);
  // Mirrors `hasNewHolder` in src/domain/hygiene/number-holder.ts.
  const gone = contact.left || !contact.current;
  if (gone && !world.flaws.has('former-holder-not-read')) return false;
  if (row.to !== contact.number && !world.flaws.has('number-not-checked')) return false;
  switch (row.class) {
    case 'marketing':
      return gen <= lifted && (contact.subscribed || world.flaws.has('consent-not-read'));
    case 'reply':
      return gen <= lifted;
    case 'joining-help':
    case 'required-answer':
      return gen <= Math.max(lifted, row.gen) || world.flaws.has('gate-forgets-class');
    case 'prompt':
      return contact.prompt && contact.promptRow === place && contact.under === row.gen;
    default:
      return true;
  }
}

/**
 * The hand-over of a row. The promises about this moment are checked here. `arrives` is false when the carrier
 * provably did not accept the message.
 */
export function handOver(state: ModelState, place: number, attempt: number, arrives: boolean): ModelState {
  const row = at(state.rows, place);
  const broken = breach(state, row, arrives);
  if (broken !== null) return { ...state, broken };
  const next = arrives ? landing(state, place, attempt) : state;
  // The confirmation tells the person that the opt-out is in force.
  if (row.class !== 'confirmation') return next;
  return withNumber(next, row.to, { told: Math.max(at(state.numbers, row.to).told, row.gen) });
}

function landing(state: ModelState, place: number, attempt: number): ModelState {
  const row = at(state.rows, place);
  const landed = withRow(state, place, { landed: true, atCarrier: row.atCarrier | (1 << attempt) });
  const both = row.twin >= 0 ? withRow(landed, row.twin, { landed: true }) : landed;
  return overtaking(both, place);
}

function breach(state: ModelState, row: ModelRow, arrives: boolean): string | null {
  const { told, undone } = at(state.numbers, row.to);
  if (!isFree(row) && told > Math.max(undone, row.gen))
    return 'a hand-over began after an opt-out was answered';
  if (row.class === 'marketing' && !at(state.contacts, row.contact).confirmed) {
    return 'a message left without confirmed consent';
  }
  if (!arrives) return null;
  if (row.order === 'overtaken') return 'an answer left after a later one to the same person';
  if (row.landed) return 'a delivery was handed over twice';
  // A second try after two searches that missed the message is the exception to "nothing twice" that the promise
  // names.
  const isTwice = row.atCarrier !== 0 && (row.atCarrier & (row.atCarrier - 1)) !== 0;
  return isTwice ? 'an answer was handed over more than twice' : null;
}

/**
 * Checks the deadline and writes to the socket in one step. Nothing can come between, as in `takeTurn` in
 * src/sending/gate.ts, which is called in the tick that writes (src/sending/twilio/client.ts). A machine that freezes
 * inside those microseconds is outside the model and outside the promise.
 */
export function writeToSocket(world: ModelWorld, state: ModelState, me: number): [string, ModelState][] {
  const { row: place, attempt, timer } = at(state.processes, me);
  if (timer === 0 && !world.flaws.has('no-deadline')) return [['is late', recording(me, state, 'late')]];
  const gone = handOver(state, place, attempt, true);
  const isPrompt = at(state.rows, place).class === 'prompt';
  const marksFirst = isPrompt && !world.flaws.has('settled-before-marked');
  const taken = recording(me, gone, 'accepted', marksFirst ? 'mark' : 'record');
  const moves: [string, ModelState][] = [['hands over', taken]];
  if (state.budget.lost > 0) {
    moves.push(['hands over, its answer is lost', recording(me, spent(gone, 'lost'), 'unknown')]);
  }
  if (state.budget.turnedAway > 0) {
    const refused = handOver(state, place, attempt, false);
    moves.push(['is turned away by the carrier', recording(me, spent(refused, 'turnedAway'), 'put-back')]);
  }
  return moves;
}

type Ended = 'accepted' | 'unknown' | 'put-back' | 'late';

const recording = (
  me: number,
  from: ModelState,
  outcome: Ended,
  step: 'mark' | 'record' = 'record',
): ModelState => withProcess(from, me, { step, outcome, timer: 0 });

/**
 * Records the outcome of an attempt. Mirrors `settlementOf` in src/sending/outcome-recorder.ts, `recordAccepted` in
 * src/store/deliveries/attempts.ts and `movesTo` in src/store/deliveries/attempts.ts: every condition names the
 * attempt. An outcome counts also after the sweep, in the model however long after it. A message that provably did
 * not leave goes back to `planned` under its own attempt.
 */
export function recordOutcome(world: ModelWorld, state: ModelState, me: number): ModelState {
  const { row: place, attempt, outcome } = at(state.processes, me);
  const row = at(state.rows, place);
  // The carrier's answer to a create call counts also for a row that is planned once more.
  const taken = outcome === 'accepted' && row.state === 'planned';
  const mine = (isUnsettled(row) || taken) && (row.attempt === attempt || world.flaws.has('no-attempt'));
  if (!mine) return state;
  if (outcome === 'accepted') {
    return breakLost(withRow(state, place, { state: 'accepted', sweepIn: 0 }), place);
  }
  if (outcome === 'unknown') {
    return withRow(state, place, { state: 'unknown', sweepIn: 0, ...orderLost(world, row) });
  }
  return withRow(state, place, { state: 'planned', sweepIn: 0 });
}

/** Whether the outcome of the row is open. Mirrors `ATTEMPT_OPEN` in src/store/deliveries/queue.ts. */
export const isUnsettled = ({ state }: ModelRow): boolean => state === 'sending' || state === 'unknown';

/**
 * Ticks from the claim until the sweep may end it: the lease and L. Mirrors `expire-claims` in src/jobs/job-table.ts.
 */
export const sweepAfter = (world: ModelWorld): number =>
  world.flaws.has('skewed-sweep') ? 0 : 2 * world.lease;
