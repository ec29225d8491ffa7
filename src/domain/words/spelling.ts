import { splitSigns } from './normalise.ts';
import { LANGUAGE_FILES, MISSPELLINGS, SHARED_WORDS } from './word-files.ts';

/** The number of letters changed, missing, added or swapped with a neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(
        (above[column] ?? 0) + 1,
        (here[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + changed,
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      here.push(least);
    }
    before = above;
    above = here;
  }
  return above[b.length] ?? 0;
}

/** The keys around each letter of STOP that thumbs hit by mistake. */
const BESIDE: Record<string, string> = { s: 'aqwedzx', t: 'rfgy56', o: 'ip0kl9', p: 'ol0' };
/** Words that differ from STOP by one neighbouring key and mean something else. */
const OTHER_WORDS = new Set(['atop', 'slop']);

/** The word with each letter replaced by each neighbouring key. */
function neighbouringKeyTypos(word: string): string[] {
  return [...word].flatMap((letter, at) =>
    [...(BESIDE[letter] ?? '')]
      .map((key) => word.slice(0, at) + key + word.slice(at + 1))
      .filter((slip) => !OTHER_WORDS.has(slip)),
  );
}

type ContextCorrection = {
  meant: string;
  /** Words that are one slip away and mean something else. */
  not: Set<string>;
  before: RegExp;
  after: RegExp;
};

/** Turns "me/us my_number?" into the source of a regular expression over words followed by one space each. */
const sourceOf = (places: string): string =>
  places
    .split(' ')
    .map((place) => {
      const words = place.replace('?', '').replaceAll('_', ' ').replaceAll('/', '|');
      return `(?:(?:${words}) )${place.endsWith('?') ? '?' : ''}`;
    })
    .join('');

/** Short words that carry a refusal. One slip is forgiven only when the words around show what is meant. */
const FRAMES: ContextCorrection[] = MISSPELLINGS.inContext.map(({ word, not, before, after }) => ({
  meant: word,
  not: new Set(not),
  before: new RegExp(before === undefined ? '' : ` ${sourceOf(before)}$`),
  after: new RegExp(after === undefined ? '' : `^${sourceOf(after)}`),
}));

/** A single slip keeps the first letter or the last. */
const mayBe = (word: string, meant: string): boolean => word[0] === meant[0] || word.at(-1) === meant.at(-1);

/** Number of words on each side that a context may match. */
const LOOKED_AT = 4;

function correctInContext(words: string[]): string[] {
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
        editDistance(word, meant) === 1 &&
        before.test(` ${read.slice(Math.max(0, at - LOOKED_AT), at).join(' ')} `.replace('  ', ' ')) &&
        after.test(`${read.slice(at + 1, at + 1 + LOOKED_AT).join(' ')} `),
    );
    if (found !== undefined) read[at] = found.meant;
  }
  return read;
}

const LISTED = new Set(
  [SHARED_WORDS, ...LANGUAGE_FILES]
    .flatMap(({ optOut }) => optOut.flatMap(({ words }) => words))
    .filter((word) => !word.includes(' ')),
);
const AROUND = new Set(LANGUAGE_FILES.flatMap(({ around }) => around));

/** Shortest listed word recognised with its last letter doubled or a zero for an o: "altoo", "alt0". */
const STRETCHED_FROM = 4;
/** Shortest listed word that is still recognisable with one slip. */
const SLIPPED_FROM = 7;

/** Listed words of at least that length, by their first two letters. */
const LONG = new Map<string, string[]>();
for (const word of LISTED) {
  const start = word.slice(0, 2);
  if (word.length >= SLIPPED_FROM && /^[a-z\u0400-\u04ff]+$/.test(word))
    LONG.set(start, [...(LONG.get(start) ?? []), word]);
}

const OTHERS = new Set(MISSPELLINGS.otherThanListed);
const SLIPS = new Map(
  Object.entries(MISSPELLINGS.listedSlips).flatMap(([word, slips]) =>
    slips.map((slip) => [slip, word] as const),
  ),
);

