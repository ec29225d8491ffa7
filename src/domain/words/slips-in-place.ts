import { slipsBetween } from './slips-between.ts';

/** Keys beside each letter of a word that is built on, as thumbs meet them. */
const BESIDE: Record<string, string> = { s: 'aqwedzx', t: 'rfgy56', o: 'ip0kl9', p: 'ol0' };
/** Other words by one key: a hold, a tool. */
const OTHER_WORDS = new Set(['atop', 'slop']);

/** The word with one letter taken for the key beside it. */
export function besideKeys(word: string): string[] {
  return [...word].flatMap((letter, at) =>
    [...(BESIDE[letter] ?? '')]
      .map((key) => word.slice(0, at) + key + word.slice(at + 1))
      .filter((slip) => !OTHER_WORDS.has(slip)),
  );
}

type Frame = {
  meant: string;
  /** Words that are one slip away and others. */
  not: Set<string>;
  before: RegExp;
  after: RegExp;
};

const ME = /^(?:me|us|my|this|number|mine) /;
const REACHED = /^(?:text|message|contact|call|spam|bother|send) /;

/** Short words that carry a refusal: one slip is forgiven only where the words around say what is meant. */
const FRAMES: Frame[] = [
  frame('remove', ['remote', 'removes', 'remover', 'reprove', 'rove'], / $/, ME),
  frame('remove', ['remote', 'removes', 'remover', 'reprove'], / (?:please|and|just) $/, /^(?:from|$)/),
  frame('delete', ['deleted', 'deletes', 'elete', 'delate'], / $/, ME),
  frame('dont', ['done', 'font', 'wont', 'donut', 'dot', 'dent', 'cont', 'ont', 'donna'], / $/, REACHED),
  frame(
    'text',
    ['next', 'test', 'tent', 'texts', 'ext', 'tex'],
    / (?:dont|never|not|not to) $/,
    /^(?:me|us|my|this|anymore|again) /,
  ),
  frame(
    'send',
    ['lend', 'bend', 'mend', 'end', 'tend', 'vend', 'spend', 'sand', 'seed', 'seen', 'sent', 'sends', 'fend'],
    / (?:dont|never|not) $/,
    /^(?:me|us|this|these|any|anymore|anything|text|texts|message|messages|more) /,
  ),
  frame(
    'sending',
    ['bending', 'lending', 'mending', 'vending', 'tending', 'fending', 'spending', 'ending', 'rending'],
    / (?:stop|quit) $/,
    /^(?:me|us|this|these|text|texts|message|messages|crap|spam|so) /,
  ),
  frame('texting', ['testing', 'texing'], / (?:stop|quit) $/, /^(?:me|us|my|this) /),
  frame(
    'take',
    ['make', 'wake', 'bake', 'cake', 'fake', 'lake', 'stake', 'shake', 'takes', 'taken', 'talk', 'tape'],
    / $/,
    /^(?:me|us|my|this)(?: number| name| phone)? (?:off|of|out) /,
  ),
  frame(
    'off',
    ['of', 'on', 'if', 'oft', 'out', 'for', 'or', 'our'],
    / (?:take|get) (?:me|us|my number) $/,
    /^(?:your|this|the|these|that) /,
  ),
  frame(
    'list',
    [
      'lost',
      'last',
      'lift',
      'mist',
      'fist',
      'gist',
      'lit',
      'lint',
      'lisp',
      'listen',
      'listed',
      'lists',
      'wist',
      'lust',
    ],
    / (?:off|of|from|out of) (?:your|this|the|any|all|that|text|mailing|texting|your text|your mailing) $/,
    /^/,
  ),
];

function frame(meant: string, not: string[], before: RegExp, after: RegExp): Frame {
  return { meant, not: new Set(not), before, after };
}

/** One slip leaves the first letter or the last. */
export const mayBe = (word: string, meant: string): boolean =>
  word[0] === meant[0] || word.at(-1) === meant.at(-1);

/** Words on each side that a frame may look at. */
const AROUND = 4;

export function meantInPlace(words: string[]): string[] {
  const read = [...words];
  for (let at = 0; at < read.length; at += 1) {
    const word = read[at] ?? '';
    if (word.length < 3 || word.length > 8) continue;
    const found = FRAMES.find(
      ({ meant, not, before, after }) =>
        word !== meant &&
        Math.abs(word.length - meant.length) <= 1 &&
        !not.has(word) &&
        mayBe(word, meant) &&
        slipsBetween(word, meant) === 1 &&
        before.test(` ${read.slice(Math.max(0, at - AROUND), at).join(' ')} `.replace('  ', ' ')) &&
        after.test(`${read.slice(at + 1, at + 1 + AROUND).join(' ')} `),
    );
    if (found !== undefined) read[at] = found.meant;
  }
  return read;
}
