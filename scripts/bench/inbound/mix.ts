import { SENDERS } from '../../seed/programs.ts';
import type { AcceptedMessage } from './accepted-rows.ts';
import { type Address, conversations, type PreparedRequest, readyPost, requestOf } from './texts.ts';

/** Of ten requests, how many are texts; the others are receipts. */
const TEXTS_OF_TEN = 3;

/** Of a hundred texts, how many are a STOP: five of the thirty in a hundred requests. */
export const MIX_STOPS = 500 / 30;

/** The end of a message comes so many messages after it was sent. */
const APART = 512;

/** Of so many messages one ends undelivered. */
const UNDELIVERED_EVERY = 20;

/** Unreachable handset, unknown handset, landline. None tells of an opt-out. Source: Twilio Docs, error dictionary. */
const CODES = ['30003', '30005', '30006'] as const;

export type StatusReport = { message: AcceptedMessage; status: string; error: string | null };

/** People who text at once, for so many connections: few enough that the first STOPs come while it warms up. */
const textersFor = (connections: number): number => Math.max(64, connections >> 1);

/** Receipts and texts evenly interleaved, until every message has had both its receipts. */
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

/** Two of each message: that it was sent, and later how it ended. */
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

/** The callback as Twilio posts it to the address that the create call named. */
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
