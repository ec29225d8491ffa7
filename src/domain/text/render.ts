import { isPlaceholder } from './placeholders.ts';

export type TemplateFault = 'missing-value' | 'unknown-value' | 'stray-brace' | 'no-template';

/** A template or its values are wrong: a mistake in code or configuration, never in what a person typed. */
export class TemplateError extends Error {
  readonly fault: TemplateFault;
  /** Placeholder names, or the template's key; never a value. */
  readonly names: string[];

  constructor(fault: TemplateFault, names: string[]) {
    super(`template: ${fault}${names.length > 0 ? ` (${names.join(', ')})` : ''}`);
    this.name = 'TemplateError';
    this.fault = fault;
    this.names = names;
  }
}

/** What no text may hold: control characters but for a line break, halves of a character, code points that are none. */
export const NO_TEXT = /[^\P{Cc}\n]|\p{Cs}|\p{Noncharacter_Code_Point}/u;

const EVERY_NO_TEXT = new RegExp(NO_TEXT, 'gu');

/** What `tidied` would change: hardly any text has it. */
const UNTIDY = new RegExp(`${NO_TEXT.source}| {2}| \\n|\\n |^\\s|\\s$`, 'u');

const PLACEHOLDER = /\{([a-z]+)\}/g;

/** Distinct names in order of appearance. Throws TemplateError on a brace that belongs to none. */
export function placeholdersIn(template: string): string[] {
  if (/[{}]/.test(template.replace(PLACEHOLDER, ''))) throw new TemplateError('stray-brace', []);
  return [...new Set(Array.from(template.matchAll(PLACEHOLDER), (match) => match[1] ?? ''))];
}

/**
 * Puts each value in place once: a value that looks like a placeholder stays as it is. Runs of spaces become one,
 * spaces at the ends of lines go, and so does what no text may hold: a value may be words that a person typed. A
 * known value that the template does not use is ignored. Throws TemplateError on a placeholder without value, and on
 * a value no template could use.
 */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  return fill(parse(template), values);
}

/** A template taken apart, to be filled many times: its words, and in between the names of what stands there. */
export type Parsed = { names: readonly string[]; pieces: readonly string[] };

/** Throws as `placeholdersIn` does. */
export const parse = (template: string): Parsed => ({
  names: placeholdersIn(template),
  pieces: template.split(PLACEHOLDER),
});

/** As `render`. */
export function fill({ names, pieces }: Parsed, values: Readonly<Record<string, string>>): string {
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
