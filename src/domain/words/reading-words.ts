import { confirmWordIn, OPT_OUT_TYPE, REACTION_RULE, UNREAD_LANGUAGE, wordsInRule } from './reading.ts';

/** A reading as it is stored with a text. */
type StoredReading = { kind: string; rule: string };

const MEANINGS: Readonly<Record<string, string>> = {
  'stop-all': 'an opt-out of everything',
  'stop-some': 'an opt-out of a part',
  unsure: 'perhaps an opt-out',
  join: 'a wish to join',
  start: 'a wish to get texts again',
  yes: 'a yes',
  no: 'a no',
  help: 'a call for help',
  menu: 'a wish to see the topics',
  why: 'a question why we text',
  preferences: 'a wish to see their own settings',
  pause: 'a wish for a pause',
  resume: 'a wish to end the pause',
  'topics-on': 'a choice of topics',
  'birth-date': 'a birth date',
  empty: 'an empty text',
  unknown: 'nothing that a rule knows',
};

/** What a text was read as, as the end of "read as …". */
export const meaningWords = ({ kind }: Pick<StoredReading, 'kind'>): string =>
  MEANINGS[kind] ?? MEANINGS.unknown ?? kind;

/** Rules with a name of their own that ends no word list. */
const NAMED: Readonly<Record<string, string>> = {
  [OPT_OUT_TYPE]: 'The carrier itself marked the text.',
  [REACTION_RULE]: 'The phone sent it because a message of ours was tapped.',
  'phrase:our-line-quoted': 'Our own opt-out line stands in it, in quotes.',
  'phrase:word-refused': 'An opt-out word stands in it that the sentence may take back.',
  'sign:stop': 'A sign that means stop.',
  'sign:forbidding': 'A sign that forbids something.',
  'some:named': 'It names a topic or a program of ours.',
  'some:and-more': 'It ends something of ours by name, and says more.',
  'birth-date': 'A date alone.',
  empty: 'There are no words in it.',
  unknown: 'No rule fits, so a person of the team reads it.',
};

const BY_WORD: Readonly<Record<string, string>> = {
  exact: 'is a listed opt-out word, and stands alone',
  leading: 'is a listed opt-out word, and begins a short text',
  meant: 'is what the word was meant to be: a listed opt-out word, misspelt or in look-alike letters',
};

const plain = (name: string): string => `“${name.replaceAll('-', ' ')}”`;

/** The rule that read a text, as a sentence. It names listed words and our own, never those of the person. */
export function ruleSentence({ rule }: Pick<StoredReading, 'rule'>): string {
  const named = NAMED[rule];
  if (named !== undefined) return named;
  if (rule.startsWith(UNREAD_LANGUAGE)) return unreadSentence(rule.slice(UNREAD_LANGUAGE.length));
  const own = wordsInRule(rule);
  const confirming = confirmWordIn(rule);
  if (own.length > 0)
    return `${own.map(plain).join(' and ')} ${own.length === 1 ? 'is a word' : 'are words'} of the program.`;
  if (confirming !== null) return `${plain(confirming)} is a word of the program that confirms.`;
  const [list = '', ...rest] = rule.split(':');
  const word = plain(rest.join(':'));
  if (list === 'phrase') return `Its words fit the rule ${word}, which ordinary sentences are read by.`;
  return `${word} ${BY_WORD[list] ?? 'is a listed command'}.`;
}

const LANGUAGE_NAMES = new Intl.DisplayNames('en', { type: 'language' });

const unreadSentence = (language: string): string =>
  `It seems to be ${LANGUAGE_NAMES.of(language) ?? language}, which no rule reads: it may end something, so a person decides.`;
