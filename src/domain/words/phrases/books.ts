import { ARABIC } from './arabic.ts';
import type { PhraseBook } from './book.ts';
import { CHINESE } from './chinese.ts';
import { ENGLISH } from './english.ts';
import { ENGLISH_DOUBTFUL } from './english-doubtful.ts';
import { FRENCH } from './french.ts';
import { GERMAN } from './german.ts';
import { HAITIAN_CREOLE } from './haitian-creole.ts';
import { HINDI } from './hindi.ts';
import { ITALIAN } from './italian.ts';
import { JAPANESE } from './japanese.ts';
import { KOREAN } from './korean.ts';
import { POLISH } from './polish.ts';
import { PORTUGUESE } from './portuguese.ts';
import { RUSSIAN } from './russian.ts';
import { SPANISH } from './spanish.ts';
import { TAGALOG } from './tagalog.ts';
import { VIETNAMESE } from './vietnamese.ts';

/** Of two phrases that begin at one word and weigh the same, the earlier book's names the rule and the language. */
export const PHRASE_BOOKS: PhraseBook[] = [
  ...[ENGLISH, ENGLISH_DOUBTFUL, FRENCH, SPANISH, PORTUGUESE],
  ...[GERMAN, ITALIAN, POLISH, RUSSIAN, CHINESE, JAPANESE, KOREAN, VIETNAMESE],
  ...[TAGALOG, HINDI, ARABIC, HAITIAN_CREOLE],
];
