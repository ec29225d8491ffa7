import type { Scope } from '../../../../src/domain/consent/suppression.ts';

/** What a step left behind, on both sides, as plain data. Times are ns of the machine's monotonic clock, `wall` ms. */
export type RaceEvidence = {
  people: PersonEvidence[];
  texts: TextEvidence[];
  /** Opt-outs by the API. */
  asked: { number: string; token: string; scopes: Scope[]; begunAt: bigint; answeredAt: bigint | null }[];
  handOvers: SeenHandOver[];
  rows: RowEvidence[];
  /** Ids of the rows that the campaigns planned. */
  planned: string[];
  /** Ids of rows that the API said it had taken: messages and answers of staff. */
  acknowledged: string[];
  /**
   * Ids of rows that a look found claimed when something died or froze, whoever had them claimed: what a failing database did
   * not record has no other trace.
   */
  claimed: ReadonlySet<string>;
  /** How often something died, froze or failed: a process, or the database. */
  troubles: number;
  /** Owners of claims whose process died or froze while their claims could stand. */
  struck: ReadonlySet<string>;
  /** The database itself was killed, frozen or failed over: what a healthy process said of its rows may be lost. */
  databaseFailed: boolean;
  /** The flight: from when everybody has signed up until all that people do has been answered. */
  flight: Flight;
  /** Hand-overs as the processes noted them. */
  begun: Begun[];
  /** Segments a second by sender. */
  rates: Readonly<Record<string, number>>;
  /** Commands on deliveries that read far more than they returned: their kind, fields and plan. */
  scans: string[];
  /** Messages that the carrier refused, or failed, since it keeps the person's STOP: 21610, and 30004 where it may say so. */
  blocked: { number: string; code: number; wall: number }[];
  /** Lines that still lie in the spool when all is quiet, by file. */
  spoolLeft: string[];
  /** Ends of messages by receipts that the gateway answered with a 2xx, also of rows of other steps. */
  ends: End[];
};

/** How a message ended, as the carrier told it. */
export type End = {
  delivery: string;
  /** The message: a delivery may have several. */
  sid: string;
  state: 'failed' | 'undelivered' | 'delivered';
  /** Code of a failure. */
  error: string | null;
};

export type Flight = { from: bigint; to: bigint };

/** One text a handset typed, with the carrier's account of its webhook. */
export type TextEvidence = {
  number: string;
  /** Our number that it was sent to. */
  to: string;
  sid: string;
  /** Our ids of its uncertain forms, such as those that came by the fallback address: what they ended is entered by these. */
  forms: string[];
  body: string;
  begunAt: bigint;
  /** When the head of its first 2xx answer arrived; null where none came. */
  answeredAt: bigint | null;
  /** How it came into the database, and when by its own word, wall ms; null where it did not. */
  door: string | null;
  receivedAt: number | null;
  /** When its record was begun, wall ms: what stood was read a little later. Null where it has none. */
  recordedAt: number | null;
  /** Ids of the rows that the transaction of its record wrote to answer it. Null where it has no record. */
  answers: string[] | null;
  /** It lay in the spool when a process answered its webhook: that promises nothing yet. */
  spooled: boolean;
};

/** One message as the carrier met it: a create call. */
export type SeenHandOver = {
  number: string;
  sender: string;
  /** From the callback's address; null where it names none. */
  delivery: string | null;
  epoch: number;
  body: string;
  /** First byte of the create call. */
  at: bigint;
  wall: number;
  /** The carrier made a message of it: its MessageSid, and null where it made none. */
  made: boolean;
  sid: string | null;
  /** The carrier gave no answer that says so, or none at all. */
  unanswered: boolean;
  /** When the carrier answered the create call; null where it did not. */
  answeredAt: bigint | null;
  /** When it left the carrier's queue for the handset. */
  leftAt: bigint | null;
  /** A receipt says that it failed, or was not delivered. */
  saidFailed: boolean;
  segments: number;
};

export type RowEvidence = {
  id: string;
  /** Number of the contact the row is of. */
  number: string;
  class: string;
  program: string | null;
  topic: string | null;
  /** Topics that its question asks for; empty where it puts none. */
  asks: string[];
  state: string;
  /** Under whose claim it was last; null where it is under none. */
  owner: string | null;
  open: boolean;
  /** MessageSid of the text it answers. */
  answers: string | null;
  parts: number;
  /** A question that the person's own text asked for. */
  own: boolean;
  /** What ended it, as the database says. */
  error: string | null;
};

/** What the database says of one person. */
export type PersonEvidence = {
  number: string;
  subscriptions: { program: string; subscribed: boolean; topics: string[]; seq: number | null }[];
  /** Opt-outs that stand: scope, and the programs they stand for. */
  standing: { scope: Scope; programs: string[] }[];
  /** Programs for which a hold of everything stands. */
  held: string[];
  /** The chain, in its order. */
  entries: ChainEntry[];
};

export type ChainEntry = {
  seq: number;
  kind: string;
  program: string | null;
  topics: string[];
  scope: string | null;
  /** Number of the entry it answers: of a YES, that of its question. */
  answers: number | null;
  /** MessageSid of the text, or token of the API's call, that it came of. */
  cause: string | null;
  wall: number;
  /** When the act reached the gateway; `wall`: when it was recorded. */
  acted: number;
};

export type Begun = {
  delivery: string;
  epoch: number;
  sender: string;
  checked: bigint;
  written: bigint;
  /** Over 100 ms between check and write: the process was frozen there. */
  frozen: boolean;
  /** When it was over: answered or broken off; else when its process was seen dead. Null where nobody noted it. */
  ended: bigint | null;
  /** Its process died or froze before what became of it can have been recorded. */
  struck: boolean;
};
