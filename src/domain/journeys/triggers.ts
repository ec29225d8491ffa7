import { type ActChannel, type DisclosureRef, isRenewal, subscriptionTo } from '../consent/consent-state.ts';
import type { EventKind } from '../consent/decision.ts';
import { ALREADY_IN } from '../consent/join.ts';
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

/** What a person did longer ago than this when we hear of it begins nothing, days: a backfill is no news. */
const STALE_DAYS = 7;

/** The last time someone went through a journey. */
export type LastRun = { nth: number; triggeredAt: Date; open: boolean };

/** An entry of the ledger, as far as it may begin a journey. */
export type ConsentTriggerEntry = {
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  channel: ActChannel;
  reason: string | null;
  /** Of a yes: the words that it answers. */
  disclosure: DisclosureRef | null;
  recordedAt: Date;
};

/** Something that may begin a journey for someone. `actedAt`: of a consent, when it was given. */
export type FiredTrigger = { at: Date; actedAt?: Date };

/** Kinds of ledger entries that may begin a journey, and that may end one. */
export const BEGINNING: readonly EventKind[] = ['confirmed', 'topic-on'];
export const ENDING: readonly EventKind[] = ['withdrawn', 'topic-off', 'held'];

/**
 * Whether a consent begins it. One that came by import does not: a list is no person who just said yes. A yes to a renewal
 * turns no topic on: it names what is on already.
 */
export function begunByConsent(trigger: Trigger, program: string, entry: ConsentTriggerEntry): boolean {
  if (trigger.kind !== 'consent' || entry.program !== program || entry.channel === 'IMPORT') return false;
  if (trigger.topics === null) return entry.kind === 'confirmed';
  if (entry.disclosure !== null && isRenewal({ disclosure: entry.disclosure })) return false;
  return BEGINNING.includes(entry.kind) && entry.topics.some((topic) => trigger.topics?.includes(topic));
}

/** Whether an event begins it: it happened since the journey was started, is news, and gave nothing back. */
export function begunByEvent(
  { at, receivedAt, amount }: { at: Date; receivedAt: Date; amount: number | null },
  startedAt: Date,
): boolean {
  return at >= startedAt && isNews(at, receivedAt) && !isReturn(amount);
}

/** Whether what happened at a moment may begin something still, where we hear of it now. */
export const isNews = (at: Date, now: Date): boolean => now.getTime() - at.getTime() <= STALE_DAYS * DAY_MS;

/**
 * Whether a trigger begins a run, and the how many-eth it is. The same trigger again begins nothing: it is no later
 * than the one that did. Who has no consent to the program does not enter, and may later; by a word that they texted under
 * a consent which ended, never. A consent to the program begins it where the one that stands began by it.
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
  // Under a consent that has ended since, a word was texted: the one that stands came by another act.
  if (trigger.kind === 'keyword' && told.at < since) return null;
  // One more topic, or a renewal, is no consent to the program anew.
  const isOfProgram = trigger.kind === 'consent' && trigger.topics === null;
  if (isOfProgram && told.actedAt?.getTime() !== since.getTime()) return null;
  if (whyRunEnds({ program, since }, steps, standing) !== null) return null;
  return { nth: (last?.nth ?? 0) + 1, since };
}

/**
 * The earliest of several triggers of one person that begins a run, with the run. One that comes too early after the
 * last run does not stand in the way of a later one; those after it are judged by the run that begins.
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

/** Kinds of ledger entries by which a keyword may begin a journey. */
export const BY_KEYWORD: readonly EventKind[] = ['confirmed', 'topic-on', 'ineffective'];

/** The person's own text that led to an entry, as it was read then. */
export type ReadText = { kind: string; rule: string; receivedAt: Date };

/** Whether an entry may have come of a keyword, so that its text is looked for. */
export const mayComeOfKeyword = ({ kind, reason }: Pick<ConsentTriggerEntry, 'kind' | 'reason'>): boolean =>
  BY_KEYWORD.includes(kind) && (kind !== 'ineffective' || reason === ALREADY_IN);

/**
 * Whether a text begins it, by what came of it: the program was joined, or they were in it already, by one of its words;
 * or a topic came on by one of the topic's. What a word meant when it was texted decides, and the text is from after the start.
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

/** Words that no longer ask for what they did when the journey was saved: the program was changed since. */
export function wordsLost(
  means: readonly Keyword[],
  { keywords, topics }: Pick<Program, 'keywords' | 'topics'>,
): string[] {
  const joins = Object.values(keywords).flat();
  const lost = means.filter(({ word, topic: id }) => {
    const topic = topics.find((one) => one.id === id);
    const now = id === null ? joins : topic === undefined ? [] : [topic.code, topic.word];
    return !now.some((one) => normalise(one) === normalise(word));
  });
  return lost.map(({ word }) => word);
}

type KeywordTrigger = Extract<Trigger, { kind: 'keyword' }>;

/**
 * What words of a program mean on its number by the rules of today, each read as a text of it would be. A topic has two
 * words, its code and its name: either stands for both.
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
      for (const one of found) means.set(normalise(one.word), one);
      written.add(found.find((one) => normalise(one.word) === normalise(word))?.word ?? word);
    }
  }
  return { trigger: { kind: 'keyword', words: [...written], means: [...means.values()] }, faults };
}

/** What one word asks for; a sentence where it can begin no journey. */
function readWord(
  word: string,
  program: Program,
  book: ProgramBook,
  rules: CompiledWordRules,
): Keyword[] | string {
  if (program.status === 'ended') return 'The program has ended: its words are read no more.';
  const normal = normalise(word);
  if (normal === '' || normal.includes(' ')) return 'Write one word of letters and digits alone.';
  const here = programsOn(book, program.numbers[0] ?? '');
  const reading = readText(word, programWordsOf(here), rules);
  const own = ownWords(program).filter((one) => asksFor(reading, program, one));
  if (own.some((one) => normalise(one.word) === normal)) {
    return own.filter(({ topic, word: one }) => topic !== null || normalise(one) === normal);
  }
  return whyNot(word, reading, program, book);
}

/** Every word of a program that asks for something: to join, or for a topic. */
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
  return reading.topics.some((one) => one.program === id && one.topic === topic);
}

const ANY_CONSENT = 'For every consent, however it was asked for, use {"kind": "consent"}.';

function whyNot(word: string, reading: Reading, program: Program, { programs }: ProgramBook): string {
  if (reading.kind === 'yes' || reading.kind === 'start') {
    return `“${word}” begins no journey: ${MEANINGS[reading.kind]} ${ANY_CONSENT}`;
  }
  const meaning = MEANINGS[reading.kind];
  if (meaning !== undefined) return `“${word}” begins no journey: ${meaning}`;
  const other = programs.find(
    (one) =>
      one.id !== program.id && ownWords(one).some(({ word: its }) => normalise(its) === normalise(word)),
  );
  if (other !== undefined) {
    return `“${word}” is a word of the program “${other.id}”. A journey begins by words of its own program.`;
  }
  const known = ownWords(program).map((one) => one.word);
  return `The program has no such word. It has ${known.join(', ')}; others are to be saved with the program first.`;
}
