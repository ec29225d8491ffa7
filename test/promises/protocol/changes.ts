import {
  at,
  type Budget,
  type Contact,
  type Facts,
  type Process,
  type Row,
  type State,
  type Suppressed,
} from './state.ts';

// Written out field by field: millions of copies are made, and one by spreading takes twenty times as long.

const copyOfRow = (one: Row): Row => ({
  class: one.class,
  contact: one.contact,
  to: one.to,
  state: one.state,
  attempt: one.attempt,
  rev: one.rev,
  gen: one.gen,
  place: one.place,
  twin: one.twin,
  sweepIn: one.sweepIn,
  dueIn: one.dueIn,
  waitIn: one.waitIn,
  secondTries: one.secondTries,
  atCarrier: one.atCarrier,
  landed: one.landed,
  order: one.order,
});

const copyOfContact = (one: Contact): Contact => ({
  number: one.number,
  rev: one.rev,
  subscribed: one.subscribed,
  prompt: one.prompt,
  promptRow: one.promptRow,
  handedOver: one.handedOver,
  under: one.under,
  current: one.current,
  left: one.left,
  follows: one.follows,
  confirmed: one.confirmed,
});

const copyOfNumber = (one: Suppressed): Suppressed => ({
  gen: one.gen,
  rev: one.rev,
  first: one.first,
  lifted: one.lifted,
  told: one.told,
  undone: one.undone,
});

const copyOfProcess = (one: Process): Process => ({
  role: one.role,
  of: one.of,
  row: one.row,
  step: one.step,
  timer: one.timer,
  attempt: one.attempt,
  rev: one.rev,
  gen: one.gen,
  allowed: one.allowed,
  outcome: one.outcome,
  heard: one.heard,
  noted: one.noted,
});

const copyOfBudget = (one: Budget): Budget => ({
  crashes: one.crashes,
  lost: one.lost,
  turnedAway: one.turnedAway,
  failovers: one.failovers,
});

/** Lists are shared: whoever changes one puts a new one in its place. */
const copyOf = (one: State): { -readonly [name in keyof State]: State[name] } => ({
  rows: one.rows,
  processes: one.processes,
  contacts: one.contacts,
  numbers: one.numbers,
  budget: one.budget,
  old: one.old,
  broken: one.broken,
});

function put<T extends object>(copy: T, change: Partial<T>): T {
  for (const name in change) copy[name] = change[name] as T[typeof name];
  return copy;
}

const changer =
  <T extends object>(copy: (one: T) => T) =>
  (list: readonly T[], place: number, change: Partial<T>): T[] => {
    const changed = list.slice();
    changed[place] = put(copy(at(list, place)), change);
    return changed;
  };
const changedRow = changer(copyOfRow);
const changedContact = changer(copyOfContact);
const changedNumber = changer(copyOfNumber);
const changedProcess = changer(copyOfProcess);

export function withRow(state: State, place: number, change: Partial<Row>): State {
  const next = copyOf(state);
  next.rows = changedRow(state.rows, place, change);
  return next;
}

export function withContact(state: State, place: number, change: Partial<Contact>): State {
  const next = copyOf(state);
  next.contacts = changedContact(state.contacts, place, change);
  return next;
}

export function withNumber(state: State, place: number, change: Partial<Suppressed>): State {
  const next = copyOf(state);
  next.numbers = changedNumber(state.numbers, place, change);
  return next;
}

export function withProcess(state: State, place: number, change: Partial<Process>): State {
  const next = copyOf(state);
  next.processes = changedProcess(state.processes, place, change);
  return next;
}

export function withOld(state: State, old: Facts): State {
  const next = copyOf(state);
  next.old = old;
  return next;
}

export function spent(state: State, what: keyof Budget): State {
  const next = copyOf(state);
  next.budget = copyOfBudget(state.budget);
  next.budget[what] -= 1;
  return next;
}

/** Whether time changes a row. What has come to an end, or is not written yet, has no time to wait for. */
export const isTimed = ({ state, sweepIn, dueIn, waitIn }: Row): boolean =>
  (state === 'sending' && sweepIn + waitIn > 0) || (state === 'planned' && dueIn + waitIn > 0);

const less = (ticks: number): number => (ticks > 0 ? ticks - 1 : 0);

/** Every row's times and every process's timer but that of one are a tick nearer. */
export function ticked(state: State, still: number): State {
  const next = copyOf(state);
  next.rows = state.rows.map((row) => {
    if (!isTimed(row)) return row;
    const later = copyOfRow(row);
    later.sweepIn = less(row.sweepIn);
    later.dueIn = less(row.dueIn);
    later.waitIn = less(row.waitIn);
    return later;
  });
  next.processes = state.processes.map((one, place) => {
    if (one.timer === 0 || place === still) return one;
    const later = copyOfProcess(one);
    later.timer -= 1;
    return later;
  });
  return next;
}
