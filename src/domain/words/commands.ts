import { readBirthDate } from './birth-date.ts';
import { keywordMeanings, type NamedTarget } from './program-words.ts';
import {
  type Interpretation,
  type ProgramWords,
  ruleOfCodes,
  ruleOfConfirmWord,
  ruleOfKeyword,
  type TopicRef,
} from './reading.ts';
import { SHARED_WORDS } from './word-files.ts';
import type { CompiledWordRules } from './word-rules.ts';

/** Reads a command, which must be the whole text apart from polite words. Anything more is ordinary language. */
export function readCommand(
  text: string,
  programWords: ProgramWords,
  names: ReadonlyMap<string, NamedTarget>,
  rules: CompiledWordRules,
): Interpretation | null {
  const bare = withoutPoliteness(text);
  for (const form of bare === text ? [text] : [text, bare]) {
    const words = form.split(' ');
    const word = words.every((candidate) => candidate === words[0]) ? (words[0] ?? '') : form;
    const found = readWord(word, programWords, rules) ?? readPause(words);
    if (found !== null) return found;
  }
  const words = bare.split(' ');
  const topics = readTopicCodes(words, names);
  if (topics !== null) {
    const rule = ruleOfCodes(words.filter((word) => names.has(word)));
    return { meaning: { kind: 'topics-on', topics }, language: null, rule };
  }
  const date = readBirthDate(words);
  return date === null ? null : { meaning: { kind: 'birth-date', date }, language: null, rule: 'birth-date' };
}

function readWord(word: string, programWords: ProgramWords, rules: CompiledWordRules): Interpretation | null {
  const command = rules.commands.get(word);
  if (command !== undefined) {
    const rule = `${command.kind}:${word.replaceAll(' ', '-')}`;
    return { meaning: { kind: command.kind }, language: command.language, rule };
  }
  const asked = keywordMeanings(programWords).get(word);
  if (asked === undefined) return null;
  if (asked === 'confirm') return { meaning: { kind: 'yes' }, language: null, rule: ruleOfConfirmWord(word) };
  const { program, language } = asked;
  return { meaning: { kind: 'join', program }, language, rule: ruleOfKeyword(asked.word) };
}

const DAYS_OF_UNIT = new Map(
  Object.entries(SHARED_WORDS.pauseUnits).flatMap(([days, units]) =>
    units.map((unit) => [unit, Number(days)] as const),
  ),
);

/** PAUSE, "PAUSE 30", "pause for 2 weeks". Zero is no number of days and means the usual pause. */
function readPause(words: string[]): Interpretation | null {
  const [verb = '', ...rest] = words;
  const language = SHARED_WORDS.pauseWords[verb];
  if (!Object.hasOwn(SHARED_WORDS.pauseWords, verb) || language === undefined) return null;
  const [amount, unit, ...more] = /^(?:for|por|pour)$/.test(rest[0] ?? '') ? rest.slice(1) : rest;
  const rule = `pause:${verb}`;
  if (amount === undefined) return { meaning: { kind: 'pause', days: null }, language, rule };
  const each = unit === undefined ? 1 : DAYS_OF_UNIT.get(unit);
  if (!/^\d{1,4}$/.test(amount) || each === undefined || more.length > 0) return null;
  return { meaning: { kind: 'pause', days: Number(amount) * each || null }, language, rule };
}

const POLITE = SHARED_WORDS.politeness;
const TURN_OFF = SHARED_WORDS.turnOff;

const FILLERS = new Set([...SHARED_WORDS.betweenCodes, ...POLITE.flatMap((polite) => polite.split(' '))]);

/** Words that do no harm between codes to turn off; but "2 for 1" and "1 or 2" ask for nothing to be turned on. */
const NOT_BETWEEN_WANTED = new Set(SHARED_WORDS.notBetweenWanted);

/** The programs and topics that a list names ("1 and 3", "DEALS, NEWS please"); null when any word is unknown. */
function readList(words: string[], names: ReadonlyMap<string, NamedTarget>): NamedTarget[] | null {
  const named: NamedTarget[] = [];
  for (const word of words) {
    const name = names.get(word);
    if (name !== undefined) named.push(name);
    else if (!FILLERS.has(word)) return null;
  }
  return named.length > 0 ? named : null;
}

/** Verbs for what deals do by themselves: "deals end?" is a question. */
const HAPPENS = new Set(SHARED_WORDS.endsByItself);

