import type { ActChannel } from '../consent/channels.ts';
import { type DisclosureRef, isRenewal, subscriptionTo } from '../consent/consent-state.ts';
import type { EventKind } from '../consent/decision.ts';
import { refusalOf } from '../consent/ledger-origin.ts';
import { isReturn } from '../contacts/activity.ts';
import { DAY_MS } from '../durations.ts';
import { type Program, type ProgramBook, programsOn } from '../program.ts';
import { normalise } from '../words/normalise.ts';
import { programWordsOf } from '../words/program-words.ts';
import { readText } from '../words/read-text.ts';
import { type Reading, wordsInRule } from '../words/reading.ts';
import { MEANINGS } from '../words/word-conflicts.ts';
import type { CompiledWordRules } from '../words/word-rules.ts';
import type { JourneyPlan, Keyword, PlanFault, Reentry, Trigger } from './journey.ts';
import { type EligibilityFacts, whyRunEnds } from './steps.ts';

/** An event that is older than this when it is reported starts no run, days: a backfill is no news. */
const STALE_DAYS = 7;

/** The last run of a person through a journey. */
export type LastRun = { nth: number; triggeredAt: Date; open: boolean };

/** The part of a ledger entry that decides whether the entry starts a run. */
export type ConsentTriggerEntry = {
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  channel: ActChannel;
  reason: string | null;
  /** The disclosure that a confirmation answers. */
  disclosure: DisclosureRef | null;
  recordedAt: Date;
};

/** An act that may start a run. `actedAt`: when a consent was given. */
export type FiredTrigger = { at: Date; actedAt?: Date };

/** Kinds of ledger entries that may start a run, and kinds that may end one. */
export const BEGINNING: readonly EventKind[] = ['confirmed', 'topic-on'];
export const ENDING: readonly EventKind[] = ['withdrawn', 'topic-off', 'held'];

/**
 * True where a consent starts a run. An imported consent does not: nobody on the imported list has just consented.
 * The confirmation of a renewal does not either: it names topics that were on before.
 */
export function begunByConsent(trigger: Trigger, program: string, entry: ConsentTriggerEntry): boolean {
  if (trigger.kind !== 'consent' || entry.program !== program || entry.channel === 'IMPORT') return false;
  if (trigger.topics === null) return entry.kind === 'confirmed';
  if (entry.disclosure !== null && isRenewal({ disclosure: entry.disclosure })) return false;
  return BEGINNING.includes(entry.kind) && entry.topics.some((topic) => trigger.topics?.includes(topic));
}

/**
 * True where an event starts a run: it happened after the journey was started, is recent, and is no return of
 * goods.
 */
export function begunByEvent(
  { at, receivedAt, amount }: { at: Date; receivedAt: Date; amount: number | null },
  startedAt: Date,
): boolean {
  return at >= startedAt && isNews(at, receivedAt) && !isReturn(amount);
}

/** True where an act is recent enough to start a run, when it is reported now. */
export const isNews = (at: Date, now: Date): boolean => now.getTime() - at.getTime() <= STALE_DAYS * DAY_MS;

/**
 * Decides whether a trigger starts a run, and which run of the person that is (`nth`). A repeated report of one
 * trigger starts nothing, since its time is no later than the last run's. A person without consent to the program
 * does not enter, and may enter by a later trigger. A keyword that was texted under an earlier, ended consent
 * starts nothing. A journey that begins with consent to the program starts only for the act that gave the current
 * consent.
 */
export function entryOf(
  told: FiredTrigger,
  { trigger, reentry, steps }: JourneyPlan,
  last: LastRun | null,
  program: string,
  standing: EligibilityFacts,
): { nth: number; since: Date } | null {
  if (last !== null && !mayAgain(told.at, reentry, last)) return null;
  const since = standing.person === null ? undefined : subscriptionTo(standing.person, program)?.since;
  if (since === undefined) return null;
  // The word was texted under an earlier consent; the current one came from another act.
  if (trigger.kind === 'keyword' && told.at < since) return null;
  // Turning on one more topic, or renewing, gives no new consent to the program.
  const isOfProgram = trigger.kind === 'consent' && trigger.topics === null;
  if (isOfProgram && told.actedAt?.getTime() !== since.getTime()) return null;
  if (whyRunEnds({ program, since }, steps, standing) !== null) return null;
  return { nth: (last?.nth ?? 0) + 1, since };
}

/**
 * The earliest of a person's triggers that starts a run, with that run. A trigger that comes too soon after the
 * last run does not block a later one.
 */
export function firstEntry(
  triggers: readonly FiredTrigger[],
  plan: JourneyPlan,
  last: LastRun | null,
  program: string,
  standing: EligibilityFacts,
): { at: Date; nth: number; since: Date } | null {
  for (const told of triggers.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const entry = entryOf(told, plan, last, program, standing);
    if (entry !== null) return { at: told.at, ...entry };
  }
  return null;
}

function mayAgain(at: Date, reentry: Reentry, { open, triggeredAt }: LastRun): boolean {
  if (reentry.kind === 'once' || open) return false;
  return at.getTime() >= triggeredAt.getTime() + reentry.days * DAY_MS;
}

/** Kinds of ledger entries that may record a keyword that starts a run. */
export const BY_KEYWORD: readonly EventKind[] = ['confirmed', 'topic-on', 'ineffective'];

/** The person's text that led to an entry, as it was interpreted then. */
export type ReadText = { kind: string; rule: string; receivedAt: Date };

