/** What a run left behind, on both sides, as plain data. Times are nanoseconds of the machine's monotonic clock. */
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

/** The record of a text. Times: when it was texted or posted, and when it was recorded, ms. */
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
  /** When the head of its 2xx answer arrived; null where none came. */
  answeredAt: bigint | null;
};

/** One message that the carrier was handed. */
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

/** What the database knows of one handset. */
export type Holder = {
  handset: string;
  /** An opt-out of everything stands, for every program. */
  suppressed: boolean;
  subscribed: { program: string; seq: number | null }[];
  confirmed: { program: string; seq: number }[];
  /** One for each ledger entry that came of a text. */
  acts: { sid: string; recordedAt: number; seq: number }[];
};
