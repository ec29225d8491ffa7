import { readBirthDate } from './birth-date.ts';
import { ruleOfCodes, ruleOfConfirmWord, ruleOfKeyword } from './keyword-rules.ts';
import { readTopicsOn, withoutPoliteness } from './read-list.ts';
import type { Meaning, Vocabulary } from './reading.ts';
import type { RuleSet } from './rule-sets.ts';
import { askedIn, type Named } from './vocabulary.ts';
import { SHARED_WORDS, type WordLanguage } from './word-files.ts';

export type Found = { meaning: Meaning; language: WordLanguage | null; rule: string };

/** A command is the whole text, but for politeness; anything more is ordinary language. */
export function readCommand(
  text: string,
  vocabulary: Vocabulary,
  names: ReadonlyMap<string, Named>,
  rules: RuleSet,
): Found | null {
  const bare = withoutPoliteness(text);
  for (const form of bare === text ? [text] : [text, bare]) {
    const words = form.split(' ');
    const word = words.every((other) => other === words[0]) ? (words[0] ?? '') : form;
    const found = readWord(word, vocabulary, rules) ?? readPause(words);
    if (found !== null) return found;
  }
  const words = bare.split(' ');
  const topics = readTopicsOn(words, names);
  if (topics !== null) {
    const rule = ruleOfCodes(words.filter((word) => names.has(word)));
    return { meaning: { kind: 'topics-on', topics }, language: null, rule };
  }
  const date = readBirthDate(words);
  return date === null ? null : { meaning: { kind: 'birth-date', date }, language: null, rule: 'birth-date' };
}

function readWord(word: string, vocabulary: Vocabulary, rules: RuleSet): Found | null {
  const command = rules.commands.get(word);
  if (command !== undefined) {
    const rule = `${command.kind}:${word.replaceAll(' ', '-')}`;
    return { meaning: { kind: command.kind }, language: command.language, rule };
  }
  const asked = askedIn(vocabulary).get(word);
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

/** PAUSE, "PAUSE 30", "pause for 2 weeks". A zero is no number of days: the usual pause. */
function readPause(words: string[]): Found | null {
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
