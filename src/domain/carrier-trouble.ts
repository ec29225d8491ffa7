/**
 * What an answer of the carrier's create call says: about the message, and about the sender it was to go from.
 * Source: Twilio Docs, "Error and Warning Dictionary", pages of the codes named here, and "Messages resource".
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

const RESUME = 'then resume this number.';
const ACCOUNT_STATE = `Read the carrier's notices about the account and settle its balance, ${RESUME}`;
const SETUP = `Check TWILIO_API_BASE and TWILIO_ACCOUNT_SID, ${RESUME}`;
const SERVICE = `Check the Messaging Service that the number is configured with, ${RESUME}`;
const NUMBER = `Check at the carrier that this account owns the number and may text from it, ${RESUME}`;
const REGISTRATION = `Finish its registration at the carrier, ${RESUME}`;

/** Errors of the whole account: whoever sends next meets them too. */
const ACCOUNT: ReadonlyMap<number, string> = new Map([
  [10001, `The account is not active. ${ACCOUNT_STATE}`],
  [
    20003,
    `The carrier does not take our credentials, or has suspended the account. Check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the account's balance, ${RESUME}`,
  ],
  [20005, `The account is not active. ${ACCOUNT_STATE}`],
  [20006, `The account may not use this part of the carrier's API. ${SETUP}`],
  [20403, `The carrier forbids the account to send. ${ACCOUNT_STATE}`],
  [20404, `The carrier does not know this account. ${SETUP}`],
  [30002, `The account is suspended. ${ACCOUNT_STATE}`],
]);

/** Errors of one sender, or of the Messaging Service it belongs to. */
const SENDER: ReadonlyMap<number, string> = new Map([
  [21212, `The carrier does not read it as a number to send from. ${NUMBER}`],
  [21601, `The number cannot send texts. ${NUMBER}`],
  [21606, `The number cannot send texts. ${NUMBER}`],
  [21607, `A trial account may not send from this number. Upgrade the account, ${RESUME}`],
  [21659, `The number is not one of the carrier's. ${NUMBER}`],
  [21660, `The number belongs to another account. ${NUMBER}`],
  [21661, `The number cannot send texts. ${NUMBER}`],
  [21701, `The Messaging Service does not exist, or the number is not in it. ${SERVICE}`],
  [21703, `The Messaging Service has no number that can send this. ${SERVICE}`],
  [21704, `The Messaging Service has no number. ${SERVICE}`],
  [21705, `The Messaging Service is not valid. ${SERVICE}`],
  [30032, `The toll-free number is not verified. ${REGISTRATION}`],
  [30033, `The 10DLC campaign of the number is suspended. ${REGISTRATION}`],
  [30034, `The number is not registered for 10DLC. ${REGISTRATION}`],
]);

/** Said of a pair too: a short code texts its own country only. Abroad they speak of the pair, so they fail the message alone. */
const OF_THE_PAIR: ReadonlySet<number> = new Set([21606, 21659]);

/** The carrier's own queue for the sender is full; it drains at the sender's rate. */
const QUEUE_FULL = 21611;
const QUEUE_FULL_MS = 30_000;

/** Answers that cannot come from Twilio's API: something else stands at the address. */
const NOT_TWILIO: ReadonlyMap<number, string> = new Map([
  [
    401,
    `The carrier does not take our credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, ${RESUME}`,
  ],
  [404, `Nothing at the carrier's address takes messages. ${SETUP}`],
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
  const why = ACCOUNT.get(code) ?? (abroad && OF_THE_PAIR.has(code) ? undefined : SENDER.get(code));
  if (why === undefined) return { message: 'refused', code: name };
  return { message: 'put-back', code: name, stop: { code: name, why } };
}

const LONGEST_WAIT_MS = 60_000;

/** `Retry-After`, in seconds or as a date, in ms and at most a minute; null where there is none. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null, now: Date): number | null {
  if (header === null) return null;
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_WAIT_MS) : null;
}
