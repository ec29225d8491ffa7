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

const pack = (high: number, low: number): number => high * 16 + low;
const bits = (...flags: boolean[]): number => flags.reduce((sum, flag) => sum * 2 + (flag ? 1 : 0), 0);

/**
 * Two states with the same fingerprint have the same future. Processes that differ in nothing but their place in
 * the list are the same: their parts are sorted. One character a pair of small numbers.
 */
export function fingerprint(state: State): string {
  const { crashes, lost, turnedAway, failovers } = state.budget;
  let key = String.fromCharCode(pack(crashes, lost), pack(turnedAway, failovers));
  for (const [place, row] of state.rows.entries()) key += isOver(state, row, place) ? OVER : ofRow(row);
  for (const contact of state.contacts) key += ofContact(contact);
  for (const { gen, lifted, told, undone } of state.numbers) {
    key += String.fromCharCode(pack(gen, lifted), pack(told, undone));
  }
  key += state.processes.map(ofProcess).sort().join('');
  return state.old === null ? key : `${key}|${ofFacts(state.old)}`;
}

/** No row begins with it: there are fewer states than that. */
const OVER = '\xff';
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

function ofRow(row: Row): string {
  return String.fromCharCode(
    pack(STATE_CODE.get(row.state) ?? 0, row.epoch),
    pack(row.rev, row.gen),
    pack(row.sweepIn, row.replans * 4 + bits(row.dispatched, row.landed)),
    row.atCarrier,
  );
}

function ofContact({ rev, under, subscribed, prompt, confirmed, current, left }: Contact): string {
  return String.fromCharCode(pack(rev, under), bits(subscribed, prompt, confirmed, current, left));
}

function ofProcess(one: Process): string {
  return String.fromCharCode(
    pack(ROLE_CODE.get(one.role) ?? 0, STEP_CODE.get(one.step) ?? 0),
    pack(one.of + 1, one.row + 1),
    pack(one.timer, one.epoch),
    pack(one.rev, one.gen),
    pack(OUTCOME_CODE.get(one.outcome) ?? 0, one.allowed ? 1 : 0),
  );
}

/** What a former primary shows: the facts, and which rows are flagged. */
function ofFacts({ contacts, numbers, rows }: NonNullable<State['old']>): string {
  let key = '';
  for (const contact of contacts) key += ofContact(contact);
  for (const { gen, lifted } of numbers) key += String.fromCharCode(pack(gen, lifted));
  return key + String.fromCharCode(bits(...rows.map((row) => row.state === 'sending')));
}
