import { LANGUAGES, type Language } from '../program.ts';

/**
 * Keys of all texts that we send by ourselves, and `prefs`, which waits for the preference page that it links to.
 * Each key is in `templates/sms/<language>.json`.
 */
export const TEMPLATE_KEYS = [
  'prompt',
  'prompt-age',
  'renewal',
  'welcome',
  'already-subscribed',
  'refused',
  'topic-refused',
  'yes-too-late',
  'yes-nothing-open',
  'age-refused',
  'help',
  'help-ended',
  'help-general',
  'help-line',
  'help-line-short',
  'menu',
  'menu-line-on',
  'menu-line-off',
  'menu-line-on-short',
  'menu-line-off-short',
  'menu-none',
  'topics-on',
  'topics-on-held',
  'topics-on-needs-prompt',
  'stop-all',
  'stop-all-program',
  'stop-some',
  'stop-some-nothing-left',
  'stop-some-held',
  'not-subscribed',
  'not-in-those',
  'not-answered',
  'other-word',
  'why',
  'why-asked-for',
  'why-none',
  'why-asked',
  'pause',
  'resume',
  'resume-elsewhere',
  'hold-notice',
  'unknown',
  'prefs',
  'start-which',
  'opt-out-line',
  'already-paused',
  'topics-on-paused',
  'welcome-topic',
  'welcome-held',
  'welcome-paused',
  'topic-too-late',
  'not-paused',
  'resume-away',
  'now-coming',
  'now-none',
  'now-blocked',
  'now-held',
  'now-stopped-elsewhere',
  'now-needs-yes',
  'now-paused',
  'now-waits-elsewhere',
  'now-other',
  'why-now',
  'why-now-asked-for',
  'already-in-now',
  'topics-on-now',
  'stop-some-now',
  'resume-now',
  'welcome-now',
  'menu-line-held',
  'menu-line-paused',
  'menu-line-waiting',
  'menu-line-held-short',
  'menu-line-paused-short',
  'menu-line-waiting-short',
] as const;
export type TemplateKey = (typeof TEMPLATE_KEYS)[number];

/** The texts of one language by key, as in its file. */
export type TemplateSet = Readonly<Record<string, string>>;
export type TemplateSets = Readonly<Record<Language, TemplateSet>>;

/**
 * Returns a function that renders one text for one person and parses each template only once. It throws TemplateError
 * when the text or a value is missing.
 */
export function sayer(sets: TemplateSets) {
  const parsed = new Map<string, Parsed>();
  return (key: TemplateKey, language: Language, values: Readonly<Record<string, string>>): string => {
    const name = `${language}/${key}`;
    const template = parsed.get(name) ?? parse(textOf(sets[language], key) ?? fail(language, key));
    parsed.set(name, template);
    return fill(template, values);
  };
}

/** Problems in the files, one sentence each; empty when every language has every text with the same placeholders. */
export function checkTemplates(sets: TemplateSets): string[] {
  return LANGUAGES.flatMap((language) => [
    ...TEMPLATE_KEYS.flatMap((key) => problemsOf(sets, language, key)),
    ...Object.keys(sets[language])
      .filter((key) => !(TEMPLATE_KEYS as readonly string[]).includes(key))
      .map((key) => `${language}: "${key}" is not a text we use`),
  ]);
}

function problemsOf(sets: TemplateSets, language: Language, key: TemplateKey): string[] {
  const text = textOf(sets[language], key);
  if (text === undefined) return [`${language}: "${key}" is missing`];
  const names = namesIn(text);
  if (names === null) return [`${language}: "${key}" has a brace that belongs to no placeholder`];
  const unknown = names.filter((name) => !isPlaceholder(name));
  const problems = unknown.map((name) => `${language}: "${key}" names {${name}}, which nothing fills`);
  const first = namesIn(textOf(sets[LANGUAGES[0]], key) ?? '') ?? [];
  if (language !== LANGUAGES[0] && names.toSorted().join() !== first.toSorted().join()) {
    problems.push(`${language}: "${key}" has other placeholders than ${LANGUAGES[0]}`);
  }
  return problems;
}

function textOf(set: TemplateSet, key: TemplateKey): string | undefined {
  const text = Object.hasOwn(set, key) ? set[key] : undefined;
  return typeof text === 'string' && text.trim() !== '' ? text : undefined;
}

function namesIn(text: string): string[] | null {
  try {
    return placeholdersIn(text);
  } catch {
    return null;
  }
}

function fail(language: Language, key: TemplateKey): never {
  throw new TemplateError('no-template', [`${language}/${key}`]);
}

