import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eta } from 'eta';
import type { PageLanguage } from './viewer.ts';

/** Fills the places of a sentence of the pages, and translates it. */
export type Translate = (sentence: string, values?: Record<string, string | number>) => string;

/** The views of `templates/console`, with their signs and sentences. */
export type Views = {
  /** Renders one view. Every value is escaped. */
  render: (view: string, model: object) => string;
  /** The signs beside states, as inline SVG by name: the typeface has none of them. */
  signs: Readonly<Record<string, string>>;
  translator: (language: PageLanguage) => Translate;
};

/** Reads the views. `root`: the project folder. */
export function loadViews(root: string): Views {
  const folder = join(root, 'templates', 'console');
  const eta = new Eta({ views: folder, cache: true, autoEscape: true, useWith: false });
  const spanish: Record<string, string> = JSON.parse(readFileSync(join(folder, 'es.json'), 'utf8'));
  return {
    render: (view, model) => eta.render(`./${view}`, model),
    signs: readSigns(join(folder, 'signs')),
    translator: (language) => translator(language, language === 'es' ? spanish : {}),
  };
}

/** The commonest passwords, one on each line. Lines that begin with "# " are comments. */
export const readCommonPasswords = (root: string): ReadonlySet<string> => {
  const text = readFileSync(join(root, 'templates', 'console', 'common-passwords.txt'), 'utf8');
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('# ')));
};

const readSigns = (folder: string): Views['signs'] =>
  Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.replace(/\.svg$/, ''),
      readFileSync(join(folder, file), 'utf8').trim(),
    ]),
  );

const PLACE = /\{(\w+)\}/g;

/**
 * A sentence without a translation stays English. One with two forms, "1 text waits || {count} texts wait", takes the
 * first where its `count` is one.
 */
function translator(language: PageLanguage, translations: Readonly<Record<string, string>>): Translate {
  const plural = new Intl.PluralRules(language);
  return (sentence, values = {}) => {
    const forms = (translations[sentence] ?? sentence).split(' || ');
    const isOne = plural.select(Number(values.count)) === 'one';
    const words = (isOne ? forms[0] : forms.at(-1)) ?? sentence;
    return words.replace(PLACE, (place, name: string) => String(values[name] ?? place));
  };
}
