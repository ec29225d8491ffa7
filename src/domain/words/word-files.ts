import { z } from 'zod';
import ar from '../../../templates/words/ar.json' with { type: 'json' };
import de from '../../../templates/words/de.json' with { type: 'json' };
import en from '../../../templates/words/en.json' with { type: 'json' };
import es from '../../../templates/words/es.json' with { type: 'json' };
import fr from '../../../templates/words/fr.json' with { type: 'json' };
import hi from '../../../templates/words/hi.json' with { type: 'json' };
import ht from '../../../templates/words/ht.json' with { type: 'json' };
import it from '../../../templates/words/it.json' with { type: 'json' };
import ja from '../../../templates/words/ja.json' with { type: 'json' };
import ko from '../../../templates/words/ko.json' with { type: 'json' };
import misspellings from '../../../templates/words/misspellings.json' with { type: 'json' };
import pl from '../../../templates/words/pl.json' with { type: 'json' };
import pt from '../../../templates/words/pt.json' with { type: 'json' };
import ru from '../../../templates/words/ru.json' with { type: 'json' };
import shared from '../../../templates/words/shared.json' with { type: 'json' };
import tl from '../../../templates/words/tl.json' with { type: 'json' };
import versions from '../../../templates/words/versions.json' with { type: 'json' };
import vi from '../../../templates/words/vi.json' with { type: 'json' };
import zh from '../../../templates/words/zh.json' with { type: 'json' };
import { normalise } from './normalise.ts';

/**
 * Languages whose words are understood; more than we write in. Of equal phrases, the earlier language names the rule.
 */
const WORD_LANGUAGES = [
  ...(['en', 'fr', 'es', 'pt', 'de', 'it', 'pl', 'ru', 'zh', 'ja', 'ko', 'vi', 'tl', 'hi', 'ar'] as const),
  'ht',
] as const;
export type WordLanguage = (typeof WORD_LANGUAGES)[number];

const COMMAND_KINDS = ['start', 'yes', 'no', 'help', 'menu', 'why', 'preferences', 'resume'] as const;

/** Kinds of text that need a person at once, most urgent first. */
export const ALARM_KINDS = ['harm', 'legal', 'abuse'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

const isNote = (line: unknown): boolean => typeof line === 'string' && line.startsWith('//');
const withoutNotes = (lines: string[]): string[] => lines.filter((line) => !isNote(line));

const oneLine = z.string().regex(/^\S+(?: \S+)*$/, 'must be words with one space between');
/** A line that begins with "//" is a note for readers of the file. */
const lines = z.array(oneLine).transform(withoutNotes);
/** Words that are compared whole. The file may have them with accents and capitals. */
const words = lines.transform((list) => list.map(normalise));
const phrases = lines.describe('One phrase a line. The signs are explained in README.md beside this file.');

const source = z.string().min(1).describe('The law, guideline or page that the words come from.');
const dates = {
  effectiveFrom: z.iso.date().optional().describe('The first day on which this counts; absent: always.'),
  effectiveTo: z.iso
    .date()
    .optional()
    .describe('The first day on which this counts no more; absent: it does.'),
};
const optOut = z
  .array(z.strictObject({ source, words, ...dates }))
  .default([])
  .describe('Texts that end all messages where they stand alone.');
const commands = z
  .array(z.strictObject({ kind: z.enum(COMMAND_KINDS), source, words, ...dates }))
  .default([])
  .describe('Whole texts that ask for help, the menu and so on, or answer a question.');

const rule = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z]+(?:-[a-z]+)*$/, 'must be small letters with hyphens between words')
      .describe('Names the rule in the ledger and to the staff. The same name counts once in a text.'),
    means: z
      .enum(['opt-out', 'perhaps-opt-out', 'hint'])
      .describe(
        'opt-out ends all messages; perhaps-opt-out holds them until a person decides; a hint proves nothing alone.',
      ),
    wrongNumber: z.boolean().default(false).describe('The reader is not the person whom we meant.'),
    examples: lines
      .default([])
      .describe('Texts that this rule must read as it means. A test reads each of them.'),
    counterexamples: lines
      .default([])
      .describe('Texts that this rule must leave alone. A test reads each of them.'),
    phrases,
    ...dates,
  })
  .refine(({ means, examples }) => means !== 'hint' || examples.length === 0, {
    path: ['examples'],
    message: 'a hint proves nothing alone, so no text can be its example',
  });

