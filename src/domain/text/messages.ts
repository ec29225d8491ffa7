import { LANGUAGES, type Language } from '../program.ts';
import { isPlaceholder } from './placeholders.ts';
import { fill, type Parsed, parse, placeholdersIn, render, TemplateError } from './render.ts';

/** Every text we answer with by ourselves, and `prefs`, which waits for the preference page that it links to. Each stands in `templates/sms/<language>.json` under its key. */
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
] as const;
export type TemplateKey = (typeof TEMPLATE_KEYS)[number];

/** The texts of one language by key, as its file holds them. */
export type TemplateSet = Readonly<Record<string, string>>;
export type TemplateSets = Readonly<Record<Language, TemplateSet>>;

/** One text for one person. Throws TemplateError where the text or a value is missing. */
export function message(
  sets: TemplateSets,
  language: Language,
  key: TemplateKey,
  values: Readonly<Record<string, string>>,
): string {
  return render(textOf(sets[language], key) ?? fail(language, key), values);
}

/** What says the texts of some templates, each taken apart once. */
export function sayer(sets: TemplateSets) {
  const parsed = new Map<string, Parsed>();
  return (key: TemplateKey, language: Language, values: Readonly<Record<string, string>>): string => {
    const name = `${language}/${key}`;
    const one = parsed.get(name) ?? parse(textOf(sets[language], key) ?? fail(language, key));
    parsed.set(name, one);
    return fill(one, values);
  };
}

/** Problems of the files, one sentence each; none where every language has every text with the same placeholders. */
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
