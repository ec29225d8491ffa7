/** What the carrier saw, for reconciling with a gateway's database. Times are `process.hrtime.bigint()`,
 * nanoseconds of the machine's monotonic clock, so they compare across processes. */
export type CarrierLedgerEntry = {
  /** Counts up from 1, without gaps; begins again after a reset. */
  seq: number;
  kind: 'create' | 'twiml' | 'ignored' | 'carrier-reply' | 'inbound' | 'status' | 'lookup';
  /** Wall clock. */
  at: Date;
  /** Of a message, or of the text it is about; of `ignored`, a reply that was not sent, the text it was to. */
  sid: string | null;
  from: string | null;
  to: string | null;
  body: string | null;
  /** Segments of a message that was made. */
  segments: number | null;
  /** Status that a callback told. */
  messageStatus: string | null;
  errorCode: number | null;
  /** Where a webhook was posted, or the callback that a create call or a reply asked for. */
  url: string | null;
  /** Which try of the same webhook, from 1; 0 for anything else. */
  attempt: number;
  /** When the head of a create call arrived, before its body. */
  headersAt: bigint | null;
  begunAt: bigint;
  /** Webhooks: when the head of the answer arrived. Create calls: when the answer was written. */
  answeredAt: bigint | null;
  /** When a message left its sender's queue for the network; null while it waits and when it never does. */
  leftAt: bigint | null;
  httpStatus: number | null;
  /** `client gone`: the answer came too late, nobody was there to take it. */
  outcome:
    | 'pending'
    | 'answered'
    | 'connect failed'
    | 'read failed'
    | 'lost'
    | 'hung'
    | 'reset'
    | 'client gone';
};

export type NewEntry = Pick<CarrierLedgerEntry, 'kind' | 'at'> & Partial<Omit<CarrierLedgerEntry, 'seq'>>;

export type Ledger = {
  entries: CarrierLedgerEntry[];
  /** `seq` of the next entry. */
  next: number;
};

/** Adds an entry that begins now, with everything unsaid left null. */
export function enter(ledger: Ledger, entry: NewEntry): CarrierLedgerEntry {
  const begun: CarrierLedgerEntry = {
    sid: null,
    from: null,
    to: null,
    body: null,
    segments: null,
    messageStatus: null,
    errorCode: null,
    url: null,
    attempt: 0,
    headersAt: null,
    begunAt: process.hrtime.bigint(),
    answeredAt: null,
    leftAt: null,
    httpStatus: null,
    outcome: 'pending',
    ...entry,
    seq: ledger.next,
  };
  ledger.next += 1;
  ledger.entries.push(begun);
  return begun;
}

/** The entries after `seq`, as they stand now. */
export function entriesAfter(ledger: Ledger, seq: number): CarrierLedgerEntry[] {
  const first = ledger.entries[0]?.seq ?? ledger.next;
  return ledger.entries.slice(Math.max(seq + 1 - first, 0));
}

/** Forgets the entries before `seq`. */
export function dropBefore(ledger: Ledger, seq: number): void {
  const first = ledger.entries[0]?.seq ?? ledger.next;
  if (seq > first) ledger.entries.splice(0, seq - first);
}

/** One line of NDJSON; nanoseconds are decimal strings. */
export function ledgerLine(entry: CarrierLedgerEntry): string {
  return `${JSON.stringify(entry, (_key, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}
