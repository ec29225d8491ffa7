import { isUnnoted } from './prompts.ts';
import {
  type ModelContact,
  type ModelProcess,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  ORDERS,
  OUTCOMES,
  ROLES,
  ROW_STATES,
  STEPS,
} from './state.ts';
import { mayTryAgain } from './surroundings.ts';

const codes = <T extends string>(names: readonly T[]): Map<T, number> =>
  new Map(names.map((name, code) => [name, code]));
const STATE_CODE = codes(ROW_STATES);
const STEP_CODE = codes(STEPS);
const ROLE_CODE = codes(ROLES);
const OUTCOME_CODE = codes(OUTCOMES);
const ORDER_CODE = codes(ORDERS);

/** No small world needs more numbers. */
const MOST_NUMBERS = 64;

/** A fingerprint and its length. All fingerprints share one buffer, since each is looked up before the next is made. */
export type Fingerprint = { numbers: Int32Array; length: number };
const print: Fingerprint = { numbers: new Int32Array(MOST_NUMBERS), length: 0 };
const put = (number: number): void => {
  print.numbers[print.length] = number;
  print.length += 1;
};

const bit = (yes: boolean): number => (yes ? 1 : 0);

/**
 * Two states with the same fingerprint have the same future. Processes that differ only in their place count as the
 * same, so their parts are sorted. Each small number takes four bits. The result is valid until the next call.
 */
export function fingerprint(world: ModelWorld, state: ModelState): Fingerprint {
  print.length = 0;
  const { crashes, lost, turnedAway, failovers } = state.budget;
  put(((crashes * 16 + lost) * 16 + turnedAway) * 16 + failovers);
  for (let place = 0; place < state.rows.length; place += 1) {
    const row = state.rows[place] as ModelRow;
    if (isOver(world, state, row, place)) put(OVER);
    else putRow(row);
  }
  for (const contact of state.contacts) put(ofContact(contact));
  for (const { gen, rev, first, lifted, told, undone } of state.numbers) {
    put(((((first * 16 + gen) * 16 + rev) * 16 + lifted) * 16 + told) * 16 + undone);
  }
  putProcesses(state.processes);
  if (state.old !== null) putFacts(state.old);
  return print;
}

/** The code of a row that is over. No row has it, since its first four bits name a state and there are fewer states. */
const OVER = -1;
const FINAL = ['skipped', 'canceled', 'delivered'];
const MAY_GO_ON = ['accepted', 'expired', 'unknown'];

/**
 * Whether nothing can change the row any more, except a receipt that changes nothing else. Then its final state does
 * not matter.
 */
function isOver(world: ModelWorld, state: ModelState, row: ModelRow, place: number): boolean {
  if (row.class === 'prompt' && isUnnoted(state, place)) return false;
  if (FINAL.includes(row.state)) return true;
  if (!MAY_GO_ON.includes(row.state)) return false;
  const asked = state.processes.some(
    (process) => process.row === place && process.step !== 'done' && process.attempt === row.attempt,
  );
  return !asked && !(row.state === 'unknown' && mayTryAgain(world, row));
}

function putRow(row: ModelRow): void {
  const code = (STATE_CODE.get(row.state) ?? 0) * 16 + row.attempt;
  put(((((code * 16 + row.rev) * 16 + row.gen) * 16 + row.sweepIn) * 16 + row.dueIn) * 16 + row.waitIn);
  const order = (ORDER_CODE.get(row.order) ?? 0) * 4 + row.secondTries;
  put((order * 2 + bit(row.landed)) * 256 + row.atCarrier);
}

function ofContact({ rev, under, promptRow, ...is }: ModelContact): number {
  const consent = (bit(is.subscribed) * 2 + bit(is.confirmed)) * 4 + bit(is.prompt) * 2 + bit(is.handedOver);
  return (((rev * 16 + under) * 16 + promptRow + 1) * 16 + consent) * 16 + bit(is.current) * 2 + bit(is.left);
}

/** The parts of the processes, which are sorted. */
const parts = new Float64Array(MOST_NUMBERS);

function putProcesses(processes: readonly ModelProcess[]): void {
  const { length } = processes;
  for (let place = 0; place < length; place += 1) {
    const part = ofProcess(processes[place] as ModelProcess);
    let to = place;
    for (; to > 0 && (parts[to - 1] as number) > part; to -= 1) parts[to] = parts[to - 1] as number;
    parts[to] = part;
  }
  for (let place = 0; place < length; place += 1) {
    const part = parts[place] as number;
    const upper = Math.floor(part / UPPER);
    put(upper);
    put(part - upper * UPPER);
  }
}

/** A process needs fifty bits, which is more than one number of a fingerprint holds. */
const UPPER = 2 ** 24;

function ofProcess(process: ModelProcess): number {
  const what = (ROLE_CODE.get(process.role) ?? 0) * 16 + (STEP_CODE.get(process.step) ?? 0);
  const who = (what * 16 + process.of + 1) * 16 + process.row + 1;
  const seen = ((process.timer * 16 + process.attempt) * 16 + process.rev) * 16 + process.gen;
  const said = ((OUTCOME_CODE.get(process.outcome) ?? 0) * 2 + bit(process.noted)) * 2 + bit(process.allowed);
  return (process.heard * 2 ** 16 + who) * UPPER + seen * 256 + said;
}

/** The facts that a former primary returns, and which of its rows are claimed. */
function putFacts({ contacts, numbers, rows }: NonNullable<ModelState['old']>): void {
  for (const contact of contacts) put(ofContact(contact));
  for (const { gen, lifted } of numbers) put(gen * 16 + lifted);
  put(rows.reduce((bits, row) => bits * 2 + bit(row.state === 'sending'), 0));
}
