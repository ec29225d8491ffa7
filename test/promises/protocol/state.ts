import type { ProtocolFlaw } from './flaws.ts';

/** `absent` is a row that is not written yet. `delivered` stands for every state that a receipt may report. */
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

/** One delivery (src/store/deliveries/delivery.ts). Its class, contact, number, place and twin never change. */
export type ModelRow = {
  class: RowClass;
  contact: number;
  /** The person whose number the sealed content names. */
  to: number;
  state: RowState;
  attempt: number;
  /** The revision of the contact under which the row was written. */
  rev: number;
  /**
   * The generation of the suppression when the row was written. A reply to a text from after an opt-out has the
   * generation of this opt-out.
   */
  gen: number;
  /** The place among the replies to one text. These stand side by side in the list of rows. */
  place: number;
  /** The row that a replay of the text would write for the same reply, or -1. No protocol writes both. */
  twin: number;
  /** Ticks until the sweep may end the claim. */
  sweepIn: number;
  /** Ticks until the row is due without a process. For a confirmation whose opt-out has not waited yet. */
  dueIn: number;
  /** Ticks for which the row still waits for earlier replies to the same person. */
  waitIn: number;
  /** How often the row was planned again after the carrier's list had no trace of it. */
  secondTries: number;
  /** One bit for each attempt whose message the carrier has. Receipts for these may come. */
  atCarrier: number;
  /** Only for the proof: the carrier may have this row or its twin since a process last meant to send it. */
  landed: boolean;
  /**
   * Only for the proof: whether a later reply left first. Nothing is promised of a row whose outcome was unknown
   * once.
   */
  order: (typeof ORDERS)[number];
};

/** One holder of a number (src/store/contacts/contacts.ts) in one program. */
export type ModelContact = {
  number: number;
  rev: number;
  subscribed: boolean;
  /** Whether a prompt is open. */
  prompt: boolean;
  /** The row with the open prompt. It is -1 when the prompt left long ago or no prompt is open. */
  promptRow: number;
  /** Whether the hand-over of the open prompt is recorded, with the time of its socket write. */
  handedOver: boolean;
  /** The generation under which the open prompt was issued. */
  under: number;
  /** Whether a text from the number belongs to this contact. */
  current: boolean;
  /** The carrier has reported another holder of the number, and nothing is open. */
  left: boolean;
  /**
   * The contact whose number this one takes over by a JOIN. It is -1 when there is none, or when the number was freed
   * by waiting first.
   */
  follows: number;
  /** Only for the proof: consent was confirmed at least once. */
  confirmed: boolean;
};

/** The prompt fields of a contact without an open prompt. */
export const NO_PROMPT = { prompt: false, promptRow: -1, handedOver: false } as const;

/** The suppression of one number (src/store/consent/suppressions.ts), and which opt-outs were answered. */
export type ModelSuppression = {
  gen: number;
  /** The revision that the newest opt-out wrote. The row of its text keeps this revision. */
  rev: number;
  /** The revision that the first opt-out wrote, in a world in which its text may be posted again. */
  first: number;
  lifted: number;
  /** Only for the proof: the highest generation whose opt-out was answered. */
  told: number;
  /** Only for the proof: the highest generation that a YES lifted whose prompt was issued under it. */
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

/** One process in the middle of its work. A crash loses all of it. A paused process takes no step while time passes. */
export type ModelProcess = {
  role: (typeof ROLES)[number];
  /** The contact for which the process works, or -1 for a dispatcher. */
  of: number;
  /** The row of the process, or -1. */
  row: number;
  step: (typeof STEPS)[number];
  /** Ticks left on the process's own monotonic clock, until its deadline or the end of its wait. */
  timer: number;
  attempt: number;
  rev: number;
  gen: number;
  /** The decision of the gate, or of the rule for YES, by the facts that the process read. */
  allowed: boolean;
  outcome: (typeof OUTCOMES)[number];
  /** For a YES: one bit for each row whose prompt was written to its socket before the YES came. */
  heard: number;
  /** For a YES: whether the hand-over of its prompt was recorded when the YES came. One flaw decides by this. */
  noted: boolean;
};

/** The facts that a read of the database returns. */
export type ModelFacts = {
  contacts: readonly ModelContact[];
  numbers: readonly ModelSuppression[];
  rows: readonly ModelRow[];
};

/** How often each of these events may still happen. */
export type ModelBudget = { crashes: number; lost: number; turnedAway: number; failovers: number };

export type ModelState = ModelFacts & {
  processes: readonly ModelProcess[];
  budget: ModelBudget;
  /** The facts that a former primary still returns after a failover. */
  old: ModelFacts | null;
  /** The promise that was broken on the way to this state, or an empty string. */
  broken: string;
};

/** An explored system: its first state, and settings that never change. */
export type ModelWorld = {
  start: ModelState;
  flaws: ReadonlySet<ProtocolFlaw>;
  /** The lease L in ticks. */
  lease: number;
  /** The highest attempt. A row that is put back under it has expired. */
  attempts: number;
  /** Ticks for which a reply waits for earlier replies to the same person. */
  orderWait: number;
  /** Whether receipts come for messages that the carrier has. */
  receipts: boolean;
};

/** One step of one process or of its surroundings. */
export type ModelMove = { what: string; state: ModelState };

/** A step of a process. Its place names the process in a trace. */
export const moveOf = (who: string, place: number, what: string, state: ModelState): ModelMove => ({
  what: `${who} ${place} ${what}`,
  state,
});

export function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error(`nothing at ${place}`);
  return found;
}

/** The contact to which a text from a number belongs, or -1. */
export const holderOf = ({ contacts }: ModelFacts, number: number): number =>
  contacts.findIndex((contact) => contact.number === number && contact.current);
