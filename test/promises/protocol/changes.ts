import {
  at,
  type ModelBudget,
  type ModelContact,
  type ModelFacts,
  type ModelProcess,
  type ModelRow,
  type ModelState,
  type ModelSuppression,
} from './state.ts';

// The copies are written out field by field: millions are made, and spreading takes twenty times as long.

const copyOfRow = (row: ModelRow): ModelRow => ({
  class: row.class,
  contact: row.contact,
  to: row.to,
  state: row.state,
  attempt: row.attempt,
  rev: row.rev,
  gen: row.gen,
  place: row.place,
  twin: row.twin,
  sweepIn: row.sweepIn,
  dueIn: row.dueIn,
  waitIn: row.waitIn,
  secondTries: row.secondTries,
  atCarrier: row.atCarrier,
  landed: row.landed,
  order: row.order,
});

const copyOfContact = (contact: ModelContact): ModelContact => ({
  number: contact.number,
  rev: contact.rev,
  subscribed: contact.subscribed,
  prompt: contact.prompt,
  promptRow: contact.promptRow,
  handedOver: contact.handedOver,
  under: contact.under,
  current: contact.current,
  left: contact.left,
  follows: contact.follows,
  confirmed: contact.confirmed,
});

const copyOfNumber = (suppressed: ModelSuppression): ModelSuppression => ({
  gen: suppressed.gen,
  rev: suppressed.rev,
  first: suppressed.first,
  lifted: suppressed.lifted,
  told: suppressed.told,
  undone: suppressed.undone,
});

const copyOfProcess = (process: ModelProcess): ModelProcess => ({
  role: process.role,
  of: process.of,
  row: process.row,
  step: process.step,
  timer: process.timer,
  attempt: process.attempt,
  rev: process.rev,
  gen: process.gen,
  allowed: process.allowed,
  outcome: process.outcome,
  heard: process.heard,
  noted: process.noted,
});

const copyOfBudget = (budget: ModelBudget): ModelBudget => ({
  crashes: budget.crashes,
  lost: budget.lost,
  turnedAway: budget.turnedAway,
  failovers: budget.failovers,
});

/** States share their lists, so a change replaces a list instead of editing it. */
const copyOf = (state: ModelState): { -readonly [name in keyof ModelState]: ModelState[name] } => ({
  rows: state.rows,
  processes: state.processes,
  contacts: state.contacts,
  numbers: state.numbers,
  budget: state.budget,
  old: state.old,
  broken: state.broken,
});

function put<T extends object>(copy: T, change: Partial<T>): T {
  for (const name in change) copy[name] = change[name] as T[typeof name];
  return copy;
}

const changer =
  <T extends object>(copy: (item: T) => T) =>
  (list: readonly T[], place: number, change: Partial<T>): T[] => {
    const changed = list.slice();
    changed[place] = put(copy(at(list, place)), change);
    return changed;
  };
const changedRow = changer(copyOfRow);
const changedContact = changer(copyOfContact);
const changedNumber = changer(copyOfNumber);
const changedProcess = changer(copyOfProcess);

export function withRow(state: ModelState, place: number, change: Partial<ModelRow>): ModelState {
  const next = copyOf(state);
  next.rows = changedRow(state.rows, place, change);
  return next;
}

export function withContact(state: ModelState, place: number, change: Partial<ModelContact>): ModelState {
  const next = copyOf(state);
  next.contacts = changedContact(state.contacts, place, change);
  return next;
}

export function withNumber(state: ModelState, place: number, change: Partial<ModelSuppression>): ModelState {
  const next = copyOf(state);
  next.numbers = changedNumber(state.numbers, place, change);
  return next;
}

export function withProcess(state: ModelState, place: number, change: Partial<ModelProcess>): ModelState {
  const next = copyOf(state);
  next.processes = changedProcess(state.processes, place, change);
  return next;
}

export function withOld(state: ModelState, old: ModelFacts): ModelState {
  const next = copyOf(state);
  next.old = old;
  return next;
}

export function spent(state: ModelState, what: keyof ModelBudget): ModelState {
  const next = copyOf(state);
  next.budget = copyOfBudget(state.budget);
  next.budget[what] -= 1;
  return next;
}

/** Whether time changes a row. A row that has ended or is not written yet waits for nothing. */
export const isTimed = ({ state, sweepIn, dueIn, waitIn }: ModelRow): boolean =>
  (state === 'sending' && sweepIn + waitIn > 0) || (state === 'planned' && dueIn + waitIn > 0);

const less = (ticks: number): number => (ticks > 0 ? ticks - 1 : 0);

/** One tick passes for every row and for every process except `still`. */
export function ticked(state: ModelState, still: number): ModelState {
  const next = copyOf(state);
  next.rows = state.rows.map((row) => {
    if (!isTimed(row)) return row;
    const later = copyOfRow(row);
    later.sweepIn = less(row.sweepIn);
    later.dueIn = less(row.dueIn);
    later.waitIn = less(row.waitIn);
    return later;
  });
  next.processes = state.processes.map((process, place) => {
    if (process.timer === 0 || place === still) return process;
    const later = copyOfProcess(process);
    later.timer -= 1;
    return later;
  });
  return next;
}
