import type { Language, Program } from '../program.ts';
import { type JudgedText, REQUIRED_RULES, type RequiredKind } from './required-rules.ts';
import { REQUIRED_WORDS } from './required-words.ts';

export type MissingItem = {
  /** Stable name of the rule, "rates". */
  item: string;
  /** What is wrong, for the person who edits the program. */
  sentence: string;
  /** The original rule: "CTIA 5.1.2.1", "47 CFR 64.1200(a)(12)". */
  source: string;
};

const NAMES: Record<RequiredKind, string> = {
  prompt: 'The prompt',
  welcome: 'The welcome text',
  help: 'The HELP answer',
  'stop-all': 'The STOP answer',
};

/**
 * What a text lacks, or says though it must not, in the order of the rules; empty where it is in order. Takes the
 * text as a person would get it, so it judges the program's own words too.
 */
export function missingItems(
  kind: RequiredKind,
  rendered: string,
  program: Program,
  language: Language,
): MissingItem[] {
  const bare = withoutOwnWords(rendered, program, language);
  const text: JudgedText = { rendered, bare, program, language, words: REQUIRED_WORDS[language] };
  return REQUIRED_RULES.flatMap(({ item, sentence, sources, holds }) => {
    const source = sources[kind];
    if (source === undefined || holds(text)) return [];
    return [{ item, sentence: `${NAMES[kind]} ${sentence}.`, source }];
  });
}

function withoutOwnWords(rendered: string, program: Program, language: Language): string {
  const own = [
    program.description[language],
    program.name,
    program.brand,
    program.support,
    program.termsUrl,
    program.privacyUrl,
    ...program.topics.map((topic) => topic.name[language]),
  ].filter((words) => words !== '');
  return own.reduce((text, words) => text.toLowerCase().replaceAll(words.toLowerCase(), ' '), rendered);
}
