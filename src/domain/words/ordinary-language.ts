import { fold, joinSigns, sentences } from './normalise.ts';
import { isWordRefused, optOutAt } from './opt-out-words.ts';
import { isNegated, type Phrase, type PhraseIndex, scan } from './phrase-patterns.ts';
import { correctSpelling } from './spelling.ts';
import { SHARED_WORDS, type WordLanguage } from './word-files.ts';
import {
  type CompiledOptOutLine,
  type CompiledPhrase,
  type CompiledWordRules,
  POSSIBLE_SCORE,
  SURE_SCORE,
} from './word-rules.ts';

/** Scores of an opt-out word at the start or end of a longer text, and anywhere else in it. */
const AT_AN_END = 5;
const IN_BETWEEN = 3;

type Score = {
  sum: number;
  wrongNumber: boolean;
  /** The rule with the highest score; the first of equals. */
  rule: string;
  language: WordLanguage | null;
};

/**
 * A folded text prepared for the phrase search: spelling corrected, harmless phrases taken out, sentences separated
 * by "/ ". `ourOptOutLine`: whether the text contains our own opt-out line; the line is taken out too unless it is
 * the wish.
 */
type PreparedText = {
  text: string;
  words: string[];
  ourOptOutLine: { language: WordLanguage | null; is: 'wish' | 'quote' } | null;
  /** The text asks for texts, asks about them, or wants something else to end: it is held at most. */
  isHeldAtMost: boolean;
};

