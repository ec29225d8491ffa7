import { SENDERS } from '../../seed/programs.ts';
import type { AcceptedMessage } from './accepted-rows.ts';
import { type Address, conversations, type PreparedRequest, readyPost, requestOf } from './texts.ts';

/** The number of texts in ten requests. The others are receipts. */
const TEXTS_OF_TEN = 3;

/** The number of STOPs in a hundred texts: five of the thirty texts in a hundred requests. */
export const MIX_STOPS = 500 / 30;

/** The number of messages between the receipt that a message was sent and the receipt of its end. */
const APART = 512;

/** One message of this many ends undelivered. */
const UNDELIVERED_EVERY = 20;

/** Unreachable handset, unknown handset, landline. None of these codes means an opt-out. Source: Twilio Docs, error dictionary. */
const CODES = ['30003', '30005', '30006'] as const;

export type StatusReport = { message: AcceptedMessage; status: string; error: string | null };

/**
 * The number of people who text at the same time, for a number of connections. It is small enough that the first STOPs come
 * during the warm-up.
 */
const textersFor = (connections: number): number => Math.max(64, connections >> 1);

/** Yields receipts and texts evenly interleaved, until every message has had both its receipts. */
export function* mixed(
  address: Address,
  messages: readonly AcceptedMessage[],
  connections: number,
): Generator<PreparedRequest> {
  const texts = conversations(MIX_STOPS, textersFor(connections));
  const reports = receipts(messages);
  for (let at = 0; ; at += 1) {
    if ((at * TEXTS_OF_TEN) % 10 < TEXTS_OF_TEN) {
      const text = texts.next();
      if (!text.done) yield requestOf(text.value, address);
    } else {
      const report = reports.next();
      if (report.done) return;
      yield receiptOf(report.value, address);
    }
  }
}

/** Yields two receipts for each message: that it was sent, and later how it ended. */
export function* receipts(messages: readonly AcceptedMessage[]): Generator<StatusReport> {
  for (let at = 0; at < messages.length + APART; at += 1) {
    const [sent, ended] = [messages[at], messages[at - APART]];
    if (sent !== undefined) yield { message: sent, status: 'sent', error: null };
    if (ended !== undefined) yield { message: ended, ...endOf(at) };
  }
}

function endOf(at: number): Pick<StatusReport, 'status' | 'error'> {
  if (at % UNDELIVERED_EVERY !== 0) return { status: 'delivered', error: null };
  return { status: 'undelivered', error: CODES[(at / UNDELIVERED_EVERY) % CODES.length] ?? null };
}

/** The callback as Twilio posts it, to the address that the create call named. */
function receiptOf({ message, status, error }: StatusReport, address: Address): PreparedRequest {
  const doneDate = new Date().toISOString().slice(2, 16).replace(/\D/g, '');
  const form = {
    AccountSid: address.account,
    ApiVersion: '2010-04-01',
    MessageSid: message.sid,
    MessageStatus: status,
    SmsSid: message.sid,
    SmsStatus: status,
    To: message.to,
    From: SENDERS.shop.number,
    ...(status === 'sent' ? {} : { RawDlrDoneDate: doneDate }),
    ...(error === null ? {} : { ErrorCode: error }),
  };
  const bytes = readyPost(`/webhooks/twilio/status?d=${message.attempt}`, form, address);
  return { kind: 'receipt', station: null, bytes };
}
