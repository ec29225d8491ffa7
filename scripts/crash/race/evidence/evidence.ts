import type { Scope } from '../../../../src/domain/consent/suppression.ts';

/** The evidence of one step from both sides, as plain data. Times are ns of the machine's monotonic clock; `wall` is in ms. */
export type RaceEvidence = {
  people: PersonEvidence[];
  texts: TextEvidence[];
  /** Opt-outs by the API. */
  asked: { number: string; token: string; scopes: Scope[]; begunAt: bigint; answeredAt: bigint | null }[];
  handOvers: SeenHandOver[];
  rows: RowEvidence[];
  /** Ids of the rows that the campaigns planned. */
  planned: string[];
  /** Ids of rows that the API accepted: messages and staff answers. */
  acknowledged: string[];
  /**
   * Ids of rows that a look found claimed when something died or froze, whoever had them claimed: what a failing database did
   * not record has no other trace.
   */
  claimed: ReadonlySet<string>;
  /** How often a process or the database died, froze or failed. */
  troubles: number;
  /** Owners of claims whose process died or froze while the claims could stand. */
  struck: ReadonlySet<string>;
  /** The database itself was killed, frozen or failed over, so outcomes of healthy processes may be lost. */
  databaseFailed: boolean;
  /** The flight: from the end of the sign-up until every act has been answered. */
  flight: Flight;
  /** Hand-overs as the processes noted them. */
  begun: SendAttempt[];
  /** Segments a second by sender. */
  rates: Readonly<Record<string, number>>;
  /** Commands on deliveries that read far more than they returned: kind, fields and plan. */
  scans: string[];
  /** Messages that the carrier refused or failed because of a STOP: 21610, and 30004 where it may mean one. */
  blocked: { number: string; code: number; wall: number }[];
  /** Lines that are left in the spool at the end, by file. */
  spoolLeft: string[];
  /** Final states in receipts that the gateway acknowledged with a 2xx, also for rows of other steps. */
  ends: End[];
};

/** The final state of a message, as the carrier reported it. */
export type End = {
  delivery: string;
  /** The message. A delivery may have several. */
  sid: string;
  state: 'failed' | 'undelivered' | 'delivered';
  /** Code of a failure. */
  error: string | null;
};

export type Flight = { from: bigint; to: bigint };

/** One text of a handset, with the carrier's account of its webhook. */
export type TextEvidence = {
  number: string;
  /** Our number that the text was sent to. */
  to: string;
  sid: string;
  /** Our ids of its uncertain forms, such as those from the fallback address. Ledger entries may name these ids. */
  forms: string[];
  body: string;
  begunAt: bigint;
  /** When the head of the first 2xx answer arrived, or null. */
  answeredAt: bigint | null;
  /** The door by which the text came into the database and its own time, wall ms; null without a record. */
  door: string | null;
  receivedAt: number | null;
  /** When its record was begun, wall ms. Suppressions were read a little later. Null without a record. */
  recordedAt: number | null;
  /** Ids of the reply rows that the transaction of its record wrote. Null without a record. */
  answers: string[] | null;
  /** Whether the text lay in the spool when its webhook was answered. Such an answer promises nothing yet. */
  spooled: boolean;
};

/** One message as the carrier met it: a create call. */
export type SeenHandOver = {
  number: string;
  sender: string;
  /** The delivery in the callback's address, or null. */
  delivery: string | null;
  epoch: number;
  body: string;
  /** First byte of the create call. */
  at: bigint;
  wall: number;
  /** Whether the carrier made a message; `sid` is its MessageSid, or null. */
  made: boolean;
  sid: string | null;
  /** The carrier gave no usable answer, or none at all. */
  unanswered: boolean;
  /** When the carrier answered the create call, or null. */
  answeredAt: bigint | null;
  /** When the message left the carrier's queue for the handset. */
  leftAt: bigint | null;
  /** A receipt says that the message failed or was not delivered. */
  saidFailed: boolean;
  segments: number;
};

export type RowEvidence = {
  id: string;
  /** Number of the contact of the row. */
  number: string;
  class: string;
  program: string | null;
  topic: string | null;
  /** Topics that its question asks for; empty without a question. */
  asks: string[];
  state: string;
  /** The last owner of a claim on the row, or null. */
  owner: string | null;
  open: boolean;
  /** MessageSid of the text that the row answers. */
  answers: string | null;
  parts: number;
  /** Whether the person's own text asked for this question. */
  own: boolean;
  /** The error that ended the row in the database. */
  error: string | null;
};

/** What the database says about one person. */
export type PersonEvidence = {
  number: string;
  subscriptions: { program: string; subscribed: boolean; topics: string[]; seq: number | null }[];
  /** Opt-outs that stand: the scope, and the programs for which they stand. */
  standing: { scope: Scope; programs: string[] }[];
  /** Programs for which a hold of everything stands. */
  held: string[];
  /** The ledger chain, in order. */
  entries: ChainEntry[];
};

export type ChainEntry = {
  seq: number;
  kind: string;
  program: string | null;
  topics: string[];
  scope: string | null;
  /** Number of the entry that this entry answers. A YES answers its question. */
  answers: number | null;
  /** MessageSid of the text, or token of the API call, that caused the entry. */
  cause: string | null;
  wall: number;
  /** When the act reached the gateway. `wall`: when it was recorded. */
  acted: number;
};

export type SendAttempt = {
  delivery: string;
  epoch: number;
  sender: string;
  checked: bigint;
  written: bigint;
  /** Over 100 ms passed between check and write, so the process was frozen. */
  frozen: boolean;
  /** When the attempt ended: answered or broken off, else when its process was seen dead. Null when nobody noted it. */
  ended: bigint | null;
  /** Its process died or froze before the outcome can have been recorded. */
  struck: boolean;
};
