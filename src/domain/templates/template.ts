import type { FieldValue } from '../contacts/profile.ts';
import type { Language, Program, Purpose } from '../program.ts';
import { namesBrand, namesOptOut } from '../text/mentions.ts';
import { asWritten, fieldMeant } from './foreign-placeholders.ts';
import { withoutLookAlikes } from './plain-characters.ts';
import { readTarget } from './short-links.ts';

/** What a program's rule may add to a text where the author left it out. */
export const ADDED = ['brand', 'opt-out'] as const;
export type Added = (typeof ADDED)[number];

type Completing = {
  program: Program;
  purpose: Purpose;
  language: Language;
  /** The installation's "Reply STOP to end." in this language. */
  optOutLine: string;
};

/** The field values by which a template can name its program. */
export const namesOf = ({
  brand,
  name,
}: Pick<Program, 'brand' | 'name'>): { brand: string; program: string } => ({ brand, program: name });

/**
 * Adds the brand and the opt-out line to a marketing text where the program's rule demands them and the template
 * names neither. Only the template's own words count: a person called Stop, or a town with the brand's name, must
 * not count as naming them.
 * Sources: Twilio Messaging Policy (identify the sender), AT&T Code of Conduct, November 2020 (opt-out wording in
 * each text).
 */
export function completeText(
  text: string,
  pieces: readonly Piece[],
  { program, purpose, language, optOutLine }: Completing,
): { text: string; added: Added[] } {
  const rule = purpose === 'marketing' ? (program.marketingTexts ?? {}) : {};
  const own = ownWords(pieces, program);
  const added: Added[] = [];
  let whole = text;
  if (rule.brand === 'add' && !namesBrand(own, program)) {
    whole = `${program.brand}: ${whole}`;
    added.push('brand');
  }
  if (rule.optOut === 'add' && !namesOptOut(own, language, program)) {
    // On its own line: directly after a link, the sentence might be taken for a part of the URL.
    whole = `${whole}\n${optOutLine}`;
    added.push('opt-out');
  }
  return { text: whole, added };
}

function ownWords(pieces: readonly Piece[], program: Program): string {
  const always: Record<string, string> = namesOf(program);
  return pieces
    .map((piece) => {
      if (piece.kind === 'words') return piece.text;
      return piece.kind === 'field' ? (always[piece.name] ?? ' ') : ' ';
    })
    .join('');
}

/** The short links and coupon codes issued for one delivery. */
export type IssuedValues = {
  /** The short link for the n-th link of the text, from 0, which leads to `target`; null where none was issued. */
  link: (n: number, target: string) => string | null;
  /** Coupon codes by pool. */
  coupons: ReadonlyMap<string, string>;
};

/** For texts without links and coupons. A text with one cannot be merged with this. */
export const NOTHING_ISSUED: IssuedValues = { link: () => null, coupons: new Map() };

/** The first language whose text has no short link; null where every text has one. */
export function languageWithoutLink(texts: Readonly<Record<string, string>>): string | null {
  const [language] =
    Object.entries(texts).find(([, text]) => targetsIn(readTemplate(text).pieces).length === 0) ?? [];
  return language ?? null;
}

/**
 * The language in which a person gets a template: the wanted one, otherwise the program's first language that the
 * template has; null where there is none. A program may add languages that its templates do not have yet.
 */
export function languageOf(
  texts: Partial<Record<Language, string>>,
  writes: readonly Language[],
  wanted: Language,
): Language | null {
  return (
    [wanted, ...writes].find((language) => writes.includes(language) && texts[language] !== undefined) ?? null
  );
}

/**
 * Says why a merged text counts as empty; null where it does not, or where media replace it. Check this before the
 * program's rule adds to the text: brand and opt-out line alone are no message.
 */
export function emptyTextFault(text: string, withMedia: boolean): string | null {
  return withMedia || text.trim() !== '' ? null : 'The text is empty: it has no words of its own.';
}

/**
 * A piece of a template: literal words, a field of the person with its fallback, a link that is shortened for each
 * delivery, or a coupon code from a pool.
 */
export type Piece =
  | { kind: 'words'; text: string }
  | { kind: 'field'; name: string; fallback: string | null; at: number }
  | { kind: 'link'; target: string; at: number }
  | { kind: 'coupon'; pool: string; at: number };

/** `at`: position in the template in characters, from 1. */
type SyntaxFault = { at: number; problem: string };

export const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,40})?$/;

/** The form of coupon pool ids. */
const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/**
 * Parses `Hi {first_name|there}, {brand} has news`: a field in braces, with its fallback after the bar;
 * `{link:https://…}` and `{coupon:pool}`. `{{` and `}}` stand for literal braces.
 */
