import { momentWords } from '../console-time.ts';
import { codeOf, mayHaveArrived } from '../hygiene/error-codes.ts';
import { type DeliveryFacts, deliverySentence } from './delivery-sentence.ts';
import type { MessageClass } from './lanes.ts';

/** Messages to one person that failed one after another, up to the newest whose end is known. */
export type Failing = {
  count: number;
  /** When the first and the last of them failed. */
  since: Date;
  last: Date;
  /** The carrier's error code of the last one; null where it gave none. */
  code: string | null;
  /** What that code means, in a sentence. */
  words: string;
  /** A newer message has left or is leaving, and what became of it is not known yet. Absent: none has. */
  isNewerOpen?: true;
};

/** The states of a message that has left, or is leaving, without a known end. */
const OPEN_ENDED: readonly DeliveryFacts['state'][] = ['sending', 'accepted', 'sent'];

type Ended = Pick<DeliveryFacts, 'state' | 'error' | 'finalAt'> & { createdAt: Date; test?: true };

const endOf = ({ finalAt, createdAt }: Ended): Date => finalAt ?? createdAt;

/**
 * Null when the last message with a known end arrived, or the person texted since the last failure, which proves that
 * the number can be reached. A failure that may have arrived all the same says nothing. Messages that never left, such
 * as skipped ones, say nothing either. `rows`: newest first.
 */
export function failingOf(rows: readonly Ended[], textedAt: Date | null): Failing | null {
  const known = rows.filter(
    ({ state, error, test }) =>
      test !== true &&
      (state === 'delivered' || ((state === 'failed' || state === 'undelivered') && !mayHaveArrived(error))),
  );
  const ends = known.toSorted((a, b) => endOf(b).getTime() - endOf(a).getTime());
  const arrived = ends.findIndex(({ state }) => state === 'delivered');
  const failed = (arrived === -1 ? ends : ends.slice(0, arrived)).filter(
    (row) => textedAt === null || endOf(row) > textedAt,
  );
  const [newest] = failed;
  const oldest = failed.at(-1);
  if (newest === undefined || oldest === undefined) return null;
  const { error: code } = newest;
  const isNewerOpen = rows
    .slice(0, rows.indexOf(newest))
    .some(({ state, test }) => test !== true && OPEN_ENDED.includes(state));
  return {
    ...{ count: failed.length, since: endOf(oldest), last: endOf(newest), code: code ?? null },
    words: errorWords(code),
    ...(isNewerOpen ? { isNewerOpen } : {}),
  };
}

/** What a failure means, in a sentence. Codes outside the table are named, because people ask the carrier with them. */
export function errorWords(code: string | undefined): string {
  if (code === undefined) return 'The carrier gave no reason.';
  const known = codeOf(code);
  if (known !== null) return known.sentence;
  const status = /^http-(\d+)$/.exec(code)?.[1];
  if (status !== undefined) return `The carrier answered with HTTP status ${status} and gave no reason.`;
  return `The carrier gave the error ${code}, which the table of errors does not have.`;
}

/** What a message was, for a person to read. */
const KINDS: Record<MessageClass, string> = {
  reply: 'An answer to a text',
  help: 'The answer to HELP',
  'joining-help': 'An answer about joining',
  'unknown-answer': 'An answer to a text that was not understood',
  'required-answer': 'An answer to a text that was not understood',
  'opt-out-confirmation': 'The confirmation of an opt-out',
  'hold-notice': 'The notice that texts are on hold',
  prompt: 'A prompt to confirm',
  'staff-answer': 'An answer by staff',
  transactional: 'A transactional message',
  marketing: 'A marketing message',
};

/**
 * What the last message was, when it left or was planned, and what became of it. `about`: the name of its topic or
 * program; null when it has none.
 */
export function lastMessageSentence(
  row: DeliveryFacts & { class: MessageClass },
  { at, zone, about, now }: { at: Date; zone: string; about: string | null; now: Date },
): string {
  const outcome = deliverySentence(row, now);
  const isFailure = row.state === 'failed' || row.state === 'undelivered';
  const words = isFailure ? errorWords(row.error) : null;
  const why = words === null || outcome.includes(words) ? '' : ` ${words}`;
  const of = about === null ? '' : ` about ${about}`;
  return `${KINDS[row.class]}${of} at ${momentWords(at, zone)}: ${outcome}${why}`;
}
