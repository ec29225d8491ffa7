import { readTarget } from '../links/read-target.ts';
import { type Issued, NOTHING_ISSUED } from './issued.ts';

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
export type SyntaxFault = { at: number; problem: string };

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
export type Values = Readonly<Record<string, string>>;

/**
 * The text of one person: known values, else fallbacks. A value that looks like a field stays as it is. Null where a
 * field is neither known nor has a fallback, or a link or code was not issued: a text with a hole in it is not sent.
 */
export function merge(
  pieces: readonly Piece[],
  values: Values,
  issued: Issued = NOTHING_ISSUED,
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

function shownOf(piece: Piece, values: Values, issued: Issued, links: number): string | null {
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
