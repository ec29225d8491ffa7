import type { Language } from '../program.ts';

/** Languages in which words are understood; more than we write in. */
export type WordLanguage = Language | 'pt' | 'other';

export type WordList = {
  /** Law, guideline or carrier's page the words come from. */
  source: string;
  /** null where the word belongs to several languages. */
  language: WordLanguage | null;
  words: string[];
};

/** The language to answer in, where it is one we write in. */
export function answerLanguage(language: WordLanguage | null): Language | null {
  return language === 'pt' || language === 'other' ? null : language;
}
