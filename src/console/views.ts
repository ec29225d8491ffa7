import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Eta } from 'eta';
import { ROOT } from '../config.ts';
import type { PageLanguage } from './viewer.ts';

const VIEWS = join(ROOT, 'templates', 'console');

const SPANISH: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(VIEWS, 'es.json'), 'utf8'));

/** Fills the places of a sentence of the pages, and translates it. */
export type Translate = (sentence: string, values?: Record<string, string | number>) => string;

const PLACE = /\{(\w+)\}/g;

/**
 * A sentence without a translation stays English. One with two forms, "1 text waits || {count} texts wait", takes the first
 * where its `count` is one.
 */
export function translator(language: PageLanguage): Translate {
  const plural = new Intl.PluralRules(language);
  return (sentence, values = {}) => {
    const forms = (language === 'es' ? (SPANISH[sentence] ?? sentence) : sentence).split(' || ');
    const isOne = plural.select(Number(values.count)) === 'one';
    const words = (isOne ? forms[0] : forms.at(-1)) ?? sentence;
    return words.replace(PLACE, (place, name: string) => String(values[name] ?? place));
  };
}

const eta = new Eta({ views: VIEWS, cache: true, autoEscape: true, useWith: false });

/** Renders one view of `templates/console`. Every value is escaped. */
export const renderView = (view: string, model: object): string => eta.render(`./${view}`, model);

/** The signs beside states, as inline SVG by name: the typeface has none of them. */
export const SIGNS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(join(VIEWS, 'signs')).map((file) => [
    file.replace(/\.svg$/, ''),
    readFileSync(join(VIEWS, 'signs', file), 'utf8').trim(),
  ]),
);
