import { chosenTopics } from '../consent/coming-texts.ts';
import type { ConsentState, Subscription } from '../consent/consent-state.ts';
import { isClosed, standingKind } from '../consent/status-sentence.ts';
import { isStanding, readScope, type Suppression } from '../consent/suppression.ts';
import { type ConsoleLanguage, showDay, showTime } from '../console-time.ts';
import { type ProgramBook, programById, wordsIn } from '../program.ts';
import { type AnswerWords, wordsOfAnswer } from './person-answer-words.ts';
import { type ActEntry, type AnswerCause, causeOf } from './person-cause.ts';

/** What decides whether a person may be texted, in the order in which it decides. */
export const ANSWER_STATES = [
  'erased',
  'unknown',
  'opted-out',
  'no-texts',
  'new-holder',
  'carrier-block',
  'hold',
  'stopped-elsewhere',
  'paused',
  'pending',
  'consent-old',
  'no-topic',
  'some-topics',
  'subscribed',
  'left',
] as const;
export type AnswerState = (typeof ANSWER_STATES)[number];

/** The sign beside a state: may be texted, waits, must not be texted, nothing there. */
export type StateSign = 'good' | 'wait' | 'stop' | 'off';

export type PersonAnswer = {
  state: AnswerState;
  sign: StateSign;
  /** Whether they may be texted, in one or two sentences. */
  sentence: string;
  /** What it rests on; null where nothing is on record. */
  cause: AnswerCause | null;
  /** What else is to be known, such as quiet hours; null where nothing is. */
  more: string | null;
};

/** What is known about one number. */
export type AnswerFacts = {
  /** `former`: the number has a newer holder here. */
  known: 'holder' | 'former' | 'erased' | 'nobody';
  /** For nobody: a stranger with the suppressions of the number. */
  person: ConsentState;
  book: ProgramBook;
  now: Date;
  /** Entries of the ledger that may be the cause, in order. */
  entries: readonly ActEntry[];
  /** The carrier's last answer says that the number has a new holder. */
  isReassigned: boolean;
  quiet: { until: Date | null; zone: string } | null;
};

/** The language and the zone of whoever reads the answer. */
export type AnswerReader = { language: ConsoleLanguage; zone: string };

type Reading = AnswerFacts & AnswerReader & { words: AnswerWords };
type Found = Pick<PersonAnswer, 'state' | 'sign' | 'sentence'> & {
  cause?: AnswerCause | null;
  more?: string | null;
};

/** May this person be texted, and why: the first state that decides. */
export function personAnswer(facts: AnswerFacts, reader: AnswerReader): PersonAnswer {
  const reading = { ...facts, ...reader, words: wordsOfAnswer(reader.language) };
  for (const rule of RULES) {
    const found = rule(reading);
    if (found !== null) return { cause: null, more: null, ...found };
  }
  return left(reading);
}

type Rule = (reading: Reading) => Found | null;

const RULES: readonly Rule[] = [
  nobody,
  optedOut,
  noTexts,
  newHolder,
  carrierBlock,
  onHold,
  stoppedElsewhere,
  paused,
  pending,
  consentOld,
  mayBeTexted,
];

function nobody({ known, person, words }: Reading): Found | null {
  if (known !== 'nobody' && known !== 'erased') return null;
  const isKept = person.suppressions.some((row) => row.kind === 'opt-out' && isStanding(row, null));
  const state = known === 'erased' ? 'erased' : 'unknown';
  const sentence = isKept ? `${words.nothingHeld} ${words.optOutKept}` : words.nothingHeld;
  return { state, sign: 'off', sentence };
}

const joined = ({ person }: Pick<Reading, 'person'>): Subscription[] =>
  person.subscriptions.filter(({ state, program }) => state === 'subscribed' && !isClosed(person, program));

const waiting = ({ person }: Pick<Reading, 'person'>): Subscription[] =>
  person.subscriptions.filter(({ state }) => state === 'pending');

function optedOut(reading: Reading): Found | null {
  const { person, words } = reading;
  const row = standingKind(person, 'opt-out');
  if (row === undefined || joined(reading).length > 0) return null;
  return {
    state: 'opted-out',
    sign: 'stop',
    sentence: words.optedOut,
    cause: causeOf('opted-out', row.since, reading),
    more: askedAgain(reading),
  };
}

/** An answer to the question would reopen what is closed. */
function askedAgain(reading: Reading): string | null {
  const [asked] = waiting(reading);
  if (asked === undefined) return null;
  return reading.words.askedAgain({ time: timeOf(asked.since, reading) });
}

