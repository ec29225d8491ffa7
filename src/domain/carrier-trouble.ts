import { codeOf } from './hygiene/error-codes.ts';
import type { ErrorRow } from './hygiene/error-row.ts';

/**
 * What an answer of the carrier's create call says: about the message, and about the sender it was to go from.
 * Source: Twilio Docs, "Error and Warning Dictionary" and "Messages resource". Which codes stop whom is in the table.
 * An unknown code fails its message alone: the dictionary changes, and one message is the smallest harm.
 */

/** Why nothing may leave from a sender until a person resumes it. `why` ends in the next step. */
export type Stop = { code: string; why: string };

/** An answer as far as its meaning depends on it. */
export type Answer = {
  /** HTTP status. */
  status: number;
  /** Error code of Twilio's JSON, null where the answer has none. */
  code: number | null;
  /** `Retry-After` as it came. */
  retryAfter: string | null;
  /** The message was to go to another country than the sender's. */
  abroad: boolean;
};

export type Meaning =
  /** The message was made, if the answer also names it. */
  | { message: 'made' }
  /** It may have been made. */
  | { message: 'unknown'; code: string }
  /** It was not made and would not be next time. */
  | { message: 'refused'; code: string }
  /** It was not made; `afterMs`: when to try again at the earliest. `slower`: the account has too many calls at once. */
  | { message: 'put-back'; code: string; afterMs?: number; slower?: true; failing?: true; stop?: Stop };

/** The carrier's own queue for the sender is full; it drains at the sender's rate. */
const QUEUE_FULL = 21611;
const QUEUE_FULL_MS = 30_000;

/** Answers that cannot come from Twilio's API: something else stands at the address. */
const NOT_TWILIO: ReadonlyMap<number, string> = new Map([
  [
    401,
    'The carrier does not take our credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, then resume this number.',
  ],
  [
    404,
    "Nothing at the carrier's address takes messages. Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, then resume this number.",
  ],
]);

/**
 * 429 and the carrier's own 503 say that nothing was done; a 5xx else, or a 503 that another machine made, may follow
 * a message that was made. Error 21408 (a country that is not enabled) fails its message alone: other countries go on.
 */
export function meaningOf(answer: Answer, now: Date, draw: () => number): Meaning {
  const { status, code, abroad } = answer;
  if (status >= 200 && status < 300) return { message: 'made' };
  const name = code === null ? `http-${status}` : String(code);
  const afterMs = retryAfterMs(answer.retryAfter, now) ?? Math.round(500 + 1000 * draw());
  if (status === 429 || code === 20429) return { message: 'put-back', code: name, afterMs, slower: true };
  if (status === 503 && code === 20503) return { message: 'put-back', code: name, afterMs, failing: true };
  if (status < 400 || status >= 500) return { message: 'unknown', code: name };
  if (code === null) {
    const why = NOT_TWILIO.get(status);
    if (why === undefined) return { message: 'put-back', code: name, afterMs, failing: true };
    return { message: 'put-back', code: name, stop: { code: name, why } };
  }
  if (code === QUEUE_FULL) return { message: 'put-back', code: name, afterMs: QUEUE_FULL_MS };
  const row = codeOf(name);
  if (row === null || !stopsSending(row, abroad)) return { message: 'refused', code: name };
  return { message: 'put-back', code: name, stop: { code: name, why: `${row.sentence} ${row.todo}` } };
}

const stopsSending = ({ stops }: ErrorRow, abroad: boolean): boolean =>
  stops !== null && !(abroad && stops === 'sender-at-home');

const LONGEST_WAIT_MS = 60_000;

/** `Retry-After`, in seconds or as a date, in ms and at most a minute; null where there is none. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : null;
}
