import type { PhraseBook } from './phrase-book.ts';
import { ARABIC } from './phrases-arabic.ts';
import { CHINESE } from './phrases-chinese.ts';
import { ENGLISH } from './phrases-english.ts';
import { ENGLISH_DOUBTFUL } from './phrases-english-doubtful.ts';
import { FRENCH } from './phrases-french.ts';
import { GERMAN } from './phrases-german.ts';
import { HAITIAN_CREOLE } from './phrases-haitian-creole.ts';
import { HINDI } from './phrases-hindi.ts';
import { ITALIAN } from './phrases-italian.ts';
import { JAPANESE } from './phrases-japanese.ts';
import { KOREAN } from './phrases-korean.ts';
import { POLISH } from './phrases-polish.ts';
import { PORTUGUESE } from './phrases-portuguese.ts';
import { RUSSIAN } from './phrases-russian.ts';
import { SPANISH } from './phrases-spanish.ts';
import { TAGALOG } from './phrases-tagalog.ts';
import { VIETNAMESE } from './phrases-vietnamese.ts';

/** Of two phrases that begin at one word and weigh the same, the earlier book's names the rule and the language. */
export const PHRASE_BOOKS: PhraseBook[] = [
  ...[ENGLISH, ENGLISH_DOUBTFUL, FRENCH, SPANISH, PORTUGUESE],
  ...[GERMAN, ITALIAN, POLISH, RUSSIAN, CHINESE, JAPANESE, KOREAN, VIETNAMESE],
  ...[TAGALOG, HINDI, ARABIC, HAITIAN_CREOLE],
];
