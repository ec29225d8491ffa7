/** What the carrier saw, for reconciling with a gateway's database. Times are `process.hrtime.bigint()`,
 * nanoseconds of the machine's monotonic clock, so they compare across processes. */
export type LedgerEntry = {
  kind: 'create' | 'twiml' | 'carrier-reply' | 'inbound' | 'status';
  /** Wall clock. */
  at: Date;
  sid: string | null;
  from: string | null;
  to: string | null;
  body: string | null;
  /** Status that a callback told. */
  messageStatus: string | null;
  errorCode: number | null;
  /** Where a webhook was posted, or the callback that a create call asked for. */
  url: string | null;
  /** Which try of the same webhook, from 1; 0 for anything else. */
  attempt: number;
  /** When the head of a create call arrived, before its body. */
  headersAt: bigint | null;
  begunAt: bigint;
  /** Webhooks: when the head of the answer arrived. Create calls: when the answer was written. */
  answeredAt: bigint | null;
  httpStatus: number | null;
  outcome: 'pending' | 'answered' | 'connect failed' | 'read failed' | 'lost' | 'hung' | 'reset';
};

export type NewEntry = Pick<LedgerEntry, 'kind' | 'at'> & Partial<LedgerEntry>;

/** Makes an entry that begins now, with everything unsaid left null. */
export function beginEntry(entry: NewEntry): LedgerEntry {
  return {
    sid: null,
    from: null,
    to: null,
    body: null,
    messageStatus: null,
    errorCode: null,
    url: null,
    attempt: 0,
    headersAt: null,
    begunAt: process.hrtime.bigint(),
    answeredAt: null,
    httpStatus: null,
    outcome: 'pending',
    ...entry,
  };
}

/** One line of NDJSON; nanoseconds are decimal strings. */
export function ledgerLine(entry: LedgerEntry): string {
  return `${JSON.stringify(entry, (_key, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}