export function readTemplate(text: string): { pieces: Piece[]; faults: SyntaxFault[] } {
  const pieces: Piece[] = [];
  const faults: SyntaxFault[] = [];
  let words = '';
  const endWords = (): void => {
    if (words !== '') pieces.push({ kind: 'words', text: words });
    words = '';
  };
  const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
  let next = 1;
  // The tokens cover the whole text.
  for (const { 0: all, 1: inside, index } of text.matchAll(token)) {
    const at = next;
    next += [...all].length;
    if (inside !== undefined) {
      endWords();
      const piece = pieceIn(inside, at);
      if ('problem' in piece) faults.push(piece);
      else pieces.push(piece);
    } else if (all === '{{' || all === '}}') words += all[0];
    else if (all === '{' || all === '}') faults.push({ at, problem: strayBrace(all, text, index) });
    else words += all;
  }
  endWords();
  return { pieces, faults };
}

function strayBrace(brace: '{' | '}', text: string, index: number): string {
  const [beside = ''] =
    (brace === '{'
      ? /^\s*[\p{L}_][\p{L}\p{N}_.]*/u.exec(text.slice(index + 1))
      : /[\p{L}_][\p{L}\p{N}_.]*\s*$/u.exec(text.slice(0, index))) ?? [];
  const field = beside === '' ? null : fieldMeant(beside.trim(), new Set());
  const right = field === null ? '{field|fallback}' : asWritten(field);
  return `There is a single "${brace}" here. Write "${brace}${brace}" for a brace, or "${right}" for a field.`;
}

function pieceIn(inside: string, at: number): Piece | SyntaxFault {
  const [, kind, rest = ''] = /^\s*(link|coupon):\s*(.*?)\s*$/s.exec(inside) ?? [];
  if (kind === 'link') {
    const target = readTarget(rest);
    return target.ok ? { kind, target: target.url, at } : { at, problem: target.problem };
  }
  if (kind !== 'coupon') return fieldIn(inside, at);
  return POOL_NAME.test(rest)
    ? { kind, pool: rest, at }
    : { at, problem: 'A coupon pool is named by its id, like {coupon:spring}.' };
}

function fieldIn(inside: string, at: number): Piece | SyntaxFault {
  const bar = inside.indexOf('|');
  const name = (bar < 0 ? inside : inside.slice(0, bar)).trim();
  const fallback = bar < 0 ? null : inside.slice(bar + 1).trim();
  if (!FIELD_NAME.test(name))
    return { at, problem: 'A field is named in small letters, like {first_name|there}.' };
  return { kind: 'field', name, fallback, at };
}

/** Known values by field name. A field without a value is unknown for this person. */
export type TemplateValues = Readonly<Record<string, string>>;

/**
 * Merges the text of one person: known values, otherwise fallbacks. A value that looks like a field is not
 * expanded. Null where a field has neither value nor fallback, or where a link or code was not issued: an
 * incomplete text must not be sent.
 */
export function merge(
  pieces: readonly Piece[],
  values: TemplateValues,
  issued: IssuedValues = NOTHING_ISSUED,
): string | null {
  let text = '';
  let links = 0;
  for (const [at, piece] of pieces.entries()) {
    const value = shownOf(piece, values, issued, links);
    if (value === null) return null;
    if (piece.kind === 'link') links += 1;
    text = value === '' && endsWord(pieces[at + 1]) ? text.replace(/ $/, '') : text + value;
  }
  return text.trim();
}

/** The targets of a text's links, in the order in which `IssuedValues` numbers them. */
export const targetsIn = (pieces: readonly Piece[]): string[] =>
  pieces.flatMap((piece) => (piece.kind === 'link' ? [piece.target] : []));

/** The pools from which each message takes a code, each once. */
export const poolsIn = (pieces: readonly Piece[]): string[] => [
  ...new Set(pieces.flatMap((piece) => (piece.kind === 'coupon' ? [piece.pool] : []))),
];

function shownOf(piece: Piece, values: TemplateValues, issued: IssuedValues, links: number): string | null {
  if (piece.kind === 'words') return piece.text;
  if (piece.kind === 'link') return issued.link(links, piece.target);
  if (piece.kind === 'coupon') return issued.coupons.get(piece.pool) ?? null;
  const { name, fallback } = piece;
  const known = Object.hasOwn(values, name) ? (values[name] ?? '').trim() : '';
  return known === '' ? fallback : known;
}

/** True where an empty value before this piece must also remove the space before it: "Hi {first_name|}, news". */
const endsWord = (next: Piece | undefined): boolean =>
  next === undefined || (next.kind === 'words' && /^[\s,.!?;:]/.test(next.text));

/**
 * Formats the value of a custom field in a language: dates as UTC days, numbers with separators, both in GSM-7.
 * (French groups digits by a narrow space, and writes "août".) Strings stay as they are; "" for values that no text
 * can show.
 */
export function writtenValue(value: FieldValue, language: Language): string {
  if (value instanceof Date) {
    const dateStyle = language === 'fr' ? 'short' : 'medium';
    return plain(new Intl.DateTimeFormat(language, { dateStyle, timeZone: 'UTC' }).format(value));
  }
  if (typeof value === 'number') return plain(new Intl.NumberFormat(language).format(value));
  return typeof value === 'string' ? value : '';
}

const plain = (text: string): string => withoutLookAlikes(text).text;
