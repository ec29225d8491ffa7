import { namesOnlyOurWords, readCommand, readPartialOptOut } from './commands.ts';
import { lookAlikeTexts } from './look-alikes.ts';
import { fold, isBlank, withoutSigns } from './normalise.ts';
import {
  hasForbiddingSign,
  optOutAt,
  readListedOptOut,
  readShortOptOut,
  readStopSigns,
} from './opt-out-words.ts';
import { isQuestion, prepareText, scoreText } from './ordinary-language.ts';
import { programNamesIn, topicAndProgramNames } from './program-words.ts';
import {
  answerLanguage,
  type Interpretation,
  type ProgramWords,
  REACTION_RULE,
  type Reading,
  UNREAD_LANGUAGE,
} from './reading.ts';
import { unreadLanguage } from './unread-language.ts';
import { type CompiledWordRules, POSSIBLE_SCORE, SURE_SCORE } from './word-rules.ts';

/**
 * Reads what one inbound text means. An opt-out comes before every other reading (47 CFR 64.1200(a)(10), CTIA 5.1.3).
 * Commands and codes count only when they are the whole text, so ordinary language never opts anyone in. Pure; linear
 * time.
 */
export function readText(text: string, programWords: ProgramWords, rules: CompiledWordRules): Reading {
  const found = interpret(text, programWords, rules);
  const { meaning, language, rule } = isEnding(found)
    ? found
    : (findShownOptOut(text, programWords, rules) ?? holdIfUnread(text, found));
  const reading = { ...meaning } as Reading;
  reading.language = answerLanguage(language);
  reading.rule = rule;
  reading.rules = rules.version;
  return reading;
}

/** Holds a text that no rule read and that is in a language without rules: it may be an opt-out. */
function holdIfUnread(text: string, found: Interpretation): Interpretation {
  if (found.meaning.kind !== 'unknown' || found.rule === REACTION_RULE) return found;
  const language = unreadLanguage(text);
  if (language === null) return found;
  const rule = `${UNREAD_LANGUAGE}${language}`;
  return { meaning: { kind: 'unsure', wrongNumber: false }, language: null, rule };
}

const isEnding = ({ meaning: { kind } }: Interpretation): boolean =>
  kind === 'stop-all' || kind === 'stop-some';

/**
 * Finds an opt-out word that a text shows in look-alike characters. Anything else that it shows opens nothing, and no
 * misspelling counts: Russian "стор" looks like "ctop".
 */
function findShownOptOut(
  text: string,
  programWords: ProgramWords,
  rules: CompiledWordRules,
): Interpretation | null {
  const views = lookAlikeTexts(text);
  if (views.length === 0) return null;
  const plain = countOptOutWords(text, rules);
  for (const seen of views) {
    if (countOptOutWords(seen, rules) <= plain) continue;
    const found = interpret(seen, programWords, rules);
    if (found.meaning.kind === 'stop-some') return found;
    if (found.meaning.kind !== 'stop-all') continue;
    const rule = found.rule.replace(/^(?:exact|leading):/, 'meant:');
    return { ...found, meaning: { ...found.meaning, by: 'scored' }, rule };
  }
  return null;
}

/** The number of listed opt-out words in a text, including one spelled with separated letters. */
function countOptOutWords(text: string, rules: CompiledWordRules): number {
  const words = withoutSigns(fold(text)).split(' ');
  const spelled = words.length > 1 && rules.optOut.has(words.join('')) ? 1 : 0;
  return words.filter((_, at) => optOutAt(words, at, rules) !== null).length + spelled;
}

/**
 * "STOP!!1": a slipped shift key, so no topic 1. The expression starts only where a run of signs begins, however long
 * the run.
 */
const SHIFT_LET_GO = /(?<=\p{L} ?)!+1[!1]*\s*$/u;

