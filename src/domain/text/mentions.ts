import type { Language, Program } from '../program.ts';
import { LANGUAGE_FILES } from '../words/word-files.ts';

type Named = Pick<Program, 'brand' | 'name'>;
type Span = readonly [from: number, to: number];

/** Whether a text names its sender outside addresses, where nobody would read the name. */
export function namesBrand(text: string, { brand, name }: Named): boolean {
  const lower = composed(text).toLowerCase();
  return [brand, name].some((mention) => spansOf(lower, mention).some((span) => !isInAddress(lower, span)));
}

/**
 * Composes letters into one character each, as in stored templates and program names. A text from the API may be
 * decomposed.
 */
const composed = (text: string): string => text.normalize('NFC');

/** The places where a name occurs as whole words. */
function spansOf(lower: string, name: string): Span[] {
  const sought = name.toLowerCase();
  const spans: Span[] = [];
  if (sought === '') return spans;
  for (let from = lower.indexOf(sought); from >= 0; from = lower.indexOf(sought, from + 1)) {
    const to = from + sought.length;
    const [before, behind] = [lower.slice(Math.max(0, from - 2), from), lower.slice(to, to + 2)];
    if (!/[\p{L}\p{N}\p{M}_]$/u.test(before) && !/^[\p{L}\p{N}\p{M}_]/u.test(behind)) spans.push([from, to]);
  }
  return spans;
}

/**
 * Whether the characters around a name make it part of an address. A brand that is itself an address stands alone and
 * is none.
 */
function isInAddress(lower: string, [from, to]: Span): boolean {
  const [before = ''] = /\S*$/.exec(lower.slice(Math.max(0, from - LONGEST_ADDRESS), from)) ?? [];
  const [behind = ''] = /^\S*/.exec(lower.slice(to, to + LONGEST_ADDRESS)) ?? [];
  return (
    /:\/\/|@|[\p{L}\p{N}]\.(?:.*\/.*)?$/u.test(before) ||
    /^(?:[\p{L}\p{N}_-]*(?:\.\p{L}{2}|@)|\/\S)/u.test(behind)
  );
}

/** Number of characters on either side of a name that are searched for an address. */
const LONGEST_ADDRESS = 200;

/** The keyword, in capitals so that it is seen. "NON-STOP" does not contain it. */
const OPT_OUT_WORD: Record<Language, RegExp> = {
  en: /(?<![\p{L}\p{N}_-])STOP(?![\p{L}_-])/gu,
  es: /(?<![\p{L}\p{N}_-])STOP(?![\p{L}_-])/gu,
  fr: /(?<![\p{L}\p{N}_-])(?:ARRET|STOP)(?![\p{L}_-])/gu,
};

/**
 * Opt-out words that businesses also use for their own affairs. "Reply CANCEL to cancel your appointment" tells nobody
 * how to end the texts.
 */
const AMBIGUOUS_WORDS = new Set([
  ...['cancel', 'end', 'remove', 'quit'],
  ...['cancelar', 'cancele', 'cancelen', 'anular', 'salir'],
  ...['annuler', 'annulez', 'quitter', 'terminer'],
]);

/**
 * The other words that opt out in a language when they are texted alone, such as ALTO, also in capitals. Only single
 * words that always count: a date in the file may lie ahead.
 */
function otherOptOutWords(language: Language): RegExp {
  const lists = LANGUAGE_FILES.find((file) => file.language === language)?.optOut ?? [];
  const always = lists.filter((list) => list.effectiveFrom === undefined && list.effectiveTo === undefined);
  const words = always
    .flatMap((list) => list.words)
    .filter((word) => /^[a-z]+$/.test(word) && !AMBIGUOUS_WORDS.has(word));
  const capitals = [...new Set(words)].map((word) => word.toUpperCase());
  return new RegExp(String.raw`(?<![\p{L}\p{N}_-])(?:${capitals.join('|')})(?![\p{L}_-])`, 'gu');
}

const OTHER_OPT_OUT_WORDS: Record<Language, RegExp> = {
  en: otherOptOutWords('en'),
  es: otherOptOutWords('es'),
  fr: otherOptOutWords('fr'),
};

/** Each letter without its accent: ARRÊT is read as ARRET. Every place in the text stays the same. */
const withoutAccents = (text: string): string =>
  text.replace(/\p{L}/gu, (letter) => (letter.length === 1 ? letter.normalize('NFD').charAt(0) : letter));

/**
 * Verbs that begin a request to text, in all languages: "Reply STOP", "Reply HELP for help or STOP", "répondez par
 * STOP".
 */
