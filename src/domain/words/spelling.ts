import { slipsBetween } from './slips-between.ts';
import { besideKeys, mayBe, meantInPlace } from './slips-in-place.ts';
import { listedMeant } from './slips-of-listed.ts';
import { spread } from './unspaced.ts';
import { MISSPELLINGS } from './word-files.ts';

const FOLDS = new Map(
  Object.entries(MISSPELLINGS.slips)
    .flatMap(([word, slips]) => slips.map((slip) => [slip, word] as const))
    .concat(besideKeys('stop').map((slip) => [slip, 'stop'])),
);
const FOLD_PAIRS = new Map(Object.entries(MISSPELLINGS.pairs));
const STRETCHED = /^(?:(?:s+t+o+p+)+|(?:pl[sz]|please)s+t+o+p+|s+t+a+h*p+)$/;
const RUN_TOGETHER =
  /^(?:pl[sz]|please)?stop+(?:te?xt|messag|msg|sms|mms|send|spam|contact|call|bother|harass|it|this|now|pl[sz]|please|all(?:te?xt|messag|msg|sms|this|of|your|these))[a-z]*$/;
/** "Stop2end", "txtstop". */
const BOTH_KEYWORDS =
  /^(?:(?:te?xt|send|reply)2?stop|stop2(?:end|quit|cancel|stop|unsubscribe|optout|out)|stop4(?:ever|good|real))$/;
/** "removemefromyourlist", "donttextme": nothing else can be meant, wherever it stands. */
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

/** Cyrillic and Greek letters that look Latin, as used to slip past filters. */
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

/** The words of one normalised sentence in the spelling that phrases are written in. */
export function spellOut(sentence: string): string[] {
  const words = joinLetters(spread(sentence).split(' '));
  const folded: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    const pair = next === undefined ? undefined : (FOLD_PAIRS.get(`${word} ${next}`) ?? elide(word, next));
    folded.push(pair ?? meant(word));
    if (pair !== undefined) at += 1;
  }
  return meantInPlace(folded);
}

/** "l arret" and "m ecrire", written with a space for the apostrophe. */
function elide(word: string, next: string): string | undefined {
  if (NOT_ELIDED.test(`${word} ${next}`)) return undefined;
  return /^[ldmnj]$/.test(word) && /^[aeiouh]\p{L}/u.test(next) ? word + next : undefined;
}

/** Spanish "de" and Haitian "m" before a word of their own: "dejen d enviar", "bouke m ak mesaj". */
const NOT_ELIDED = /^(?:d (?:envia|escrib|est[aeo]|es[aeo]s?$|usted)|m ak$)/;

function meant(word: string): string {
  const listed = FOLDS.get(word);
  if (listed !== undefined) return listed;
  if (RUN_TOGETHER_NO_MORE.test(word)) return 'stop';
  // What stands before a door; what else may be meant by it, phrases say.
  if (word === 'stoop') return word;
  if (STRETCHED.test(word) || RUN_TOGETHER.test(word) || BOTH_KEYWORDS.test(word)) return 'stop';
  if (WISH_TOGETHER.test(word)) return 'unsubscribe';
  const listedWord = listedMeant(word);
  if (listedWord !== null && !OTHER_FORMS.has(word)) return listedWord;
  if (/[\u0370-\u04ff]/.test(word)) return unmasked(word);
  if (word.length < 5 || word.length > 16 || OTHER_FORMS.has(word)) return word;
  const near = LONG_WORDS.find(([long, most]) => {
    const slips = word[0] === long[0] ? most : 1;
    const may = Math.abs(word.length - long.length) <= slips && (slips > 1 || mayBe(word, long));
    return may && slipsBetween(word, long) <= slips;
  });
  return near?.[0] ?? word;
}

/** A word all of whose letters look Latin is a mask; one with letters of its own is Russian or Greek. */
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
