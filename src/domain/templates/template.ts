import type { FieldValue } from '../contacts/profile.ts';
import type { Language, Program, Purpose } from '../program.ts';
import { namesBrand, namesOptOut } from '../text/mentions.ts';
import { withoutLookAlikes } from './plain-characters.ts';
import { readTarget } from './short-links.ts';

/** What a program's rule put into a text that its author left out. */
export const ADDED = ['brand', 'opt-out'] as const;
export type Added = (typeof ADDED)[number];

type Completing = {
  program: Program;
  purpose: Purpose;
  language: Language;
  /** How the installation says "Reply STOP to end." in this language. */
  optOutLine: string;
};

/** The names by which a template's text may call its program. */
export const namesOf = ({
  brand,
  name,
}: Pick<Program, 'brand' | 'name'>): { brand: string; program: string } => ({ brand, program: name });

/**
 * A marketing text with what the rule of its program adds where the template names neither. Judged by the template's
 * own words: that somebody is called Stop, or lives in the town the brand is named after, names nothing. Sources:
 * Twilio Messaging Policy (identify the sender), AT&T Code of Conduct, November 2020 (opt-out wording in each text).
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
    // On a line of its own: behind a link a full stop might become part of it.
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

/** What stands in the text of one delivery for what its template only names. */
export type IssuedValues = {
  /** The short link of the n-th link of the text, from 0, which leads to `target`; null where none may stand. */
  link: (n: number, target: string) => string | null;
  /** Coupon codes by pool. */
  coupons: ReadonlyMap<string, string>;
};

/** For texts that name neither: one that does has a hole. */
export const NOTHING_ISSUED: IssuedValues = { link: () => null, coupons: new Map() };

/** The first language whose text of a template has no short link; null where each has one. */
export function languageWithoutLink(texts: Readonly<Record<string, string>>): string | null {
  const [language] =
    Object.entries(texts).find(([, text]) => targetsIn(readTemplate(text).pieces).length === 0) ?? [];
  return language ?? null;
}

/**
 * In which language of its program a person gets a template: the one that is wanted, else the first that the program
 * writes in and the template has; null where it has none. A program may take up languages after its templates.
 */
export function languageOf(
  texts: Partial<Record<Language, string>>,
  writes: readonly Language[],
  wanted: Language,
): Language | null {
  return [wanted, ...writes].find((one) => writes.includes(one) && texts[one] !== undefined) ?? null;
}

/**
 * Why a merged text says nothing; null where it does, or pictures speak for it. To be asked before the rule of its
 * program adds anything: brand and opt-out line alone are no message.
 */
export function emptyTextFault(text: string, withMedia: boolean): string | null {
  return withMedia || text.trim() !== '' ? null : 'It is empty: it says nothing of its own.';
}

/**
 * A piece of a template: words as they stand, a field of the person with what stands there when it is unknown, a link
 * that each delivery shortens for itself, or the pool its coupon code is taken from.
 */
export type Piece =
  | { kind: 'words'; text: string }
  | { kind: 'field'; name: string; fallback: string | null; at: number }
  | { kind: 'link'; target: string; at: number }
  | { kind: 'coupon'; pool: string; at: number };

/** `at`: which character of the template, counted from 1. */
type SyntaxFault = { at: number; problem: string };

export const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,40})?$/;

/** As ids of pools are written. */
const POOL_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/**
 * Reads `Hi {first_name|there}, {brand} has news`: a field in braces, its fallback behind the bar; `{link:https://…}`
 * and `{coupon:pool}`. `{{` and `}}` stand for a brace itself.
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
  // The tokens leave nothing of the text out.
  for (const [all, inside] of text.matchAll(token)) {
    const at = next;
    next += [...all].length;
    if (inside !== undefined) {
      endWords();
      const piece = pieceIn(inside, at);
      if ('problem' in piece) faults.push(piece);
      else pieces.push(piece);
    } else if (all === '{{' || all === '}}') words += all[0];
    else if (all === '{' || all === '}') faults.push({ at, problem: strayBrace(all) });
    else words += all;
  }
  endWords();
  return { pieces, faults };
}

const strayBrace = (brace: string): string =>
  `A single "${brace}" stands here. Write "${brace}${brace}" for a brace, or "{field|fallback}" for a field.`;

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

/** Known values by field name; a field without one is unknown of this person. */
export type TemplateValues = Readonly<Record<string, string>>;

/**
 * The text of one person: known values, else fallbacks. A value that looks like a field stays as it is. Null where a
 * field is neither known nor has a fallback, or a link or code was not issued: a text with a hole in it is not sent.
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

/** Where its links lead, in the order in which `Issued` counts them. */
export const targetsIn = (pieces: readonly Piece[]): string[] =>
  pieces.flatMap((piece) => (piece.kind === 'link' ? [piece.target] : []));

/** Pools of which each text takes a code, each once. */
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

/** Where nothing is put before one of these, the space before it goes as well: "Hi {first_name|}, news". */
const endsWord = (next: Piece | undefined): boolean =>
  next === undefined || (next.kind === 'words' && /^[\s,.!?;:]/.test(next.text));

/**
 * A value of an own field as a text says it in a language: a day by its date in UTC, a number with its marks, both in
 * GSM-7: French groups digits by a narrow space, and has "août". What a person or another system wrote stays to the
 * letter; "" for what no text can say.
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