const negations = z
  .strictObject({
    before: phrases.default([]).describe('Words before the wish, then "|", then how the wish begins.'),
    after: phrases.default([]),
    within: phrases.default([]),
    unless: phrases.default([]).describe('Beside these the wish counts all the same.'),
  })
  .default({ before: [], after: [], within: [], unless: [] })
  .describe('Words that turn a wish for an end round: "don\'t stop".');

const holdAtMost = z
  .strictObject({
    always: phrases.default([]),
    unlessAboutTexts: phrases
      .default([])
      .describe('Only in a text that has none of the words of "textWords".'),
    inQuestions: phrases.default([]).describe('Only in a text that ends with a question mark.'),
    textWords: lines.default([]),
    exceptWith: phrases.default([]).describe('Beside these there is no doubt.'),
  })
  .default({ always: [], unlessAboutTexts: [], inQuestions: [], textWords: [], exceptWith: [] })
  .describe('A text with one of these is held and ends nothing, unless an opt-out word is a sentence in it.');

const ourOptOutLine = z
  .strictObject({
    alone: phrases.default([]).describe('The line; alone in a text it is the wish to get no more.'),
    inQuotes: phrases
      .default([])
      .describe('The line as people ask about it, or beside more of our own text.'),
    refusals: phrases.default([]).describe('Beside the line: they stay. :listed is any opt-out word.'),
  })
  .default({ alone: [], inQuotes: [], refusals: [] })
  .describe('"Reply STOP to end all texts", as people text it back.');

/** The file of one language, `templates/words/<language>.json`. */
export const languageFile = z.strictObject({
  $schema: z.literal('./language.schema.json').optional(),
  language: z.enum(WORD_LANGUAGES).describe('ISO 639-1 code, also the name of the file.'),
  name: z.string().min(1).describe('The name of the language in English.'),
  notes: z.array(z.string()).optional().describe('What somebody who changes this file should know.'),
  optOut,
  unmistakable: words
    .default([])
    .describe('Opt-out words that hardly mean anything else when more words follow.'),
  around: words.default([]).describe('Words that may stand around an opt-out word and change nothing.'),
  aroundUnmistakable: words
    .default([])
    .describe('More of them, around an unmistakable word; around another they leave a doubt.'),
  commands,
  alarms: z
    .array(z.strictObject({ kind: z.enum(ALARM_KINDS), source, words }))
    .default([])
    .describe('Words that call a person at once. They end nothing.'),
  complaints: words
    .default([])
    .describe('Words of somebody who may go to a carrier, a regulator or a court. They end nothing.'),
  wordGroups: z
    .record(z.string().regex(/^[\p{L}\p{M}]+$/u, 'must be letters only'), lines)
    .default({})
    .describe('Words that phrases name together by ":name"; words are parted by spaces, "_" joins several.'),
  rules: z.array(rule).default([]).describe('Ordinary ways to say that somebody wants no more messages.'),
  harmless: phrases
    .default([])
    .describe('Looks like a wish for an end and is none. Taken out of the text before the rules read it.'),
  negations,
  holdAtMost,
  ourOptOutLine,
});

const sharedFile = z.strictObject({
  optOut,
  commands,
  politeness: words.describe('May stand before or after a command. Taken away in this order.'),
  pauseWords: z.record(z.string(), z.enum(WORD_LANGUAGES).nullable()),
  pauseUnits: z.record(z.string().regex(/^\d+$/), words).describe('Words for so many days.'),
  turnOn: words,
  turnOff: words,
  betweenCodes: words.describe('Between codes and words of topics: "1 and 3".'),
  notBetweenWanted: words.describe('"2 for 1" turns no topic on.'),
  everyMessage: words.describe('After STOP they mean every message, so no program has them.'),
  howSoon: words.describe('How soon and how much, beside what is to end.'),
  openers: words.describe('Said before the verb.'),
  endsByItself: words.describe('"Deals end?" asks.'),
  noMoreOf: words.describe('French: perhaps the end of what follows, perhaps a wish for more of it.'),
  textWords: words.describe('No word of a "~~" gap, in any language.'),
  asking: words.describe('Around a listed word that is a sentence.'),
  pressing: words.describe('A question mark behind them only presses a demand.'),
  refusing: words.describe('"No", before what is not to be done.'),
  afterRefusing: words.describe('Between "no" and what is not to be done.'),
});

