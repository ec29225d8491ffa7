/**
 * Delivery states that the carrier's word leads to, each above all before it. Ends that contradict each other are
 * ordered by how far the message came: `failed` did not reach a network, `undelivered` did, and `delivered` was seen
 * to arrive, while a failure only says that nobody saw it.
 * Source: Twilio Docs, "Outbound Message Status in Status Callbacks".
 */
export const CARRIER_STATES = ['accepted', 'sent', 'failed', 'undelivered', 'delivered'] as const;
export type ReceiptState = (typeof CARRIER_STATES)[number];

/** The delivery state that each status of the carrier stands for. Source: Twilio Docs, outbound message status. */
const STATE_OF: Record<string, ReceiptState> = {
  scheduled: 'accepted',
  accepted: 'accepted',
  queued: 'accepted',
  sending: 'accepted',
  sent: 'sent',
  failed: 'failed',
  canceled: 'failed',
  undelivered: 'undelivered',
  delivered: 'delivered',
  read: 'delivered',
};

/** The delivery state a carrier status stands for; null where it is unknown. */
export function stateOfStatus(status: string): ReceiptState | null {
  return Object.hasOwn(STATE_OF, status) ? (STATE_OF[status] ?? null) : null;
}

/** What the carrier posted about one message, every field checked. */
export type Posted = {
  carrierSid: string;
  /** Its own word, lower case. */
  status: string;
  /** Digits of its error code. */
  error: string | null;
  /** `RawDlrDoneDate` as it came, YYMMDDhhmm in a zone nobody states. */
  doneDate: string | null;
  /** When it reached us. */
  at: Date;
};

/** One attempt to hand a delivery over: the callback's address names it. */
export type ReceiptAttempt = { delivery: string; epoch: number };

/** What one receipt, or several joined, say of one attempt. */
export type Receipt = ReceiptAttempt & {
  carrierSid: string;
  state: ReceiptState;
  /** Only of a failure. */
  error: string | null;
  /** Latest moment at which the carrier surely had the message. */
  acceptedAt: Date;
  sentAt: Date | null;
  finalAt: Date | null;
  doneDate: string | null;
};

const isFailure = (state: ReceiptState): boolean => state === 'failed' || state === 'undelivered';

/** The error of a posted receipt; null where it tells of no failure. */
export function errorIn({ status, error }: Posted): string | null {
  const state = stateOfStatus(status);
  return state !== null && isFailure(state) ? error : null;
}

/** What a posted receipt says; null where its status is unknown. */
export function receiptOf({ delivery, epoch }: ReceiptAttempt, posted: Posted): Receipt | null {
  const { carrierSid, status, doneDate, at } = posted;
  const state = stateOfStatus(status);
  if (state === null) return null;
  const error = errorIn(posted);
  const sentAt = state === 'sent' ? at : null;
  const finalAt = state === 'accepted' || state === 'sent' ? null : at;
  return { delivery, epoch, carrierSid, state, error, acceptedAt: at, sentAt, finalAt, doneDate };
}

/** What two receipts of one attempt and one SID say together. */
export function joined(a: Receipt, b: Receipt): Receipt {
  const [low, high] = rankOf(a.state) <= rankOf(b.state) ? [a, b] : [b, a];
  return {
    ...high,
    error: low.state === high.state ? greater(a.error, b.error) : high.error,
    acceptedAt: earlier(a.acceptedAt, b.acceptedAt) as Date,
    sentAt: earlier(a.sentAt, b.sentAt),
    finalAt: earlier(a.finalAt, b.finalAt),
    doneDate: earlier(a.doneDate, b.doneDate),
  };
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

/**
 * A receipt as its callback brought it. `to`: the recipient, where it is a phone number, and no delivery is named or the message
 * failed; `from`: its sender, as the carrier writes it.
 */
export type IncomingReceipt = Posted & {
  attempt: ReceiptAttempt | null;
  to: string | null;
  from: string | null;
};