/** True where a keyword may have led to the entry, so that the worker must look up the text. */
export const mayComeOfKeyword = (entry: Pick<ConsentTriggerEntry, 'kind' | 'reason'>): boolean =>
  BY_KEYWORD.includes(entry.kind) && (entry.kind !== 'ineffective' || refusalOf(entry) === 'already-in');

/**
 * True where a text starts a run. A join keyword must have led the person into the program, or found them in it; a
 * topic's word must have turned that topic on. The meaning of the word when it was texted decides. The text must be
 * from after the journey's start.
 */
export function begunByKeyword(
  trigger: Trigger,
  { program, startedAt }: { program: string; startedAt: Date },
  entry: ConsentTriggerEntry,
  text: ReadText,
): boolean {
  if (trigger.kind !== 'keyword' || entry.program !== program || !mayComeOfKeyword(entry)) return false;
  if (text.receivedAt < startedAt) return false;
  const texted = wordsInRule(text.rule);
  const named = trigger.means.filter(({ word }) => texted.includes(normalise(word)));
  if (text.kind === 'join') return named.some(({ topic }) => topic === null);
  return (
    text.kind === 'topics-on' && named.some(({ topic }) => topic !== null && entry.topics.includes(topic))
  );
}

/** Words of the journey that no longer mean what they meant when it was saved, because the program changed. */
export function wordsLost(
  means: readonly Keyword[],
  { keywords, topics }: Pick<Program, 'keywords' | 'topics'>,
): string[] {
  const joins = Object.values(keywords).flat();
  const lost = means.filter(({ word, topic: id }) => {
    const topic = topics.find((topic) => topic.id === id);
    const now = id === null ? joins : topic === undefined ? [] : [topic.code, topic.word];
    return !now.some((ownWord) => normalise(ownWord) === normalise(word));
  });
  return lost.map(({ word }) => word);
}

type KeywordTrigger = Extract<Trigger, { kind: 'keyword' }>;

/**
 * Interprets a program's words by the current rules, each as a text to the program's number would be interpreted. A
 * topic has two words, its code and its name; naming one of them selects both.
 */
export function readWords(
  words: readonly string[],
  program: Program,
  book: ProgramBook,
  rules: CompiledWordRules,
): { trigger: KeywordTrigger; faults: PlanFault[] } {
  const faults: PlanFault[] = [];
  const written = new Set<string>();
  const means = new Map<string, Keyword>();
  for (const [at, word] of words.entries()) {
    const found = readWord(word, program, book, rules);
    if (typeof found === 'string') faults.push({ field: `trigger.words.${at}`, problem: found });
    else {
      for (const keyword of found) means.set(normalise(keyword.word), keyword);
      written.add(found.find((keyword) => normalise(keyword.word) === normalise(word))?.word ?? word);
    }
  }
  return { trigger: { kind: 'keyword', words: [...written], means: [...means.values()] }, faults };
}

/** The meaning of one word, or a sentence that says why the word can start no journey. */
function readWord(
  word: string,
  program: Program,
  book: ProgramBook,
  rules: CompiledWordRules,
): Keyword[] | string {
  if (program.status === 'ended') return 'The program has ended, so its keywords are no longer read.';
  const normal = normalise(word);
  if (normal === '' || normal.includes(' ')) return 'Write one word of letters and digits alone.';
  const here = programsOn(book, program.numbers[0] ?? '');
  const reading = readText(word, programWordsOf(here), rules);
  const own = ownWords(program).filter((word) => asksFor(reading, program, word));
  if (own.some((keyword) => normalise(keyword.word) === normal)) {
    return own.filter(({ topic, word: ownWord }) => topic !== null || normalise(ownWord) === normal);
  }
  return whyNot(word, reading, program, book);
}

/** Every word of a program that joins it or turns a topic on. */
const ownWords = ({ keywords, topics }: Program): Keyword[] => [
  ...Object.values(keywords).flatMap((words) => words.map((word) => ({ word, topic: null }))),
  ...topics.flatMap(({ id: topic, code, word }) => [
    { word: code, topic },
    { word, topic },
  ]),
];

function asksFor(reading: Reading, { id }: Program, { topic }: Keyword): boolean {
  if (reading.kind === 'join') return topic === null && reading.program === id;
  if (reading.kind !== 'topics-on') return false;
  return reading.topics.some((topicRef) => topicRef.program === id && topicRef.topic === topic);
}

const ANY_CONSENT = 'For every consent, however it was asked for, use {"kind": "consent"}.';

function whyNot(word: string, reading: Reading, program: Program, { programs }: ProgramBook): string {
  if (reading.kind === 'yes' || reading.kind === 'start') {
    return `“${word}” begins no journey: ${MEANINGS[reading.kind]} ${ANY_CONSENT}`;
  }
  const meaning = MEANINGS[reading.kind];
  if (meaning !== undefined) return `“${word}” begins no journey: ${meaning}`;
  const conflicting = programs.find(
    (candidate) =>
      candidate.id !== program.id &&
      ownWords(candidate).some(({ word: ownWord }) => normalise(ownWord) === normalise(word)),
  );
  if (conflicting !== undefined) {
    return `“${word}” is a word of the program “${conflicting.id}”. A journey begins by words of its own program.`;
  }
  const known = ownWords(program).map((word) => word.word);
  return `The program has no such word. It has ${known.join(', ')}. Save other words with the program first.`;
}
