import { CARRIER_STATES, type Receipt, type ReceiptState } from '../../src/domain/receipt-order.ts';

/** The fields of a delivery that receipts change, for `foldReceipt`. */
export type FoldedRow = {
  state: string;
  open?: boolean;
  epoch: number;
  carrierSid?: string;
  /**
   * Further messages that the carrier created for the row, which was handed over again after an attempt that had
   * left.
   */
  extraSids?: string[];
  error?: string;
  acceptedAt?: Date;
  sentAt?: Date;
  finalAt?: Date;
  doneDate?: string;
  lookUpAt?: Date;
};

/**
 * The rule by which receipts move a row, one at a time. Any order and any repetition end in the same row. The gateway
 * runs the update of the store's `applyReceipts`, which moves many rows in one command and is tested against this
 * rule. A receipt of any attempt proves that the message left, so it overrides every other state: put back, canceled,
 * expired, skipped, refused or unknown. The result is null while a later attempt is under way: an opt-out may wait
 * for that claim, so its owner keeps the row, the message is recorded (`markDouble`), and the receipt waits. The
 * order of states is written here once more, not imported from the domain, so that a mistake there is found.
 */
export function foldReceipt(row: FoldedRow, receipt: Receipt): FoldedRow | null {
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

/**
 * Records the message of an earlier attempt while a later one is under way. The row left twice and may not be put
 * back.
 */
export function markDouble(row: FoldedRow, carrierSid: string): FoldedRow {
  return { ...row, extraSids: [...new Set([...(row.extraSids ?? []), carrierSid])].sort() };
}

/** Records a message: the first message of the newest attempt is the row's own, every other is one too many. */
function named(row: FoldedRow, { epoch, carrierSid }: Receipt): FoldedRow {
  const own = epoch < row.epoch ? row.carrierSid : (row.carrierSid ?? carrierSid);
  const noted = own === undefined ? row : { ...row, carrierSid: own };
  return own === carrierSid ? noted : markDouble(noted, carrierSid);
}

/** Below 0 for states that no receipt reports. */
const rankOf = (state: string): number => CARRIER_STATES.indexOf(state as ReceiptState);

type Maybe<T> = T | null | undefined;

/** Null and undefined mean that nothing is known. */
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
