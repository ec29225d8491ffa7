import { CARRIER_STATES, type Receipt, type ReceiptState } from '../../src/domain/receipt-order.ts';

/** A delivery as far as receipts move it; for `fold`. */
export type Row = {
  state: string;
  open?: boolean;
  epoch: number;
  carrierSid?: string;
  /** Other messages the carrier made of it: it was handed over again after an attempt that had left after all. */
  extraSids?: string[];
  endedBy?: string;
  error?: string;
  acceptedAt?: Date;
  sentAt?: Date;
  finalAt?: Date;
  doneDate?: string;
  lookUpAt?: Date;
};

/**
 * The rule by which receipts move a row, one at a time; any order and any repetition end in the same row. What
 * the gateway runs is the update of the store's `applyReceipts`, which moves many rows in one command: it is held against
 * this rule. A receipt of any attempt proves that the message left, so it moves whatever says otherwise:
 * a row put back, canceled, expired, skipped, refused or unknown. Null while a later attempt is under way: an opt-out may
 * be waiting for that flag, so the row is left to its owner, the message is noted (`markDouble`), and the receipt waits.
 * It says "earlier" and "greater" in words of its own: borrowed from the domain, a mistake there would be in both.
 */
export function fold(row: Row, receipt: Receipt): Row | null {
  if (row.state === 'sending' && receipt.epoch < row.epoch) return null;
  const [before, next] = [rankOf(row.state), rankOf(receipt.state)];
  const error =
    next === before ? greater(row.error, receipt.error) : next > before ? receipt.error : row.error;
  const { open: _, error: __, lookUpAt: ___, ...kept } = named(row, receipt);
  return {
    ...kept,
    state: next > before ? receipt.state : row.state,
    ...present('error', error),
    ...present('acceptedAt', earlier(row.acceptedAt, receipt.acceptedAt)),
    ...present('sentAt', earlier(row.sentAt, receipt.sentAt)),
    ...present('finalAt', earlier(row.finalAt, receipt.finalAt)),
    ...present('doneDate', earlier(row.doneDate, receipt.doneDate)),
  };
}

/** The same of an earlier attempt's message, while a later one is under way: it left twice, and may not be put back. */
export function markDouble(row: Row, carrierSid: string): Row {
  return { ...row, extraSids: [...new Set([...(row.extraSids ?? []), carrierSid])].sort() };
}

/** The first message of the newest attempt is the row's own; every other is one too many. */
function named(row: Row, { epoch, carrierSid }: Receipt): Row {
  const own = epoch < row.epoch ? row.carrierSid : (row.carrierSid ?? carrierSid);
  const noted = own === undefined ? row : { ...row, carrierSid: own };
  return own === carrierSid ? noted : markDouble(noted, carrierSid);
}

/** Below 0 for states that say nothing of the carrier. */
const rankOf = (state: string): number => CARRIER_STATES.indexOf(state as ReceiptState);

type Maybe<T> = T | null | undefined;

/** Null and undefined stand for "nothing known". */
function earlier<T extends Date | string>(a: Maybe<T>, b: Maybe<T>): T | null {
  if (a == null || b == null) return a ?? b ?? null;
  return b < a ? b : a;
}

function greater(a: Maybe<string>, b: Maybe<string>): string | null {
  if (a == null || b == null) return a ?? b ?? null;
  return b > a ? b : a;
}

const present = <K extends string, T>(key: K, value: Maybe<T>): { [key in K]?: T } =>
  (value == null ? {} : { [key]: value }) as { [key in K]?: T };