/** A North American phone number as people write it, but not an order number. */
const PHONE_NUMBER =
  /(?<![\d#])(?<!order )(?:\+?1[-. ]?)?(?:[2-9]\d{2}[2-9]\d{6}|\(?[2-9]\d{2}\)?[-. ]{1,2}\d{3}[-. ]\d{4})(?!\d)/g;
const NUMBER_SIGN = /(?<!#)#+(?![\p{L}\p{N}])/gu;
/** "Texted STOP to end": the person reports what they did, without "I". Our own line never says "texted". */
const TOLD = /(?=(?:texted|txted)\P{L}{1,3}stop\P{L}{1,3}to\P{L})(?<=(?:^|[.,!?;\n])\s*)/gu;
/** "I need to text STOP to end these?" is a question, read as "do I need to". */
const ASKED =
  /(?=(?:i|we) (?:need|have) to (?:reply|text|send|say|type|respond with)\P{L}{1,3}stop\P{L}{1,3}to\P{L}[^.!?;\n]{1,60}\?)(?<=(?:^|[.,!?;\n])\s*(?:so )?)/gu;

/** "For the love of god stop". */
const INTERJECTION =
  /(?<!\p{L})for (?:the love of (?:god|christ|pete|mike|all|everything)|(?:gods?|petes?|christs?|heavens?|goodness|fucks?) sakes?)(?!\p{L})/gu;
/** "🛑 texting me": the sign stands for the word. */
const FORBIDDING =
  /(?<![🛑🚫⛔])[🛑🚫⛔]{1,9} {0,3}(?=(?:all |these |this |the |your |those |my |more |any ){0,2}(?:te?xt|messag|msgs?|sms|sending|contacting|spam|me$|now|please|pls))|(?<=(?<!\p{L})(?:please|pls|plz) ?)[🛑🚫⛔]{1,9}/gu;
/** "LEAVE. ME. ALONE." */
const WORD_BY_WORD =
  /^ *(?:\p{L}{1,20}(?: \p{L}{1,20})?[.!]{1,9} {1,3}){2,12}\p{L}{1,20}(?: \p{L}{1,20})?[.!]{0,9} *$/u;

/**
 * Joins a text with a full stop after every word into one sentence. Keeps sentences when one of them is an opt-out
 * word ("Stop. Thanks. Bye.").
 */
function unbroken(folded: string, rules: CompiledWordRules): string {
  const isSo = WORD_BY_WORD.test(folded) && !sentences(folded).some((sentence) => rules.optOut.has(sentence));
  return isSo ? folded.replace(/[.!]+/g, '') : folded;
}

export function prepareText(folded: string, rules: CompiledWordRules): PreparedText {
  const spelled = `${sentences(
    unbroken(folded, rules)
      .replace(INTERJECTION, 'please')
      .replace(FORBIDDING, 'stop ')
      .replace(PHONE_NUMBER, ' this number ')
      .replace(NUMBER_SIGN, ' number ')
      .replace(TOLD, 'i ')
      .replace(ASKED, 'do '),
  )
    .map((sentence) => correctSpelling(sentence).join(' '))
    .join(' / ')} `;
  const lines: CompiledOptOutLine[] = [];
  const without = takeOut(spelled, rules.ourOptOutLine, (line) => lines.push(line));
  const isWish = lines.length > 0 && isWishByOurLine(without, lines, rules);
  const prepared = takeOut(isWish ? spelled : without, rules.harmless);
  const words = joinSigns(prepared).split(' ');
  const [line] = lines;
  return {
    text: prepared,
    words: words.filter((word) => word !== '' && word !== '/'),
    ourOptOutLine: line === undefined ? null : { language: line.language, is: isWish ? 'wish' : 'quote' },
    isHeldAtMost: isAtMostHeld(prepared, words, rules, isGenuineQuestion(folded)),
  };
}

function isAtMostHeld(text: string, words: string[], rules: CompiledWordRules, isAsked: boolean): boolean {
  const isNamed = words.some((word) => rules.textWords.has(word));
  const isDoubted = hasPhrase(
    text,
    rules.holdAtMost,
    ({ unlessAboutTexts, inQuestions }) => (!unlessAboutTexts || !isNamed) && (!inQuestions || isAsked),
  );
  return isDoubted && !hasPhrase(text, rules.noDoubt, () => true);
}

function hasPhrase<P extends Phrase>(
  text: string,
  phrases: PhraseIndex<P>,
  counts: (phrase: P) => boolean,
): boolean {
  let is = false;
  scan(text, phrases, (phrase) => {
    is ||= counts(phrase);
    return is;
  });
  return is;
}

function takeOut<P extends Phrase>(
  text: string,
  phrases: PhraseIndex<P>,
  taken: (phrase: P) => void = () => {},
): string {
  let kept = '';
  let from = 0;
  scan(text, phrases, (phrase, start, end) => {
    if (start < from) return false;
    kept += text.slice(from, start) + TAKEN_OUT;
    from = end;
    taken(phrase);
    return true;
  });
  return kept + text.slice(from);
}

/** Adds up the scores of everything in the text that says that the person wants out. Each rule counts once. */
export function scoreText(
  raw: string,
  { text, words, ourOptOutLine, isHeldAtMost }: PreparedText,
  rules: CompiledWordRules,
): Score {
  const result: Score = { sum: 0, wrongNumber: false, rule: '', language: null };
  const met = new Set<string>();
  let heaviest = 0;
  const count = (id: string, score: number, language: WordLanguage | null, wrongNumber: boolean) => {
    if (met.has(id)) return;
    met.add(id);
    result.sum += score;
    result.wrongNumber ||= wrongNumber;
    if (score > heaviest) {
      heaviest = score;
      result.rule = `phrase:${id}`;
      result.language = language;
    }
  };
  if (ourOptOutLine?.is === 'wish') count('our-line', SURE_SCORE, ourOptOutLine.language, false);
  const { meant, isTurned } = rulesMet(text, rules);
  for (const { id, score, language, wrongNumber } of meant) count(id, score, language, wrongNumber);
  if (deniesIdentity(raw)) count('not-that-person', POSSIBLE_SCORE, null, true);
  const place = scoreOfOptOutWord(raw, words, rules);
  if (place > 0 && !(isTurned && result.sum === 0)) count('word-within', place, null, false);
  if (isHeldAtMost) result.sum = Math.min(result.sum, SURE_SCORE - 1);
  // Counted after that limit: an opt-out word that is a sentence of its own leaves no doubt.
  const alone = scoreOfSentence(text, rules);
  if (alone !== null && !(isHeldAtMost && alone < SURE_SCORE))
    count('word-as-a-sentence', alone, null, false);
  // The text may be a question about our line: it is held, and nothing else in it adds weight.
  if (ourOptOutLine?.is === 'quote' && result.sum < POSSIBLE_SCORE)
    return {
      ...result,
      sum: POSSIBLE_SCORE,
      rule: 'phrase:our-line-quoted',
      language: ourOptOutLine.language,
    };
  return result;
}

type FoundPhrase = { phrase: CompiledPhrase; start: number; end: number };

/**
 * Finds the rules whose phrases are in a text, without phrases that the text negates ("do not unsubscribe me").
 * Several languages share spellings, so a phrase negated in one language counts in none. `isTurned`: the text negates
 * a phrase.
 */
function rulesMet(
  text: string,
  { rulePhrases }: CompiledWordRules,
): { meant: CompiledPhrase[]; isTurned: boolean } {
  const found: FoundPhrase[] = [];
  scan(text, rulePhrases, (phrase, start, end) => {
    found.push({ phrase, start, end });
    return false;
  });
  const turned = found.filter(
    ({ phrase, start, end }) => phrase.negation !== null && isNegated(text, start, end, phrase.negation),
  );
  let next = 0;
  let until = 0;
  const meant = found.filter(({ phrase, start }) => {
    for (; (turned[next]?.start ?? Infinity) <= start; next += 1)
      until = Math.max(until, turned[next]?.end ?? 0);
    return phrase.negation === null || start >= until;
  });
  return { meant: meant.map(({ phrase }) => phrase), isTurned: turned.length > 0 };
}

/** The opt-out score of a text: from 10 on surely an opt-out, from 5 on perhaps. */
export const optOutScore = (text: string, rules: CompiledWordRules): number =>
  scoreText(text, prepareText(fold(text), rules), rules).sum;

/** Scores opt-out words that are sentences of their own: "I told you twice. Stop. Thanks." */
function scoreOfSentence(text: string, rules: CompiledWordRules): number | null {
  const parts = text.split('/ ').map((part) => joinSigns(part.trim()));
  if (parts.some((part) => isOptOutSentence(part, rules))) return SURE_SCORE;
  if (rules.optOut.has(parts[0] ?? '')) return SURE_SCORE;
  return parts.some((part) => isListedOne(part, rules)) ? POSSIBLE_SCORE : null;
}

const ASKING = new Set(SHARED_WORDS.asking);

/** "Cancel.", "Please remove.": a listed opt-out word and nothing but a request around it. */
function isListedOne(sentence: string, { optOut }: CompiledWordRules): boolean {
  const words = sentence.split(' ').filter((word) => !ASKING.has(word));
  return optOut.has(words.join(' '));
}

/** "Stop.", "Stop now please!": an unmistakable opt-out word and only words that usually surround one. */
function isOptOutSentence(sentence: string, rules: CompiledWordRules): boolean {
  const words = sentence.split(' ');
  return (
    words.some((word) => rules.unmistakable.has(word) && !isWordRefused(sentence, word)) &&
    words.every((word) => rules.unmistakable.has(word) || rules.aroundOptOut.has(word))
  );
}

/** Whether the text prints the keyword as our own messages do, STOP in capitals, and is not all capitals itself. */
function quotesKeyword(raw: string): boolean {
  return /\bSTOP\b/.test(raw) && /[a-z]/.test(raw);
}

function scoreOfOptOutWord(raw: string, words: string[], rules: CompiledWordRules): number {
  if (rules.unmistakable.has(words[0] ?? '') || rules.unmistakable.has(words.at(-1) ?? '')) return AT_AN_END;
  if (words.some((word) => rules.unmistakable.has(word))) return quotesKeyword(raw) ? AT_AN_END : IN_BETWEEN;
  // "can you cancel" says nothing else, but may be about an order.
  const wholeMatter = words.every((word) => rules.optOut.has(word) || rules.aroundUnmistakable.has(word));
  return wholeMatter && words.some((word) => rules.optOut.has(word)) ? AT_AN_END : 0;
}

const NAME =
  '(?!I\\b|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Christmas|January|February|April|June|July|Sure|Working|Available|Ready|Able|Going|Home|Here|Happy|American|Canadian|Mexican)\\p{Lu}\\p{Ll}';
const DENIALS = [
  "[Tt]his (?:is not|isn['’]?t)|I(?: am|['’]?m) not|[Nn]o longer|[Nn](?:obody|o one) named",
  "[Tt]here(?: is|['’]?s) no|[Kk]now (?:a|any|no)",
  "[Jj]e ne suis pas|[Cc]e n['’]est pas|[Nn]o soy(?: el| la)?|[Nn][aã]o sou(?: [ao])?",
].map((denial) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${denial}) ${NAME}`, 'u'));
/**
 * "Wrong Tanisha", "sorry wrong Mr. Patel", "Not Ashley.": nothing follows the name, for "wrong Nike shoes" is about
 * shoes.
 */
const WRONG_NAME = new RegExp(
  `(?:^|[.,!;] ?|[Ss]orry |[Tt]he )(?:[Ww]rong|Not|not) (?:(?:Mrs?|Ms|Miss|Dr)\\.? )?${NAME}\\p{Ll}+ *(?:[.!]|$)`,
  'u',
);
/** Maximum number of characters that are searched for a name. */
const SEARCHED = 640;

/** "This is not Kevin": a capital letter marks the name, so the text is searched as written. */
function deniesIdentity(raw: string): boolean {
  const start = raw.slice(0, SEARCHED);
  return WRONG_NAME.test(start) || DENIALS.some((denial) => denial.test(start));
}

/** Replaces what was taken out of a text. */
const TAKEN_OUT = '~ ';

/**
 * Whether a text that contains our own opt-out line is a wish to opt out: it says nothing else, or says so after the
 * line. `without`: the prepared text with the lines taken out.
 */
function isWishByOurLine(
  without: string,
  lines: readonly CompiledOptOutLine[],
  rules: CompiledWordRules,
): boolean {
  if (isLineRefused(without, rules)) return false;
  const isQuoted = lines.some(({ quoted }) => quoted);
  const sentences = without.split('/ ');
  return (
    (!isQuoted && sentences.every((sentence) => isAround(sentence, rules))) || saysItAfter(without, rules)
  );
}

/** "No parar", "no need to stop" refuse the line. "no: stop" and a listed "no más" do not. */
function isLineRefused(without: string, rules: CompiledWordRules): boolean {
  let refused = false;
  scan(without, rules.refusals, () => {
    refused = true;
    return true;
  });
  return refused;
}

/**
 * Whether a sentence has only opt-out words and words that usually surround them. Without our line in it, an
 * unmistakable word allows more surrounding words.
 */
function isAround(sentence: string, rules: CompiledWordRules): boolean {
  const words = wordsOf(sentence);
  const isSure = !sentence.includes(TAKEN_OUT) && words.some((word) => rules.unmistakable.has(word));
  return isOnly(words, isSure ? rules.aroundUnmistakable : rules.aroundOptOut, rules);
}

/** Our messages end with the line, so what follows is the person's own: "STOP", or a sentence about it. */
function saysItAfter(without: string, rules: CompiledWordRules): boolean {
  const after = without.slice(without.lastIndexOf(TAKEN_OUT) + TAKEN_OUT.length);
  const words = wordsOf(after);
  if (!after.startsWith('/ ')) return words.length > 0 && words.every((word) => rules.unmistakable.has(word));
  const saysIt = words.some((_, at) => optOutAt(words, at, rules) !== null);
  return saysIt && isOnly(words, rules.aroundOptOut, rules);
}

function isOnly(words: string[], around: ReadonlySet<string>, rules: CompiledWordRules): boolean {
  for (let at = 0; at < words.length; ) {
    const length = optOutAt(words, at, rules) ?? (around.has(words[at] ?? '') ? 1 : null);
    if (length === null) return false;
    at += length;
  }
  return true;
}

const wordsOf = (text: string): string[] => text.split(/[ /~]+/).filter((word) => word !== '');

/** Maximum number of signs at the end of a text that are searched for a question mark. */
const LAST_SIGNS = 12;

/** Whether a text ends with a question mark: "Deals?", "Pas de messages?". */
export function isQuestion(folded: string): boolean {
  return /[?؟][^\p{L}\p{N}]*$/u.test(folded.slice(-LAST_SIGNS));
}

/** Maximum length of a text's end that is searched for a word that only presses a demand. */
const LAST_WORDS = 24;
const PRESSING = new RegExp(`[,.!;] *\u00bf? *(?:${SHARED_WORDS.pressing.join('|')})\\?+\\s*$`, 'u');

/** Whether a text is a real question. "No más mensajes, ¿entendido?" only presses a demand. */
function isGenuineQuestion(folded: string): boolean {
  return isQuestion(folded) && !PRESSING.test(folded.slice(-LAST_WORDS));
}
