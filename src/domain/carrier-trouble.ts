import { HOUR_MS } from './durations.ts';
import { codeOf, ERROR_CODES, type ErrorRow } from './hygiene/error-codes.ts';
import { QUEUE_FULL_MS } from './sending/circuit-state.ts';

/**
 * What an answer of the carrier's create call, or the error of a receipt, says: about the message, and about the sender it
 * was to go from. Source: Twilio Docs, "Error and Warning Dictionary" and "Messages resource". Which codes stop whom is in the
 * table. An unknown code fails its message alone, but under 401: the dictionary changes, and one message is the smallest harm.
 */

/** Why nothing may leave from a sender until a person resumes it. `why` ends in the next step. */
export type SenderStop = { code: string; why: string };

/** An answer as far as its meaning depends on it. */
export type CarrierAnswer = {
  /** HTTP status. */
  status: number;
  /** Error code of Twilio's JSON, null where the answer has none. */
  code: number | null;
  /** `Retry-After` as it came. */
  retryAfter: string | null;
  /** The message was to go to another country than the sender's. */
  abroad: boolean;
};

export type AnswerMeaning =
  /** The message was made, if the answer also names it. */
  | { message: 'made' }
  /** It may have been made. */
  | { message: 'unknown'; code: string }
  /** It was not made and would not be next time. */
  | { message: 'refused'; code: string }
  /**
   * It was not made; `afterMs`: when to try again at the earliest. `slower`: the account has too many calls at once; `full`: the
   * carrier's own queue for the sender, which drains at the sender's rate.
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
/** Of which Twilio's page says no more than to call again. Source: Twilio Docs, error 21702. */
const SERVICE_AWAY = 21702;

/** Of credentials, whatever the code: every message from here gets that answer. */
const UNAUTHORIZED = 401;
const CREDENTIALS =
  'The carrier does not take our credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then resume this number.';

/** Without a code it cannot come from Twilio's API: something else stands at the address. */
const NOT_FOUND = 404;
const NO_SUCH_ADDRESS =
  "Nothing at the carrier's address takes messages. Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, then resume this number.";

/**
 * 429 and the carrier's own 503 say that nothing was done; a 5xx else, or a 503 that another machine made, may follow
 * a message that was made. Error 21408 (a country that is not enabled) fails its message alone: other countries go on.
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

/** Names of what stops a sender, as far as they are known beforehand: a 401 may come with any code. */
export const STOP_CODES: readonly string[] = [
  ...ERROR_CODES.flatMap(({ code, stops }) => (stops === null ? [] : code)),
  `http-${UNAUTHORIZED}`,
  `http-${NOT_FOUND}`,
];

/** Why nothing may leave after an answer whose code, if it has one, does not say it; null where something may. */
function whyByStatus(status: number, hasCode: boolean): string | null {
  if (status === UNAUTHORIZED) return CREDENTIALS;
  return status === NOT_FOUND && !hasCode ? NO_SUCH_ADDRESS : null;
}

/** What the error of a message that the carrier took and then failed says of the number it left from; `all`: of all of ours. */
type Refusal = { stop: SenderStop; all: boolean };

/** Null where it says nothing of our numbers. */
export function refusalBy(code: string): Refusal | null {
  const row = codeOf(code);
  if (row === null || row.stops === null || !row.seen.includes('callback')) return null;
  return { stop: { code, why: whyStopped(row) }, all: row.stops === 'account' };
}

/**
 * False where a message left so long ago that its refusal tells nothing of today: its word may come days later, from the
 * carrier's list, and somebody may have seen to it. Where nobody has, the next message tells. The hour is a choice.
 */
export const isNews = (leftAt: Date, now: Date): boolean => now.getTime() - leftAt.getTime() <= HOUR_MS;

const LONGEST_WAIT_MS = 60_000;

/** `Retry-After`, in seconds or as a date, in ms and at most a minute; null where there is none. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : null;
}
