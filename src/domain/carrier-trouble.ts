import { HOUR_MS } from './durations.ts';
import { codeOf, ERROR_CODES, type ErrorRow } from './hygiene/error-codes.ts';
import { QUEUE_FULL_MS } from './sending/circuit-state.ts';

/**
 * Interprets the carrier's response to a create call, or the error of a delivery report: what it says about the
 * message, and about its sender. Source: Twilio Docs, "Error and Warning Dictionary" and "Messages resource". The
 * error code table says which codes stop which senders. An unknown code other than 401 fails only its message: the
 * dictionary changes, and one message is the smallest harm.
 */

/** Why nothing may be sent from a sender until an operator resumes it. `why` ends with the next step. */
export type SenderStop = { code: string; why: string };

/** The parts of a response that determine its meaning. */
export type CarrierAnswer = {
  /** HTTP status. */
  status: number;
  /** Error code of Twilio's JSON; null when the response has none. */
  code: number | null;
  /** The `Retry-After` header as received. */
  retryAfter: string | null;
  /** The message was to another country than the sender's. */
  abroad: boolean;
};

export type AnswerMeaning =
  /** The message was created, if the response also names its id. */
  | { message: 'made' }
  /** The message may have been created. */
  | { message: 'unknown'; code: string }
  /** The message was not created, and would not be next time. */
  | { message: 'refused'; code: string }
  /**
   * The message was not created; the earliest retry is in `afterMs`. `slower`: the account has too many concurrent
   * calls. `full`: the carrier's own queue for the sender is full, and drains at the sender's rate.
   */
  | {
      message: 'put-back';
      code: string;
      afterMs?: number;
      slower?: true;
      full?: true;
      failing?: true;
      stop?: SenderStop;
    };

const QUEUE_FULL = 21611;
/** Twilio's page on this error says only to call again. Source: Twilio Docs, error 21702. */
const SERVICE_AWAY = 21702;

/** About our credentials, whatever the code: every message gets this response. */
const UNAUTHORIZED = 401;
const CREDENTIALS =
  'The carrier refuses our credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then resume this number.';

/** A 404 without a code does not come from Twilio's API: something else is at the address. */
const NOT_FOUND = 404;
const NO_SUCH_ADDRESS =
  "The carrier's address accepts no messages. Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, then resume this number.";

/**
 * Interprets a response. 429 and Twilio's own 503 mean that nothing was done. Any other 5xx, or a 503 from another
 * machine, may follow a message that was created. Error 21408 (a country that is not enabled) fails only its message:
 * other countries still work.
 */
export function meaningOf(answer: CarrierAnswer, now: Date, draw: () => number): AnswerMeaning {
  const { status, code, abroad } = answer;
  if (status >= 200 && status < 300) return { message: 'made' };
  const name = code === null ? `http-${status}` : String(code);
  const afterMs = retryAfterMs(answer.retryAfter, now) ?? Math.round(500 + 1000 * draw());
  if (status === 429 || code === 20429) return { message: 'put-back', code: name, afterMs, slower: true };
  if (status === 503 && code === 20503) return { message: 'put-back', code: name, afterMs, failing: true };
  if (status < 400 || status >= 500) return { message: 'unknown', code: name };
  const row = codeOf(name);
  const why =
    row !== null && stopsSending(row, abroad) ? whyStopped(row) : whyByStatus(status, code !== null);
  if (why !== null) return { message: 'put-back', code: name, stop: { code: name, why } };
  if (code === null || code === SERVICE_AWAY)
    return { message: 'put-back', code: name, afterMs, failing: true };
  if (code === QUEUE_FULL) return { message: 'put-back', code: name, afterMs: QUEUE_FULL_MS, full: true };
  return { message: 'refused', code: name };
}

const stopsSending = ({ stops }: ErrorRow, abroad: boolean): boolean =>
  stops !== null && !(abroad && stops === 'sender-at-home');

const whyStopped = ({ sentence, todo }: ErrorRow): string => `${sentence} ${todo}`;

/** Codes that stop a sender, as far as they are known beforehand: a 401 may come with any code. */
export const STOP_CODES: readonly string[] = [
  ...ERROR_CODES.flatMap(({ code, stops }) => (stops === null ? [] : code)),
  `http-${UNAUTHORIZED}`,
  `http-${NOT_FOUND}`,
];

/** Why a response stops the sender although its code does not; null when it does not. */
function whyByStatus(status: number, hasCode: boolean): string | null {
  if (status === UNAUTHORIZED) return CREDENTIALS;
  return status === NOT_FOUND && !hasCode ? NO_SUCH_ADDRESS : null;
}

/**
 * What the error of a message that the carrier accepted and then failed says about its sender; `all`: about all our
 * senders.
 */
type Refusal = { stop: SenderStop; all: boolean };

/** Null when the error says nothing about our senders. */
export function refusalBy(code: string): Refusal | null {
  const row = codeOf(code);
  if (row === null || row.stops === null || !row.seen.includes('callback')) return null;
  return { stop: { code, why: whyStopped(row) }, all: row.stops === 'account' };
}

/**
 * False when a message was sent so long ago that its refusal says nothing about today: the report may come days
 * later, from Twilio's message list, and the problem may have been solved. If not, the next message shows it. One
 * hour is our choice.
 */
export const isNews = (leftAt: Date, now: Date): boolean => now.getTime() - leftAt.getTime() <= HOUR_MS;

const LONGEST_WAIT_MS = 60_000;

/**
 * `Retry-After`, in seconds or as a date, converted to ms and limited to a minute; null when there is none. Source:
 * RFC 9110, 10.2.3.
 */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : null;
}