function noTexts(reading: Reading): Found | null {
  const row = standing(reading.person, 'hygiene');
  if (row === undefined) return null;
  const cause = causeOf('no-texts', row.since, reading);
  return { state: 'no-texts', sign: 'stop', sentence: reading.words.noTexts, cause };
}

function newHolder(reading: Reading): Found | null {
  const { known, person, isReassigned, words } = reading;
  const { wrongNumberAt = null } = person;
  if (known === 'former') return { state: 'new-holder', sign: 'stop', sentence: words.formerHolder };
  if (wrongNumberAt === null && !isReassigned) return null;
  const cause = wrongNumberAt === null ? null : causeOf('new-holder', wrongNumberAt, reading);
  return { state: 'new-holder', sign: 'stop', sentence: words.newHolder, cause };
}

/** A block covers one of our numbers; where another of them may still send, it decides nothing. */
function carrierBlock(reading: Reading): Found | null {
  const { person, words, book } = reading;
  const row = person.suppressions.find((block) => block.kind === 'carrier' && isStanding(block, null));
  if (row === undefined) return null;
  const isElsewhereOpen = joined(reading).some(({ program }) => {
    const of = programById(book, program);
    return (
      of !== null &&
      chosenTopics(person, of, book, reading.now).some(({ obstacle }) => obstacle !== 'blocked')
    );
  });
  if (isElsewhereOpen) return null;
  const over = readScope(row.scope);
  const number =
    over.kind === 'sender' ? over.sender : over.kind === 'service' ? over.service : words.ourNumber;
  const cause = causeOf('carrier-block', row.since, reading);
  return { state: 'carrier-block', sign: 'stop', sentence: words.carrierBlock({ number }), cause };
}

function onHold(reading: Reading): Found | null {
  const row = standingKind(reading.person, 'hold');
  if (row === undefined || joined(reading).length > 0) return null;
  const { words } = reading;
  const end = row.until === null ? '' : ` ${words.becomesOptOut({ time: timeOf(row.until, reading) })}`;
  return {
    state: 'hold',
    sign: 'wait',
    sentence: `${words.onHold}${end}`,
    cause: causeOf('hold', row.since, reading),
  };
}

/** What the person said on another of their numbers binds marketing to this one. */
function stoppedElsewhere(reading: Reading): Found | null {
  if (joined(reading).length === 0) return null;
  const said = (reading.person.others ?? []).flatMap(({ suppressions }) => suppressions);
  const row = said.find(
    (refusal) =>
      (refusal.kind === 'opt-out' || refusal.kind === 'hold') &&
      refusal.scope === 'all' &&
      isStanding(refusal, null),
  );
  if (row === undefined) return null;
  const time = timeOf(row.since, reading);
  const { words } = reading;
  const sentence = row.kind === 'hold' ? words.heldElsewhere({ time }) : words.stoppedElsewhere({ time });
  return { state: 'stopped-elsewhere', sign: row.kind === 'hold' ? 'wait' : 'stop', sentence };
}

function paused(reading: Reading): Found | null {
  const { person, words, now, zone, language } = reading;
  const { pausedUntil } = person;
  if (pausedUntil === null || pausedUntil <= now || joined(reading).length === 0) return null;
  const cause = causeOf('paused', person.pausedAt ?? now, reading);
  const day = showDay(pausedUntil, zone, language);
  const isByStaff = cause !== null && cause.by === 'staff';
  const others = topicsThat(reading, (obstacle) => obstacle === null);
  const rest = others.length === 0 ? '' : ` ${words.stillReach({ topics: listOf(others, reading) })}`;
  const sentence = isByStaff ? words.pausedByStaff({ day }) : words.paused({ day });
  return { state: 'paused', sign: 'wait', sentence: `${sentence}${rest}`, cause };
}

function pending(reading: Reading): Found | null {
  const [asked] = waiting(reading);
  if (asked === undefined || joined(reading).length > 0) return null;
  const prompt = reading.person.prompts.find(
    ({ state, program }) => state === 'open' && program === asked.program,
  );
  const time = timeOf(asked.since, reading);
  const { words } = reading;
  const sentence =
    prompt === undefined
      ? words.pending({ time })
      : words.pendingUntil({ time, end: timeOf(prompt.expiresAt, reading) });
  return { state: 'pending', sign: 'wait', sentence, cause: causeOf('pending', asked.since, reading) };
}

