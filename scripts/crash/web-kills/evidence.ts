/** The evidence of a run from both sides, as plain data. Times are ns of the machine's monotonic clock. */
export type WebKillEvidence = {
  texts: WebKillText[];
  outbound: Outbound[];
  inbound: RecordedText[];
  deliveries: Delivery[];
  holders: Holder[];
  /** Faults of ledger chains, and entries that belong to no contact. */
  chainFaults: number;
  strayEntries: number;
};

/** The record of a text. Times, ms: when it was texted or posted, and when it was recorded. */
export type RecordedText = {
  sid: string;
  answers: string[];
  door: string;
  receivedAt: number;
  recordedAt: number;
};

/** One text that a handset typed, in the order of typing, with the carrier's account of its webhook. */
export type WebKillText = {
  handset: string;
  sid: string;
  body: string;
  begunAt: bigint;
  /** When the head of its 2xx answer arrived, or null. */
  answeredAt: bigint | null;
};

/** One message that was handed to the carrier. */
export type Outbound = {
  handset: string;
  /** From the callback's address; null where it names none. */
  delivery: string | null;
  at: bigint;
};

export type Delivery = {
  id: string;
  /** MessageSid of the text that it answers. */
  answers: string | null;
  class: string;
  state: string;
  open: boolean;
};

/** What the database knows about one handset. */
export type Holder = {
  handset: string;
  /** Whether an opt-out of everything stands for every program. */
  suppressed: boolean;
  subscribed: { program: string; seq: number | null }[];
  confirmed: { program: string; seq: number }[];
  /** One for each ledger entry that came of a text. */
  acts: { sid: string; recordedAt: number; seq: number }[];
};