const ASKS = [
  '(?:reply|rply|respond|text|txt|send|answer|type)(?:ing)?(?: back)?',
  'respond(?:[ae]|er)|contest(?:[ae]|ar)|env(?:[ií][ae]|iar)|mand(?:[ae]|ar)|escrib(?:[ae]|ir)',
  'r[ée]pond(?:e[zs]|s|re)|envo(?:ye[zs]|ie|yer)|texte[zsr]?|[ée]cri(?:ve[zs]|re)|tape[zsr]',
].join('|');
const WITH_WORD = '(?: (?:with|con|par|avec))?(?: (?:the word|la palabra|le mot))?';
const HELP_TOO = String.raw`[\s"'(]+(?:help|ayuda|aide)\b[^.!?\n]{0,25}?`;
const ASKED = new RegExp(
  String.raw`(?<!\p{L})(?:${ASKS})${WITH_WORD}(?:(?:${HELP_TOO})?[\s"'(*:]+|${HELP_TOO}\s?/\s?)$`,
  'u',
);

/**
 * Words before the keyword: "Salir: STOP", "Para salir STOP". "End" alone does not count, as in the offer "YEAR END:
 * STOP BY".
 */
const HEADS = [
  'opt[ -]?out|unsub(?:scribe)?|cancel|quit',
  'salir|cancelar|baja|terminar',
  'fin|finir|annuler|d[ée]sabonner|d[ée]sabonnement',
].join('|');
const HEADED = new RegExp(
  String.raw`(?<!\p{L})(?:(?:${HEADS}|to end)\s?[:?,=]\s?|(?:to|para|pour) (?:${HEADS}|end) )["'(*]?$`,
  'u',
);

/**
 * Words after the keyword that say what happens: "STOP to end", "STOP para no recibir más". The end of an offer does
 * not count.
 */
const ENDS = [
  String.raw`(?:end(?! of)|stop|cancel|quit|opt(?:[ -]?out)?|unsub(?:scribe)?|leave|exit|be removed)(?!\p{L})`,
  'terminar|cancelar|salir|parar|dejar de|dar(?:[mst]e)? de baja|anular|finalizar|no recibir|no m[aá]s',
  String.raw`(?:baja|fin)(?!\p{L}| de| d')|finir|terminer|annuler|arr[êe]t|d[ée]sabonn|d[ée]sinscri`,
  "cesser|quitter|mettre fin|ne plus|n'en plus",
].join('|');
const LINKS_IN_WORDS = String.raw`\s+(?:to|2|for|para|pour)\s+`;
const LINKS = String.raw`\s*[=:24-]\s*|${LINKS_IN_WORDS}`;
const FILLERS = String.raw`(?:(?:all|tout|todo|vous|te|se|me|y)\s+)*`;
const ENDS_ALL = String.raw`(?:\s(?:alone|solo|seul))?\s(?:ends all|termina todo|met fin à tout)(?!\p{L})`;
const ENDING = new RegExp(`^["')*]?(?:(?:${LINKS})${FILLERS}(?:${ENDS})|${ENDS_ALL})`, 'u');
/** The same without signs: "END: STOP BY" is an offer, "ALTO para terminar" is not. */
const ENDING_IN_WORDS = new RegExp(`^["')*]?(?:${LINKS_IN_WORDS})${FILLERS}(?:${ENDS})`, 'u');

/** A number to send the keyword to: "STOP SMS au 36111". */
const ADDRESSED = /^["')*]?(?:\s+sms)?\s+(?:to|at|al?|au|à)\s+\d{4,}/u;

/** A negation, as in "DON'T STOP to end the year well". */
const DENIED = /(?:\bdon'?t|\bdo not|\bnever|\bno|\bne)\s+$/u;

/**
 * Whether a text says how to stop: it contains the language's keyword, or another opt-out word of the language,
 * outside the program's own names, with a verb or an end next to it in any language. False in doubt: the program's
 * rule then adds the opt-out line.
 */
export function namesOptOut(text: string, language: Language, { brand, name }: Named): boolean {
  const plain = composed(text);
  const lower = plain.toLowerCase();
  const own = [brand, name].filter((ownName) => ownName.length > 'ARRET'.length);
  const names = own.flatMap((ownName) => spansOf(lower, ownName));
  const isSaid = (words: RegExp, ending: RegExp): boolean =>
    Array.from(withoutAccents(plain).matchAll(words)).some(({ index: from, 0: word }) => {
      const to = from + word.length;
      if (names.some(([begin, end]) => begin <= from && to <= end)) return false;
      return isWayOut(lower.slice(Math.max(0, from - BESIDE), from), lower.slice(to, to + BESIDE), ending);
    });
  return isSaid(OPT_OUT_WORD[language], ENDING) || isSaid(OTHER_OPT_OUT_WORDS[language], ENDING_IN_WORDS);
}

/** Number of characters around the keyword that are searched for a phrase about it. */
const BESIDE = 80;

const isWayOut = (before: string, behind: string, ending: RegExp): boolean =>
  !DENIED.test(before) &&
  (ASKED.test(before) || HEADED.test(before) || ending.test(behind) || ADDRESSED.test(behind));