const misspellingsFile = z.strictObject({
  slips: z.record(z.string(), lines).describe('A word, and its misspellings.'),
  pairs: z.record(z.string(), z.string()).describe('Two words that are read as one.'),
  listedSlips: z.record(z.string(), lines).describe('Misspellings of opt-out words that no rule finds.'),
  otherThanListed: lines.describe('Words that are one slip from an opt-out word and mean something else.'),
  longWords: z
    .record(z.string(), z.int().min(1))
    .describe('Words that people misspell in too many ways to list, and how many slips are forgiven.'),
  otherThanLong: lines.describe('Words near those that mean something else.'),
  spelledOut: lines.describe('Words that count when their letters stand apart.'),
  inContext: z
    .array(
      z.strictObject({
        word: z.string(),
        not: lines.describe('Words that are one slip away and mean something else.'),
        before: oneLine.optional(),
        after: oneLine.optional(),
      }),
    )
    .describe('Short words: one slip is forgiven where the words before and after say what is meant.'),
});

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const versionsFile = z.strictObject({
  versions: z
    .array(
      z.strictObject({
        version: z.string().min(1),
        effectiveFrom: z.iso.date(),
        effectiveTo: z.iso.date().nullable(),
        source,
        digest,
      }),
    )
    .min(1),
  alarms: z
    .strictObject({ version: z.string().min(1), digest })
    .describe('The alarm words. Their version is kept with every alarm.'),
});

export type LanguageFile = z.infer<typeof languageFile>;
export type PhraseRule = Pick<LanguageFile['rules'][number], 'id' | 'means' | 'wrongNumber' | 'phrases'>;
/** The phrases of one language. `language` is null for phrases of a proposed change. */
export type LanguageRules = Pick<
  LanguageFile,
  'wordGroups' | 'harmless' | 'negations' | 'holdAtMost' | 'ourOptOutLine'
> & { language: WordLanguage | null; rules: PhraseRule[] };

/** The place of a fault in a file: `rule "threat", phrases no. 3`. Notes are not counted. */
function placeIn(json: unknown, path: readonly PropertyKey[]): string {
  const places: string[] = [];
  let at = json;
  for (const key of path) {
    const list = Array.isArray(at) ? at : null;
    at = (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
    if (list === null) places.push(String(key));
    else places.push(`${places.pop() ?? ''} ${numberIn(list, Number(key), at)}`);
  }
  return places.join(', ').replace(/^rules "/, 'rule "');
}

function numberIn(list: readonly unknown[], at: number, item: unknown): string {
  const id = (item as { id?: unknown } | null | undefined)?.id;
  if (typeof id === 'string') return `"${id}"`;
  return `no. ${list.slice(0, at + 1).filter((entry) => !isNote(entry)).length}`;
}

/** Validates a file. Throws with every fault: the file, the place in it, and what is wrong. */
export function parseWordFile<T>(file: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `templates/words/${file}: ${placeIn(json, path)}: ${message}`,
  );
  throw new Error(faults.join('\n'));
}

const JSON_OF: Record<WordLanguage, unknown> = {
  ...{ en, fr, es, pt, de, it, pl, ru },
  ...{ zh, ja, ko, vi, tl, hi, ar, ht },
};

export const LANGUAGE_FILES: readonly LanguageFile[] = WORD_LANGUAGES.map((language) =>
  parseWordFile(
    `${language}.json`,
    languageFile.refine((file) => file.language === language, {
      path: ['language'],
      message: `must be "${language}", as the file is called`,
    }),
    JSON_OF[language],
  ),
);
export const SHARED_WORDS = parseWordFile('shared.json', sharedFile, shared);
export const MISSPELLINGS = parseWordFile('misspellings.json', misspellingsFile, misspellings);
export const WORD_VERSIONS = parseWordFile('versions.json', versionsFile, versions);