/** The listed opt-out word, or surrounding word, that a misspelt word means; null when it means none. */
function correctToListedWord(word: string): string | null {
  if (LISTED.has(word) || OTHERS.has(word)) return null;
  return SLIPS.get(word) ?? unstretched(word) ?? slipped(word);
}

/** "bastaaa", "sispannn", "altoo", "alt0"; also surrounding words, such as "bitteee". */
function unstretched(word: string): string | null {
  const lettered = word.replaceAll('0', 'o');
  const shrunk = ['$1', '$1$1'].map((left) => lettered.replace(/(.)\1{2,}/gu, left));
  const spelled = [lettered, ...shrunk, lettered.replace(/(.)\1$/u, '$1')].find((variant) =>
    LISTED.has(variant),
  );
  const polite = shrunk.find((variant) => variant !== word && AROUND.has(variant));
  const found = spelled ?? polite ?? '';
  return found.length >= STRETCHED_FROM ? found : null;
}

const VOWELS = /[aeiouy\u0430\u0435\u0438\u043e\u0443\u044b\u044d\u044e\u044f]/gu;

/**
 * Matches a word with one letter missing, doubled or swapped, or one vowel replaced. The first two letters and the
 * last must agree.
 */
function slipped(word: string): string | null {
  const found = LONG.get(word.slice(0, 2))?.find((listed) => {
    if (Math.abs(word.length - listed.length) > 1 || word.at(-1) !== listed.at(-1)) return false;
    if (editDistance(word, listed) !== 1) return false;
    const isChanged = word.length === listed.length && sorted(word) !== sorted(listed);
    return !isChanged || word.replace(VOWELS, '') === listed.replace(VOWELS, '');
  });
  return found ?? null;
}

const sorted = (word: string): string => [...word].toSorted().join('');

const FOLDS = new Map(
  Object.entries(MISSPELLINGS.slips)
    .flatMap(([word, slips]) => slips.map((slip) => [slip, word] as const))
    .concat(neighbouringKeyTypos('stop').map((slip) => [slip, 'stop'])),
);
const FOLD_PAIRS = new Map(Object.entries(MISSPELLINGS.pairs));
const STRETCHED = /^(?:(?:s+t+o+p+)+|(?:pl[sz]|please)s+t+o+p+|s+t+a+h*p+)$/;
const RUN_TOGETHER =
  /^(?:pl[sz]|please)?stop+(?:te?xt|messag|msg|sms|mms|send|spam|contact|call|bother|harass|it|this|now|pl[sz]|please|all(?:te?xt|messag|msg|sms|this|of|your|these))[a-z]*$/;
/** "Stop2end", "txtstop". */
const BOTH_KEYWORDS =
  /^(?:(?:te?xt|send|reply)2?stop|stop2(?:end|quit|cancel|stop|unsubscribe|optout|out)|stop4(?:ever|good|real))$/;
/** "removemefromyourlist", "donttextme": words run together that can mean nothing else, anywhere in a text. */
const WISH_TOGETHER = new RegExp(
  [
    '^(?:pl[sz]|please|just)?(?:(?:(?:remove|delete)me|removemynumber|take(?:me|us|mynumber)off)(?:(?:from|off|of|out)(?:of)?)?',
    '(?:your?|ur|the|this|all|these)?(?:texting|text|txt|sms|mailing|contact)?(?:list|texts?|messages?|system|database)?',
    '|optmeout|leave(?:me|us)(?:the(?:hell|fuck))?alone|do(?:nt|not)(?:te?xt|message|contact|sms|spam|bother)(?:me|us|this(?:number)?)?)',
    '(?:anymore|again|ever|now|asap|thanks|thx|pl[sz]|please)*$',
  ].join(''),
);

const LONG_WORDS = Object.entries(MISSPELLINGS.longWords);
const OTHER_FORMS = new Set([...Object.keys(MISSPELLINGS.longWords), ...MISSPELLINGS.otherThanLong]);

