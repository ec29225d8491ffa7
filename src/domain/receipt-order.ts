/**
 * Delivery states that come from the carrier, in rising rank. Contradicting final states are ordered by how far the
 * message came: `failed` did not reach a network, `undelivered` did, and `delivered` was seen to arrive, while a
 * failure only says that nobody saw the message arrive.
 * Source: Twilio Docs, "Outbound Message Status in Status Callbacks".
 */
export const CARRIER_STATES = ['accepted', 'sent', 'failed', 'undelivered', 'delivered'] as const;
export type ReceiptState = (typeof CARRIER_STATES)[number];

/** The delivery state for each Twilio status. Source: Twilio Docs, outbound message status. */
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

/** The delivery state for a Twilio status; null for an unknown status. */
export function stateOfStatus(status: string): ReceiptState | null {
  return Object.hasOwn(STATE_OF, status) ? (STATE_OF[status] ?? null) : null;
}

/** What Twilio posted about one message, with every field checked. */
export type Posted = {
  carrierSid: string;
  /** Twilio's status, in lower case. */
  status: string;
  /** Digits of the error code. */
  error: string | null;
  /** `RawDlrDoneDate` as posted, YYMMDDhhmm in an unstated zone. */
  doneDate: string | null;
  /** When the report was received. */
  at: Date;
};

/** One attempt to hand a delivery over, as named in the callback URL. */
export type ReceiptAttempt = { delivery: string; epoch: number };

/** What one delivery report, or several joined, say about one attempt. */
export type Receipt = ReceiptAttempt & {
  carrierSid: string;
  state: ReceiptState;
  /** Only set for a failure. */
  error: string | null;
  /** Time by which the carrier certainly had the message; the earliest of the joined reports. */
  acceptedAt: Date;
  sentAt: Date | null;
  finalAt: Date | null;
  doneDate: string | null;
};

const isFailure = (state: ReceiptState): boolean => state === 'failed' || state === 'undelivered';

/** The error of a posted report; null when it reports no failure. */
export function errorIn({ status, error }: Posted): string | null {
  const state = stateOfStatus(status);
  return state !== null && isFailure(state) ? error : null;
}

/** What a posted report says; null when its status is unknown. */
export function receiptOf({ delivery, epoch }: ReceiptAttempt, posted: Posted): Receipt | null {
  const { carrierSid, status, doneDate, at } = posted;
  const state = stateOfStatus(status);
  if (state === null) return null;
  const error = errorIn(posted);
  const sentAt = state === 'sent' ? at : null;
  const finalAt = state === 'accepted' || state === 'sent' ? null : at;
  return { delivery, epoch, carrierSid, state, error, acceptedAt: at, sentAt, finalAt, doneDate };
}

/** Joins two reports about the same attempt and SID. */
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

/** Negative for states that do not come from the carrier. */
const rankOf = (state: string): number => CARRIER_STATES.indexOf(state as ReceiptState);

type Maybe<T> = T | null | undefined;

/** The earlier value. Null and undefined mean that nothing is known. */
function earlier<T extends Date | string>(a: Maybe<T>, b: Maybe<T>): T | null {
  if (a == null || b == null) return a ?? b ?? null;
  return b < a ? b : a;
}

function greater(a: Maybe<string>, b: Maybe<string>): string | null {
  if (a == null || b == null) return a ?? b ?? null;
  return b > a ? b : a;
}

/**
 * A delivery report from a callback. `to`: the recipient, set if it is a phone number and the report names no
 * delivery or a failure. `from`: the sender, as Twilio writes it.
 */
export type IncomingReceipt = Posted & {
  attempt: ReceiptAttempt | null;
  to: string | null;
  from: string | null;
};
