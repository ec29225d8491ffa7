import { normalise } from '../normalise.ts';
import { spellOut } from '../spelling.ts';
import type { NegatedPatterns, PhraseBook } from './book.ts';

/** Places of a pattern that are no words. */
const GRAMMAR = new Set(['..', '~~', '^', '^^', '$', '$$', ',', '|']);

/** A book written as its language is, made to be met by texts as a reading has them: without accents, signs apart. */
export function asRead(book: PhraseBook): PhraseBook {
  const { atMostHeld } = book;
  return {
    ...book,
    ...(atMostHeld && { atMostHeld: held(atMostHeld) }),
    groups: Object.fromEntries(Object.entries(book.groups).map(([name, group]) => [name, choices(group)])),
    innocent: book.innocent.map(pattern),
    ...(book.negated && { negated: negated(book.negated) }),
    cues: book.cues.map((cue) => ({ ...cue, says: cue.says.map(pattern) })),
  };
}

const held = ({ always, unnamed, asked, named, unless }: NonNullable<PhraseBook['atMostHeld']>) => ({
  always: always.map(pattern),
  unnamed: unnamed.map(pattern),
  ...(asked && { asked: asked.map(pattern) }),
  named: named.map(choice),
  unless: unless.map(pattern),
});

const negated = ({ before, after, within, unless }: NegatedPatterns): NegatedPatterns => ({
  before: before.map(pattern),
  after: after.map(pattern),
  within: within.map(pattern),
  unless: unless.map(pattern),
});

const pattern = (written: string): string => written.split(' ').map(place).join(' ');

function place(written: string): string {
  if (GRAMMAR.has(written)) return written;
  const [, not = '', words = '', may = ''] = /^(!?)(.*?)(\??)$/.exec(written) ?? [];
  return `${not}${choices(words)}${may}`;
}

const choices = (written: string): string => [...new Set(written.split('/').map(choice))].join('/');

function choice(written: string): string {
  if (written.startsWith(':') || written === ',') return written;
  if (written.startsWith(',_')) return `,_${choice(written.slice(2))}`;
  if (written.startsWith('*')) return `*${choice(written.slice(1))}`;
  const read = spellOut(normalise(written.replaceAll('_', ' '))).join('_');
  if (read === '') throw new Error(`phrase: no letter in "${written}"`);
  return read;
}