function interpret(text: string, programWords: ProgramWords, rules: CompiledWordRules): Interpretation {
  if (isReaction(text)) return { ...nothing('unknown'), rule: REACTION_RULE };
  const folded = fold(text).replace(SHIFT_LET_GO, '');
  const normal = withoutSigns(folded);
  if (normal === '') return readStopSigns(text) ?? nothing(isBlank(text) ? 'empty' : 'unknown');
  const words = normal.split(' ');
  const exact = readListedOptOut(words, rules);
  if (exact !== null) return exact;
  const names = topicAndProgramNames(programWords);
  // "Deals?" asks about a topic and turns none on.
  const asks = isQuestion(folded);
  const partial = readPartialOptOut(words, rules, names, asks);
  if (partial !== null)
    return { meaning: { kind: 'stop-some', ...partial }, language: null, rule: 'some:named' };
  // Before ordinary language, so that a program's own word is never taken for a misspelt STOP.
  const command = readCommand(normal, programWords, names, rules);
  const isWish = command !== null && !(asks && command.meaning.kind === 'topics-on');
  if (isWish) return command;
  if (!namesOnlyOurWords(words, rules, names, programNamesIn(programWords)))
    return readOrdinaryLanguage(text, folded, words, rules);
  const ordinary = readOrdinaryLanguage(text, folded, words, {
    ...rules,
    harmless: NO_PHRASES,
    holdAtMost: NO_DOUBTS,
  });
  return ordinary.meaning.kind === 'unknown' ? OWN_WORDS_ENDED : ordinary;
}

const NO_PHRASES: CompiledWordRules['harmless'] = new Map();
const NO_DOUBTS: CompiledWordRules['holdAtMost'] = new Map();

/** "cancel orders now": probably about our texts, perhaps about an order. */
const OWN_WORDS_ENDED: Interpretation = {
  meaning: { kind: 'unsure', wrongNumber: false },
  language: null,
  rule: 'some:and-more',
};

/**
 * Vietnamese "dùng" (use) and "đúng" (right) in a question: without their marks they would read as "đừng" (do not).
 */
const ASKS_OF_USE =
  /(?<!\p{L})(?:dùng|đúng)(?=\s+(?:gửi|gởi|nhắn|gọi)\s[\p{L} ]{0,60}(?:không|ko|hả)\s*\?*\s*$)/iu;

function readOrdinaryLanguage(
  text: string,
  folded: string,
  words: string[],
  rules: CompiledWordRules,
): Interpretation {
  const prepared = prepareText(
    ASKS_OF_USE.test(text) ? fold(text.replace(ASKS_OF_USE, 'use')) : folded,
    rules,
  );
  const { sum, wrongNumber, rule, language } = scoreText(text, prepared, rules);
  const leading = prepared.isHeldAtMost ? null : readShortOptOut(words, prepared, wrongNumber, rules);
  const isHeld = leading?.meaning.kind === 'unsure' && sum >= SURE_SCORE;
  if (leading !== null && !isHeld) return { ...leading, language: leading.language ?? language };
  if (sum >= SURE_SCORE) return { meaning: { kind: 'stop-all', by: 'scored', wrongNumber }, language, rule };
  if (sum >= POSSIBLE_SCORE) return { meaning: { kind: 'unsure', wrongNumber }, language, rule };
  return hasForbiddingSign(text, words) ? FORBIDDEN : nothing('unknown');
}

/** "🛑 mensajes": perhaps forbids what follows the sign. */
const FORBIDDEN: Interpretation = {
  meaning: { kind: 'unsure', wrongNumber: false },
  language: null,
  rule: 'sign:forbidding',
};

function nothing(kind: 'empty' | 'unknown'): Interpretation {
  return { meaning: { kind }, language: null, rule: kind };
}

/** The words that iOS and Android put before the quoted message when a person taps a reaction. */
const REACTIONS = [
  'Liked|Loved|Disliked|Laughed at|Emphasi[sz]ed|Questioned|Reacted .{1,20} to|Removed .{1,20} from',
  "A (?:aimé|adoré|ri de|mis en évidence|mis en doute|réagi .{1,24} à)|N[’']a pas aimé",
  '(?:No )?[Ll]e (?:gustó|encantó)|Se rió de|Enfatizó|Cuestionó|Reaccionó .{1,24} a',
  '(?:Não )?[Gg]ostou de|Amou|Adorou|Riu de|Enfatizou|Questionou|Reagiu .{1,24} a',
  '\\P{L}{1,12}to',
].join('|');
/** The quoted message may contain quotes: “Use “SAVE” today”. */
const QUOTED = '“[^“”]*(?:“[^“”]*”[^“”]*)*”|«[^«»]*(?:«[^«»]*»[^«»]*)*»|"[^"]*"';
const REACTION = new RegExp(`^[^\\p{L}\\p{S}]*(?:${REACTIONS})\\s*(?:${QUOTED})\\s*$`, 'su');

/**
 * Whether a phone sent this text because the person tapped a reaction: `Liked “… STOP to end.”`. The quote is our own
 * message, which names the ways out, so it says nothing about what the person wants. With any more words it is a text
 * of its own.
 */
function isReaction(text: string): boolean {
  return REACTION.test(text);
}