/** "nomandenmas", "naomandemmais". */
const RUN_TOGETHER_NO_MORE =
  /^(?:ya)?na?o(?:(?:me|nos)?(?:mand|envi|escrib|escrev|llam|yam|lig|molest|text)[a-z]{1,4}?(?:mas|mais|nada)|(?:me|nos)(?:mand|envi|escrib|llam|molest)[ae][ns]?)$/;

/** Cyrillic and Greek letters that look Latin and are used to slip past filters. */
const LOOKALIKES: Record<string, string> = {
  ...{
    а: 'a',
    е: 'e',
    о: 'o',
    р: 'p',
    с: 'c',
    т: 't',
    у: 'y',
    х: 'x',
    ѕ: 's',
    і: 'i',
    ј: 'j',
    к: 'k',
    м: 'm',
    н: 'h',
  },
  ...{ ο: 'o', τ: 't', ρ: 'p', ε: 'e', α: 'a', ν: 'v', ι: 'i', κ: 'k', χ: 'x' },
};

/** The words of one normalised sentence, in the spelling that phrases use. */
export function correctSpelling(sentence: string): string[] {
  const words = joinLetters(splitSigns(sentence).split(' '));
  const folded: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    const pair = next === undefined ? undefined : (FOLD_PAIRS.get(`${word} ${next}`) ?? elide(word, next));
    folded.push(pair ?? meant(word));
    if (pair !== undefined) at += 1;
  }
  return correctInContext(folded);
}

/** Joins "l arret" and "m ecrire", where a space replaces the apostrophe. */
function elide(word: string, next: string): string | undefined {
  if (NOT_ELIDED.test(`${word} ${next}`)) return undefined;
  return /^[ldmnj]$/.test(word) && /^[aeiouh]\p{L}/u.test(next) ? word + next : undefined;
}

/** Spanish "de" and Haitian "m" before another word are not joined: "dejen d enviar", "bouke m ak mesaj". */
const NOT_ELIDED = /^(?:d (?:envia|escrib|est[aeo]|es[aeo]s?$|usted)|m ak$)/;

function meant(word: string): string {
  const listed = FOLDS.get(word);
  if (listed !== undefined) return listed;
  if (RUN_TOGETHER_NO_MORE.test(word)) return 'stop';
  // "stoop" is a word of its own. Phrases cover its use as a misspelt STOP.
  if (word === 'stoop') return word;
  if (STRETCHED.test(word) || RUN_TOGETHER.test(word) || BOTH_KEYWORDS.test(word)) return 'stop';
  if (WISH_TOGETHER.test(word)) return 'unsubscribe';
  const listedWord = correctToListedWord(word);
  if (listedWord !== null && !OTHER_FORMS.has(word)) return listedWord;
  if (/[\u0370-\u04ff]/.test(word)) return unmasked(word);
  if (word.length < 5 || word.length > 16 || OTHER_FORMS.has(word)) return word;
  const near = LONG_WORDS.find(([long, most]) => {
    const slips = word[0] === long[0] ? most : 1;
    const may = Math.abs(word.length - long.length) <= slips && (slips > 1 || mayBe(word, long));
    return may && editDistance(word, long) <= slips;
  });
  return near?.[0] ?? word;
}

/**
 * Replaces a word made only of look-alike letters by its Latin form. A word with other letters is Russian or Greek
 * and stays.
 */
function unmasked(word: string): string {
  const latin = [...word].map((letter) => LOOKALIKES[letter] ?? letter).join('');
  return /[\u0370-\u04ff]/.test(latin) ? word : latin;
}

const SPELLED_OUT = new Set(MISSPELLINGS.spelledOut);

/** "s t o p" → "stop". */
function joinLetters(words: string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; ) {
    let end = at;
    while (end < words.length && /^[a-z]$/.test(words[end] ?? '')) end += 1;
    const word = words.slice(at, end).join('');
    if (SPELLED_OUT.has(word)) joined.push(word);
    else joined.push(...words.slice(at, Math.max(end, at + 1)));
    at = Math.max(end, at + 1);
  }
  return joined;
}
