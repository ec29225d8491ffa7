import { isCanadianCode, type Language, type Program, type Sender, type Topic, wordsIn } from '../program.ts';
import type { Reading } from '../words/reading.ts';
import { type ConsentState, subscriptionTo } from './consent-state.ts';

/**
 * The language of a reply: that of the word, else the person's, else the program's first; always a language of the
 * program.
 */
export function languageFor(program: Program, word: Language | null, person: ConsentState): Language {
  const wanted = [word, person.language].find(
    (language): language is Language => language !== null && program.languages.includes(language),
  );
  return wanted ?? program.languages[0] ?? 'en';
}

/**
 * STOP belongs to no language, except on a Canadian short code: there it is answered in English, and ARRET in French.
 * Source: CWTA Common Short Code Guidelines 3.9.
 */
export function readOn(sender: Sender | null, reading: Reading): Reading {
  return isCanadianCode(sender) && reading.kind === 'stop-all' && reading.rule === 'exact:stop'
    ? { ...reading, language: 'en' }
    : reading;
}

export function keywordOf(program: Program, language: Language): string {
  const own = program.keywords[language]?.[0];
  return own ?? Object.values(program.keywords).flat()[0] ?? '';
}

/** What to text for which program: "JOIN (Fernway Deals), ORDERS (Fernway Orders)". */
export function keywordsOf(programs: readonly Program[], language: Language): string {
  return namesWithin(programs.map((program) => `${keywordOf(program, language)} (${program.name})`));
}

/**
 * Maximum characters of a list, so that one message has room for the words around it, however long the names in those
 * are.
 */
const LIST_MOST = 1200;

/**
 * Joins names into a list of at most `most` characters. The number of omitted names comes last: "Deals, News, +12".
 */
export function namesWithin(names: readonly string[], most = LIST_MOST): string {
  const whole = names.join(', ');
  if (whole.length <= most) return whole;
  for (let count = names.length - 1; count > 0; count -= 1) {
    const list = [...names.slice(0, count), `+${names.length - count}`].join(', ');
    if (list.length <= most) return list;
  }
  return `+${names.length}`;
}

export function confirmWordOf(program: Program, language: Language): string {
  return program.confirmWords[0] ?? { en: 'YES', es: 'SI', fr: 'OUI' }[language];
}

/** Values that every text about a program may use. */
export function programValues(program: Program, language: Language): Record<string, string> {
  return {
    brand: program.brand,
    program: program.name,
    description: wordsIn(program.description, language),
    frequency: wordsIn(program.frequency, language),
    keyword: keywordOf(program, language),
    confirm: confirmWordOf(program, language),
    support: program.support,
    terms: program.termsUrl,
    privacy: program.privacyUrl,
  };
}

/** Values of a text about one topic, on top of `programValues`; `frequency` is that of the topic. */
export function topicValues({ name, frequency }: Topic, language: Language): Record<string, string> {
  return { topic: wordsIn(name, language), frequency: wordsIn(frequency, language) };
}

export function topicsOn(person: ConsentState, program: Program): Topic[] {
  const on = new Set(subscriptionTo(person, program.id)?.topics ?? []);
  return program.topics.filter((topic) => on.has(topic.id));
}

export function topicNames(topics: readonly Topic[], language: Language): string {
  return namesWithin(topics.map((topic) => wordsIn(topic.name, language)));
}

/**
 * A date as a person of this program reads it. French uses digits, since "août" would change the encoding of the
 * whole text.
 */
export function dateFor(date: Date, program: Program, language: Language): string {
  const style = language === 'fr' ? 'short' : 'medium';
  return new Intl.DateTimeFormat(language === 'en' ? 'en-US' : language, {
    dateStyle: style,
    timeZone: program.zone,
  }).format(date);
}