/** The placeholders of templates, and the value of each. Values are written for a person, in their language. */
export const PLACEHOLDERS = {
  brand: 'the brand, as a person knows it',
  program: "the program's name",
  description: 'what it sends, as a noun phrase',
  frequency: 'how often, "up to 4 msgs/month"',
  keyword: 'the one word that asks to join',
  keywords: 'words that ask to join, "DEALS (Fernway Deals), CARE (Fernway Care)"',
  confirm: 'the word that confirms, YES',
  support: 'toll-free phone or email',
  terms: 'short URL of the terms',
  privacy: 'short URL of the privacy policy',
  topics: 'names of topics or programs the sentence is about, joined by commas',
  now: 'sentences that say which topics come now, and what keeps the others back',
  still: 'what the person still gets, joined by commas',
  code: 'preference code of a topic, "1"',
  word: 'word of a topic, "DEALS"',
  topic: 'name of one topic',
  lines: 'menu lines, joined by line feeds; in HELP what each program is, joined by spaces',
  date: 'a day, in the zone of the program',
  days: 'a number of days',
  count: 'a number',
  when: 'day of the agreement, after "on", "el", "le"',
  how: 'how they agreed, or by which door their number came, with its preposition: "by text"',
  answer: 'what answers the open question, after "reply": "YES", "with your birth date"',
  words: "the person's own words when they agreed",
  url: "the person's own signed link",
  number: 'our number to text',
  age: 'a minimum age in years',
} as const;

type Placeholder = keyof typeof PLACEHOLDERS;

function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

export type SystemTextFault = 'missing-value' | 'unknown-value' | 'stray-brace' | 'no-template';

/** A template or its values are wrong: a mistake in code or configuration, never in what a person typed. */
export class TemplateError extends Error {
  readonly fault: SystemTextFault;
  /** Placeholder names, or the template's key; never a value. */
  readonly names: string[];

  constructor(fault: SystemTextFault, names: string[]) {
    super(`template: ${fault}${names.length > 0 ? ` (${names.join(', ')})` : ''}`);
    this.name = 'TemplateError';
    this.fault = fault;
    this.names = names;
  }
}

/**
 * Characters that no text may contain: control characters other than a line feed, lone surrogates, and noncharacters.
 */
export const NO_TEXT = /[^\P{Cc}\n]|\p{Cs}|\p{Noncharacter_Code_Point}/u;

const EVERY_NO_TEXT = new RegExp(NO_TEXT, 'gu');

/** Matches what `tidied` would change. Hardly any text matches, so the test saves work. */
const UNTIDY = new RegExp(`${NO_TEXT.source}| {2}| \\n|\\n |^\\s|\\s$`, 'u');

const PLACEHOLDER = /\{([a-z]+)\}/g;

/**
 * Distinct placeholder names in order of appearance. Throws TemplateError for a brace that belongs to no placeholder.
 */
export function placeholdersIn(template: string): string[] {
  if (/[{}]/.test(template.replace(PLACEHOLDER, ''))) throw new TemplateError('stray-brace', []);
  return [...new Set(Array.from(template.matchAll(PLACEHOLDER), (match) => match[1] ?? ''))];
}

/**
 * Inserts each value once: a value that looks like a placeholder stays as it is. Runs of spaces become one space.
 * Spaces at line ends and forbidden characters are removed, because a value may be words that a person typed. Known
 * values that the template does not use are ignored. Throws TemplateError for a placeholder without a value and for
 * an unknown value.
 */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  return fill(parse(template), values);
}

/** A parsed template: its words, with the names of the placeholders in between. */
type Parsed = { names: readonly string[]; pieces: readonly string[] };

/** Throws as `placeholdersIn` does. */
const parse = (template: string): Parsed => ({
  names: placeholdersIn(template),
  pieces: template.split(PLACEHOLDER),
});

/** Throws and tidies as `render` does. */
function fill({ names, pieces }: Parsed, values: Readonly<Record<string, string>>): string {
  const missing = names.filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) throw new TemplateError('missing-value', missing);
  const unknown = Object.keys(values).filter((name) => !isPlaceholder(name) && !names.includes(name));
  if (unknown.length > 0) throw new TemplateError('unknown-value', unknown);
  let filled = '';
  for (const [at, piece] of pieces.entries()) filled += at % 2 === 0 ? piece : values[piece];
  return UNTIDY.test(filled) ? tidied(filled) : filled;
}

const tidied = (text: string): string =>
  text
    .replace(EVERY_NO_TEXT, '')
    .replace(/ {2,}/g, ' ')
    .replace(/ *\n */g, '\n')
    .trim();
