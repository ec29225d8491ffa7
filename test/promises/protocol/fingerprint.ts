import {
  type Contact,
  OUTCOMES,
  type Process,
  ROLES,
  ROW_STATES,
  type Row,
  STEPS,
  type State,
} from './state.ts';

const codes = <T extends string>(names: readonly T[]): Map<T, number> =>
  new Map(names.map((name, code) => [name, code]));
const STATE_CODE = codes(ROW_STATES);
const STEP_CODE = codes(STEPS);
const ROLE_CODE = codes(ROLES);
const OUTCOME_CODE = codes(OUTCOMES);

/** More than the numbers of any small world. */
const MOST_NUMBERS = 64;

/** Where a fingerprint is written, and how many numbers it has: one for all, for it is looked at before the next. */
export type Fingerprint = { numbers: Int32Array; length: number };
const print: Fingerprint = { numbers: new Int32Array(MOST_NUMBERS), length: 0 };
const put = (number: number): void => {
  print.numbers[print.length] = number;
  print.length += 1;
};

const bit = (flag: boolean): number => (flag ? 1 : 0);

/**
 * Two states with the same fingerprint have the same future. Processes that differ in nothing but their place in
 * the list are the same: their parts are sorted. Four bits for each small number. Good until the next is taken.
 */
export function fingerprint(state: State): Fingerprint {
  print.length = 0;
  const { crashes, lost, turnedAway, failovers } = state.budget;
  put(((crashes * 16 + lost) * 16 + turnedAway) * 16 + failovers);
  for (let place = 0; place < state.rows.length; place += 1) {
    const row = state.rows[place] as Row;
    put(isOver(state, row, place) ? OVER : ofRow(row));
  }
  for (const contact of state.contacts) put(ofContact(contact));
  for (const { gen, rev, first, lifted, told, undone } of state.numbers) {
    put(((((first * 16 + gen) * 16 + rev) * 16 + lifted) * 16 + told) * 16 + undone);
  }
  putProcesses(state.processes);
  if (state.old !== null) putFacts(state.old);
  return print;
}

/** No row has it: its first four bits are of a state, and there are fewer states than that. */
const OVER = -1;
const FINAL = ['skipped', 'canceled', 'delivered'];
const MAY_GO_ON = ['accepted', 'expired', 'unknown'];

/** Nothing can move the row any more, but a receipt that changes nothing else: how it ended does not matter. */
function isOver(state: State, row: Row, place: number): boolean {
  if (FINAL.includes(row.state)) return true;
  if (!MAY_GO_ON.includes(row.state)) return false;
  const asked = state.processes.some(
    (one) => one.row === place && one.step !== 'done' && (one.role === 'repeat' || one.epoch === row.epoch),
  );
  return !asked && (row.state !== 'unknown' || row.replans === 0);
}

function ofRow(row: Row): number {
  const code = (STATE_CODE.get(row.state) ?? 0) * 16 + row.epoch;
  const more = (row.rev * 16 + row.gen) * 16 + row.sweepIn;
  const flags = row.replans * 4 + bit(row.dispatched) * 2 + bit(row.landed);
  return (((code << 12) | more) << 12) | (flags << 8) | row.atCarrier;
}

function ofContact({ rev, under, subscribed, prompt, confirmed, current, left }: Contact): number {
  const consent = bit(subscribed) * 4 + bit(prompt) * 2 + bit(confirmed);
  return ((rev * 16 + under) * 16 + consent) * 16 + bit(current) * 2 + bit(left);
}

/** Their parts, to be sorted. */
const parts = new Float64Array(MOST_NUMBERS);

function putProcesses(processes: readonly Process[]): void {
  const { length } = processes;
  for (let place = 0; place < length; place += 1) {
    const part = ofProcess(processes[place] as Process);
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

/** Forty bits are more than one number of a fingerprint holds. */
const UPPER = 2 ** 24;

function ofProcess(one: Process): number {
  const who = ((ROLE_CODE.get(one.role) ?? 0) * 16 + (STEP_CODE.get(one.step) ?? 0)) * 256;
  const seen = ((one.timer * 16 + one.epoch) * 16 + one.rev) * 16 + one.gen;
  const said = (OUTCOME_CODE.get(one.outcome) ?? 0) * 16 + bit(one.allowed);
  return (who + (one.of + 1) * 16 + one.row + 1) * UPPER + seen * 256 + said;
}

/** What a former primary shows: the facts, and which rows are flagged. */
function putFacts({ contacts, numbers, rows }: NonNullable<State['old']>): void {
  for (const contact of contacts) put(ofContact(contact));
  for (const { gen, lifted } of numbers) put(gen * 16 + lifted);
  put(rows.reduce((flags, row) => flags * 2 + bit(row.state === 'sending'), 0));
}
