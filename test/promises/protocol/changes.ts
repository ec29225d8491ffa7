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
  epoch: one.epoch,
  rev: one.rev,
  gen: one.gen,
  dispatched: one.dispatched,
  sweepIn: one.sweepIn,
  replans: one.replans,
  atCarrier: one.atCarrier,
  landed: one.landed,
});

const copyOfContact = (one: Contact): Contact => ({
  number: one.number,
  rev: one.rev,
  subscribed: one.subscribed,
  prompt: one.prompt,
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
  epoch: one.epoch,
  rev: one.rev,
  gen: one.gen,
  allowed: one.allowed,
  outcome: one.outcome,
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

/** Every row's sweep and every process's timer but that of one is a tick nearer. */
export function ticked(state: State, still: number): State {
  const next = copyOf(state);
  next.rows = state.rows.map((row) => {
    if (row.sweepIn === 0) return row;
    const later = copyOfRow(row);
    later.sweepIn -= 1;
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
