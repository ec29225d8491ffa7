import { readActor } from '../access/actor.ts';
import type { ActChannel } from '../consent/channels.ts';
import type { EventKind } from '../consent/decision.ts';
import { originOf } from '../consent/ledger-origin.ts';
import { type ConsoleLanguage, showTime } from '../console-time.ts';
import { type CauseWords, wordsOfCause } from './person-answer-words.ts';

/** One entry of the ledger, as far as an answer quotes it. */
export type ActEntry = {
  seq: number;
  kind: EventKind;
  program: string | null;
  scope: string | null;
  reason: string | null;
  channel: ActChannel;
  /** Our number; null when no sender took part. */
  sender: string | null;
  actor: string;
  actedAt: Date;
  /** The person's own words, or what a desk noted of them; null when there are none, or the reader may not see them. */
  words: string | null;
};

/** What an answer rests on. */
export type AnswerCause = {
  by: 'person' | 'staff' | 'key' | 'carrier' | 'us';
  /** "By text to 28555 on Dec 1, 2026, 2:53 AM EST" */
  what: string;
  words: string | null;
  /** How the words were read; null where nothing was read. */
  reading: string | null;
  at: Date;
  /** Number of the entry in the ledger; null where none is on record. */
  entry: number | null;
};

/** What an answer may rest on, and the kinds of entries that say it. */
const KINDS = {
  'opted-out': ['withdrawn'],
  'no-texts': ['number-suppressed'],
  'new-holder': ['withdrawn', 'held', 'ended'],
  'carrier-block': ['carrier-blocked'],
  hold: ['held'],
  paused: ['paused'],
  pending: ['prompted'],
  // An overturned opt-out opens again what the person had agreed to.
  subscribed: ['confirmed', 'topic-on', 'resumed'],
  ended: ['withdrawn', 'refused', 'expired', 'ended', 'topic-off'],
} as const satisfies Record<string, readonly EventKind[]>;
export type CauseKind = keyof typeof KINDS;

type CauseFacts = { entries: readonly ActEntry[]; language: ConsoleLanguage; zone: string };

/** The newest entry that says it; without one, only the time is known. */
export function causeOf(kind: CauseKind, since: Date, facts: CauseFacts): AnswerCause | null {
  const { entries, language, zone } = facts;
  const kinds: readonly EventKind[] = KINDS[kind];
  const fits = entries.filter((entry) => kinds.includes(entry.kind) && isOfCause(kind, entry));
  const words = wordsOfCause(language);
  const entry = fits.at(-1);
  if (entry === undefined) {
    const what = words.since({ time: showTime(since, zone, language) });
    return { by: 'us', what, words: null, reading: null, at: since, entry: null };
  }
  return { ...causeByEntry(entry, facts), reading: readingOf(kind, entry, words) };
}

/** One entry as the cause of a state, without how its words were read. */
export function causeByEntry(
  entry: ActEntry,
  { language, zone }: Pick<CauseFacts, 'language' | 'zone'>,
): AnswerCause {
  const words = wordsOfCause(language);
  const by = actorOf(entry);
  return {
    by,
    what: whatOf(entry, by, words, showTime(entry.actedAt, zone, language)),
    words: entry.words,
    reading: null,
    at: entry.actedAt,
    entry: entry.seq,
  };
}

/** An opt-out of everything rests on no entry about one program. */
const isOfCause = (kind: CauseKind, { scope }: ActEntry): boolean =>
  kind !== 'opted-out' || scope === 'all' || scope === null;

function actorOf(entry: ActEntry): AnswerCause['by'] {
  const { by } = originOf(entry);
  if (by === 'text' || by === 'page' || by === 'carrier-keyword') return 'person';
  if (by === 'carrier-error') return 'carrier';
  if (by === 'key') return readActor(entry.actor).kind === 'key' ? 'key' : 'staff';
  return by === 'staff' ? 'staff' : 'us';
}

function whatOf(entry: ActEntry, by: AnswerCause['by'], words: CauseWords, time: string): string {
  const { channel, sender } = entry;
  if (entry.kind === 'prompted') return words.asked({ time });
  if (by === 'carrier') return words.carrier({ time });
  if (by === 'us') return words.us({ time });
  if (by === 'staff' && entry.kind === 'paused') return words.staff({ time });
  if (channel === 'VIA_TEXT') return sender === null ? words.text({ time }) : words.textTo({ time, sender });
  const how = words.channels[channel];
  if (how !== null) return words.door({ how, time });
  return by === 'key' ? words.key({ time }) : words.staff({ time });
}

function readingOf(kind: CauseKind, entry: ActEntry, words: CauseWords): string | null {
  const origin = originOf(entry);
  if (origin.by === 'hold-timer') return words.undecided;
  if (origin.by === 'staff') return words.staffRead;
  if (origin.by === 'carrier-keyword') return words.carrierKeyword;
  if (kind === 'hold') return words.doubtful;
  if (kind === 'opted-out' && origin.by === 'text') {
    return origin.isInterpreted ? words.rulesRead : words.keyword;
  }
  return null;
}
