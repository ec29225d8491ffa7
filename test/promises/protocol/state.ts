import type { ProtocolFlaw } from './flaws.ts';

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

export const ROW_CLASSES = [
  'marketing',
  'prompt',
  'reply',
  'joining-help',
  'required-answer',
  'help',
  'confirmation',
] as const;
export type RowClass = (typeof ROW_CLASSES)[number];
export const ORDERS = ['kept', 'overtaken', 'not-promised'] as const;

/** One delivery (src/store/deliveries/delivery.ts). Class, contact, number, place and twin never change. */
export type ModelRow = {
  class: RowClass;
  contact: number;
  /** Whose number its sealed words name. */
  to: number;
  state: RowState;
  attempt: number;
  /** Revision of the contact it was written under. */
  rev: number;
  /** Generation that stood when it was written: an answer to a text from after that opt-out. */
  gen: number;
  /** Its place among the answers to one text, which stand side by side in the list of rows. */
  place: number;
  /** The row that a replay of the text would write of the same answer: no protocol writes both. -1 where there is none. */
  twin: number;
  /** Ticks until the sweep may take it. */
  sweepIn: number;
  /** Ticks until it is due by itself: a confirmation whose opt-out has not waited yet. */
  dueIn: number;
  /** Ticks for which it still waits for earlier answers to the same person. */
  waitIn: number;
  /** How often it was planned again after the carrier's list had no trace of it. */
  secondTries: number;
  /** One bit for each attempt whose message the carrier has: their receipts may come. */
  atCarrier: number;
  /** Bookkeeping of the proof: the carrier may have it, or its twin, since somebody last meant to send it. */
  landed: boolean;
  /** Bookkeeping of the proof: whether a later answer left first. Nothing is promised of one whose outcome was unknown once. */
  order: (typeof ORDERS)[number];
};

/** One holder of a number (src/store/contacts/contacts.ts), for one program. */
export type ModelContact = {
  number: number;
  rev: number;
  subscribed: boolean;
  /** Whether a prompt is open. */
  prompt: boolean;
  /** The row that puts the open prompt; -1 where it was handed over long ago, or none is open. */
  promptRow: number;
  /** Whether it is noted that the open prompt was handed over, with the time of its socket write. */
  handedOver: boolean;
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

/** What a contact has of a prompt where none is open. */
export const NO_PROMPT = { prompt: false, promptRow: -1, handedOver: false } as const;

/** The suppression of one number (src/store/consent/suppressions.ts), and what its holder was told. */
export type ModelSuppression = {
  gen: number;
  /** Revision that the newest opt-out was written as; its text keeps it. */
  rev: number;
  /** The same of the first, in a world where its text may be posted again. */
  first: number;
  lifted: number;
  /** Bookkeeping of the proof: highest generation whose opt-out was answered. */
  told: number;
  /** Bookkeeping of the proof: highest generation lifted by YES to a prompt issued under it. */
  undone: number;
};

export const ROLES = ['dispatcher', 'opt-out', 'yes', 'text', 'plan', 'new-holder', 'joiner'] as const;
export const STEPS = [
  'start',
  'claim',
  'read',
  'decided',
  'mark',
  'record',
  'reposted',
  'cancel',
  'wait',
  'commit',
  'done',
] as const;
export const OUTCOMES = ['none', 'accepted', 'unknown', 'put-back', 'late', 'must-wait'] as const;

/** One process in the middle of something; a crash loses all of it. A pause is that it takes no step while time passes. */
export type ModelProcess = {
  role: (typeof ROLES)[number];
  /** The contact it works for; -1 for a dispatcher. */
  of: number;
  /** Its row, where it has one; -1 without. */
  row: number;
  step: (typeof STEPS)[number];
  /** Ticks left on its own monotonic clock: until its deadline, or until it has waited long enough. */
  timer: number;
  attempt: number;
  rev: number;
  gen: number;
  /** What the gate, or the rule of YES, said on the facts it read. */
  allowed: boolean;
  outcome: (typeof OUTCOMES)[number];
  /** Of a YES, one bit for each row whose prompt was written to its socket before the YES came. */
  heard: number;
  /** Of a YES, whether its prompt was noted as handed over when the YES came. One flaw goes by it. */
  noted: boolean;
};

/** What a read of the database shows. */
export type ModelFacts = {
  contacts: readonly ModelContact[];
  numbers: readonly ModelSuppression[];
  rows: readonly ModelRow[];
};

/** How often the world may still do each of these. */
export type ModelBudget = { crashes: number; lost: number; turnedAway: number; failovers: number };

export type ModelState = ModelFacts & {
  processes: readonly ModelProcess[];
  budget: ModelBudget;
  /** What a former primary still shows, after a failover. */
  old: ModelFacts | null;
  /** The promise that was broken on the way here; empty while all hold. */
  broken: string;
};

/** What is explored: the state it starts in, and what is fixed. */
export type ModelWorld = {
  start: ModelState;
  flaws: ReadonlySet<ProtocolFlaw>;
  /** L, in ticks. */
  lease: number;
  /** Highest attempt; a row put back under it is past its validity. */
  attempts: number;
  /** Ticks for which an answer waits for earlier ones to the same person. */
  orderWait: number;
  /** Receipts come for what the carrier has. */
  receipts: boolean;
};

/** One step of one process, or of the world around them. */
export type ModelMove = { what: string; state: ModelState };

/** A step of a process, told apart from those of others by its place. */
export const moveOf = (who: string, place: number, what: string, state: ModelState): ModelMove => ({
  what: `${who} ${place} ${what}`,
  state,
});

export function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error(`nothing at ${place}`);
  return found;
}

/** The contact that a text from a number belongs to; -1 where none is there yet. */
export const holderOf = ({ contacts }: ModelFacts, number: number): number =>
  contacts.findIndex((contact) => contact.number === number && contact.current);