/** The list before or after a verb of one or two words; null when there is no such verb or list. */
function besideVerb(
  words: string[],
  isVerb: (verb: string) => boolean,
  names: ReadonlyMap<string, NamedTarget>,
  isLastVerb = isVerb,
): NamedTarget[] | null {
  const start = words[0] !== undefined && POLITE.includes(words[0]) ? 1 : 0;
  for (const length of [2, 1]) {
    if (words.length <= length) continue;
    if (isVerb(words.slice(start, start + length).join(' ')))
      return readList(words.slice(start + length), names);
    if (isLastVerb(words.slice(-length).join(' '))) return readList(words.slice(0, -length), names);
  }
  return null;
}

/** STOP DEALS, OFF 1 and 3, UNSUBSCRIBE <program keyword>: the programs and topics that alone shall end. */
export function readPartialOptOut(
  words: string[],
  rules: CompiledWordRules,
  names: ReadonlyMap<string, NamedTarget>,
  isQuestion: boolean,
): { programs: string[]; topics: TopicRef[] } | null {
  const isVerb = (verb: string) => rules.optOut.has(verb) || TURN_OFF.includes(verb);
  const isLastVerb = (verb: string) => isVerb(verb) && !(isQuestion && HAPPENS.has(verb));
  const named = besideVerb(words, isVerb, names, isLastVerb);
  if (named === null) return null;
  const topics = topicsOf(named);
  return { programs: unique(named.flatMap((name) => ('topic' in name ? [] : [name.program]))), topics };
}

const OWN = new Set([...FILLERS, ...SHARED_WORDS.howSoon]);

const OPENERS = new Set(SHARED_WORDS.openers);

/**
 * STOP ORDERS NOW, STOP FERNWAY ORDERS: whether an ending verb is followed only by our own words and "how soon"
 * words. Harmless phrases such as "stop my order" do not count in such a text.
 */
export function namesOnlyOurWords(
  words: string[],
  rules: CompiledWordRules,
  names: ReadonlyMap<string, NamedTarget>,
  called: readonly string[],
): boolean {
  const bare = withoutPoliteness(words.join(' ')).split(' ');
  const said = bare.slice(bare.findIndex((word) => !OPENERS.has(word) && !POLITE.includes(word)));
  const isVerb = (length: number): boolean => {
    const verb = said.slice(0, length).join(' ');
    return rules.optOut.has(verb) || TURN_OFF.includes(verb) || SHARED_WORDS.noMoreOf.includes(verb);
  };
  const length = [2, 1].find(isVerb);
  if (length === undefined) return false;
  const all = ` ${said.slice(length).join(' ')} `;
  const left = withoutNames(all, called);
  const rest = left.split(' ').filter((word) => word !== '');
  // A number alone may be the number of an order.
  const isNamed = left !== all || rest.some((word) => names.has(word) && !/^\d+$/.test(word));
  return isNamed && rest.every((word) => names.has(word) || OWN.has(word));
}

/** Removes whole program names only: a single word of a name, such as "order" or "my", is not ours. */
function withoutNames(text: string, called: readonly string[]): string {
  return called
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, name) => left.replace(` ${name} `, ' '), text);
}

function withoutPoliteness(text: string): string {
  let bare = text;
  for (const polite of POLITE) {
    if (bare.startsWith(`${polite} `)) bare = bare.slice(polite.length + 1);
    if (bare.endsWith(` ${polite}`)) bare = bare.slice(0, -polite.length - 1);
  }
  return bare;
}

/** "1", "DEALS, NEWS", "ON 1 and 3": topics to turn on; null when the list names a program. */
function readTopicCodes(words: string[], names: ReadonlyMap<string, NamedTarget>): TopicRef[] | null {
  if (words.some((word) => NOT_BETWEEN_WANTED.has(word))) return null;
  const isBetween = (at: number) => names.has(words[at - 1] ?? '') && names.has(words[at + 1] ?? '');
  if (words.some((word, at) => word === 'plus' && !isBetween(at))) return null;
  const named =
    besideVerb(words, (verb) => SHARED_WORDS.turnOn.includes(verb), names) ?? readList(words, names);
  if (named === null || named.some((name) => !('topic' in name))) return null;
  return topicsOf(named);
}

function topicsOf(named: NamedTarget[]): TopicRef[] {
  const topics = named.filter((name): name is TopicRef => 'topic' in name);
  return topics.filter(
    (topic, at) =>
      topics.findIndex((other) => other.program === topic.program && other.topic === topic.topic) === at,
  );
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