function consentOld(reading: Reading): Found | null {
  const { words } = reading;
  const old = topicsThat(reading, (obstacle) => obstacle === 'needs-yes');
  const subscription = joined(reading).find(({ basis }) => basis !== null);
  if (subscription === undefined) return lapsed(reading);
  const coming = topicsThat(reading, (obstacle) => obstacle === null);
  if (old.length === 0 || coming.length > 0) return null;
  const day = showDay(subscription.basis?.at ?? subscription.since, reading.zone, reading.language);
  const cause = causeOf('subscribed', subscription.since, reading);
  return { state: 'consent-old', sign: 'wait', sentence: words.consentOld({ day }), cause };
}

/** The job ended a consent that had grown old. */
function lapsed(reading: Reading): Found | null {
  if (joined(reading).length > 0) return null;
  const ended = reading.person.subscriptions.find(({ endedBy }) => endedBy === 'lapsed');
  if (ended === undefined) return null;
  const day = showDay(ended.basis?.at ?? ended.since, reading.zone, reading.language);
  const cause = causeOf('ended', ended.since, reading);
  return { state: 'consent-old', sign: 'wait', sentence: reading.words.consentOld({ day }), cause };
}

function mayBeTexted(reading: Reading): Found | null {
  const subscriptions = joined(reading);
  if (subscriptions.length === 0) return null;
  const { words } = reading;
  const since = new Date(Math.max(...subscriptions.map(({ since: at }) => at.getTime())));
  const cause = causeOf('subscribed', since, reading);
  const coming = topicsThat(reading, (obstacle) => obstacle === null);
  if (coming.length === 0) return { state: 'no-topic', sign: 'off', sentence: words.noTopic, cause };
  const topics = listOf(coming, reading);
  const more = quietWords(reading);
  return lacksJoined(reading)
    ? { state: 'some-topics', sign: 'good', sentence: words.someTopics({ topics }), cause, more }
    : { state: 'subscribed', sign: 'good', sentence: words.subscribed({ topics }), cause, more };
}

/** Whether a topic that a JOIN turns on is not coming: the person turned it off, or something keeps it back. */
function lacksJoined(reading: Reading): boolean {
  const { person, book, now } = reading;
  return joined(reading).some(({ program }) => {
    const of = programById(book, program);
    if (of === null) return false;
    const coming = chosenTopics(person, of, book, now).filter(({ obstacle }) => obstacle === null);
    return of.joinTopics.some((id) => !coming.some(({ topic }) => topic.id === id));
  });
}

function quietWords({ quiet, words, language }: Reading): string | null {
  if (quiet === null) return null;
  if (quiet.until === null) return words.quietAlways;
  return words.quietUntil({ time: showTime(quiet.until, quiet.zone, language) });
}

/** In no program: never joined, or what ended last. */
function left(reading: Reading): PersonAnswer {
  const { person, words } = reading;
  const ended = [...person.subscriptions].sort((a, b) => b.since.getTime() - a.since.getTime())[0];
  const base = { state: 'left' as const, sign: 'off' as const, more: null };
  if (ended === undefined) return { ...base, sentence: words.neverJoined, cause: null };
  const values = { program: nameOf(ended.program, reading), time: timeOf(ended.since, reading) };
  const what = ended.endedBy === undefined ? ended.state : 'ended';
  const sentence = what === 'pending' || what === 'subscribed' ? words.neverJoined : words.left[what](values);
  return { ...base, sentence, cause: causeOf('ended', ended.since, reading) };
}

const standing = (person: ConsentState, kind: Suppression['kind']): Suppression | undefined =>
  person.suppressions.find((row) => row.kind === kind && row.scope === 'all' && isStanding(row, null));

const timeOf = (at: Date, { zone, language }: AnswerReader): string => showTime(at, zone, language);

const nameOf = (program: string, { book }: Pick<Reading, 'book'>): string =>
  programById(book, program)?.name ?? program;

type TopicObstacle = ReturnType<typeof chosenTopics>[number]['obstacle'];

/** Names of the topics of the person that `keep` picks by what keeps their texts back. */
function topicsThat(reading: Reading, keep: (obstacle: TopicObstacle) => boolean): string[] {
  const { person, book, now, language } = reading;
  const programs = joined(reading).flatMap(({ program }) => programById(book, program) ?? []);
  const chosen = programs.flatMap((program) => chosenTopics(person, program, book, now));
  const kept = chosen.filter(({ obstacle }) => keep(obstacle));
  return [...new Set(kept.map(({ topic }) => wordsIn(topic.name, language)))];
}

const LISTS: Record<ConsoleLanguage, Intl.ListFormat> = {
  en: new Intl.ListFormat('en-US', { type: 'conjunction' }),
  es: new Intl.ListFormat('es-US', { type: 'conjunction' }),
};

const listOf = (names: readonly string[], { language }: AnswerReader): string =>
  LISTS[language].format(names);
