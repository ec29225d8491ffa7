import type { Flaw } from './flaws.ts';

/** `absent`: not written yet. `delivered` stands for all that a receipt may say. */
export const ROW_STATES = [
  'absent',
  'planned',
  'sending',
  'accepted',
  'delivered',
  'skipped',
  'canceled',
  'expired',
  'unknown',
] as const;
export type RowState = (typeof ROW_STATES)[number];

export const ROW_CLASSES = ['marketing', 'prompt', 'reply', 'joining-help', 'help', 'confirmation'] as const;
export type RowClass = (typeof ROW_CLASSES)[number];

/** One delivery (src/store/deliveries/deliveries.ts). Class, contact and number never change. */
export type Row = {
  class: RowClass;
  contact: number;
  /** Whose number its sealed words name. */
  to: number;
  state: RowState;
  epoch: number;
  /** Revision of the contact it was written under. */
  rev: number;
  /** Generation that stood when it was written: an answer to a text from after that opt-out. */
  gen: number;
  /** Whether its last flag was a dispatcher's. */
  dispatched: boolean;
  /** Ticks until the sweep may take it. */
  sweepIn: number;
  /** Times it may be planned again although its outcome is unknown (at-least-once classes). */
  replans: number;
  /** One bit for each epoch whose message the carrier has: their receipts may come. */
  atCarrier: number;
  /** Bookkeeping of the proof: the carrier may have it since somebody last meant to send it. */
  landed: boolean;
};

/** One holder of a number (src/store/people/contacts.ts), for one program. */
export type Contact = {
  number: number;
  rev: number;
  subscribed: boolean;
  prompt: boolean;
  /** Generation under which the open prompt was issued. */
  under: number;
  /** Whether it is the one that a text from the number belongs to. */
  current: boolean;
  /** The carrier says that somebody else has the number, and nothing is open. */
  left: boolean;
  /** The contact whose number it takes over by a JOIN; -1 where it is none, or its rows were waited for first. */
  follows: number;
  /** Bookkeeping of the proof: consent was confirmed at least once. */
  confirmed: boolean;
};

/** The suppression of one number (src/store/consent/suppressions.ts), and what its holder was told. */
export type Suppressed = {
  gen: number;
  /** Revision that the newest opt-out was written as; its text keeps it. */
  rev: number;
  /** The same of the first, in a world where its text may be posted again. */
  first: number;
  lifted: number;
  /** Bookkeeping of the proof: highest generation whose opt-out was answered. */
  told: number;
  /** Bookkeeping of the proof: highest generation lifted by YES to a question asked under it. */
  undone: number;
};

export const ROLES = [
  'dispatcher',
  'opt-out',
  'yes',
  'text',
  'repeat',
  'plan',
  'new-holder',
  'joiner',
] as const;
export const STEPS = [
  'start',
  'flag',
  'read',
  'decided',
  'record',
  'reposted',
  'cancel',
  'wait',
  'commit',
  'done',
] as const;
export const OUTCOMES = ['none', 'accepted', 'unknown', 'put-back', 'late'] as const;

/** One process in the middle of something; a crash loses all of it. A pause is that it takes no step while time passes. */
export type Process = {
  role: (typeof ROLES)[number];
  /** The contact it works for; -1 for a dispatcher. */
  of: number;
  /** Its row, where it has one; -1 without. */
  row: number;
  step: (typeof STEPS)[number];
  /** Ticks left on its own monotonic clock: until its deadline, or until it has waited long enough. */
  timer: number;
  epoch: number;
  rev: number;
  gen: number;
  /** What the gate, or the rule of YES, said on the facts it read. */
  allowed: boolean;
  outcome: (typeof OUTCOMES)[number];
};

/** What a read of the database shows. */
export type Facts = { contacts: readonly Contact[]; numbers: readonly Suppressed[]; rows: readonly Row[] };

/** How often the world may still do each of these. */
export type Budget = { crashes: number; lost: number; turnedAway: number; failovers: number };

export type State = Facts & {
  processes: readonly Process[];
  budget: Budget;
  /** What a former primary still shows, after a failover. */
  old: Facts | null;
  /** The promise that was broken on the way here; empty while all hold. */
  broken: string;
};

/** What is explored: the state it starts in, and what is fixed. */
export type World = {
  start: State;
  flaws: ReadonlySet<Flaw>;
  /** L, in ticks. */
  lease: number;
  /** Highest epoch; a row put back under it is past its validity. */
  epochs: number;
  /** Receipts come for what the carrier has. */
  receipts: boolean;
};

/** One step of one process, or of the world around them. */
export type Move = { what: string; state: State };

/** A step of a process, told apart from those of others by its place. */
export const moveOf = (who: string, place: number, what: string, state: State): Move => ({
  what: `${who} ${place} ${what}`,
  state,
});

export function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error(`nothing at ${place}`);
  return found;
}

/** The contact that a text from a number belongs to; -1 where none is there yet. */
export const holderOf = ({ contacts }: Facts, number: number): number =>
  contacts.findIndex((one) => one.number === number && one.current);
