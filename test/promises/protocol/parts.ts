import type { ProtocolFlaw } from './flaws.ts';
import {
  type ModelBudget,
  type ModelContact,
  type ModelProcess,
  type ModelRow,
  type ModelState,
  type ModelWorld,
  NO_PROMPT,
} from './state.ts';

export const row = (change: Partial<ModelRow>): ModelRow => ({
  class: 'marketing',
  contact: 0,
  to: 0,
  state: 'planned',
  attempt: 0,
  rev: 0,
  gen: 0,
  place: 0,
  twin: -1,
  sweepIn: 0,
  dueIn: 0,
  waitIn: 0,
  secondTries: 0,
  atCarrier: 0,
  landed: false,
  order: 'kept',
  ...change,
});
export const process = (role: ModelProcess['role'], change: Partial<ModelProcess> = {}): ModelProcess => ({
  role,
  of: 0,
  row: -1,
  step: 'start',
  timer: 0,
  attempt: 0,
  rev: 0,
  gen: 0,
  allowed: false,
  outcome: 'none',
  heard: 0,
  noted: false,
  ...change,
});
export const contact = (change: Partial<ModelContact>): ModelContact => ({
  number: 0,
  rev: 0,
  subscribed: true,
  ...NO_PROMPT,
  under: 0,
  current: true,
  left: false,
  follows: -1,
  confirmed: true,
  ...change,
});

export type WorldParts = {
  rows: ModelRow[];
  processes: ModelProcess[];
  contacts?: ModelContact[];
  numbers?: number;
  budget?: Partial<ModelBudget>;
  fixed?: Partial<Pick<ModelWorld, 'lease' | 'attempts' | 'orderWait' | 'receipts'>>;
};

export function worldOf(parts: WorldParts, flaws: readonly ProtocolFlaw[]): ModelWorld {
  const start: ModelState = {
    rows: parts.rows,
    processes: parts.processes,
    contacts: parts.contacts ?? [contact({})],
    numbers: Array.from({ length: parts.numbers ?? 1 }, () => ({
      gen: 0,
      rev: 0,
      first: 0,
      lifted: 0,
      told: 0,
      undone: 0,
    })),
    budget: { crashes: 0, lost: 0, turnedAway: 0, failovers: 0, ...parts.budget },
    old: null,
    broken: '',
  };
  return {
    start,
    flaws: new Set(flaws),
    lease: 2,
    attempts: 2,
    orderWait: 0,
    receipts: false,
    ...parts.fixed,
  };
}
