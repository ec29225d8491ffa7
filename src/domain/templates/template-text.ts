/** A piece of a template: words as they stand, or a field of the person with what stands there when it is unknown. */
export type Piece =
  | { kind: 'words'; text: string }
  | { kind: 'field'; name: string; fallback: string | null; at: number };

/** `at`: which character of the template, counted from 1. */
export type SyntaxFault = { at: number; problem: string };

export const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,40})?$/;

/**
 * Reads `Hi {first_name|there}, {brand} has news`: a field in braces, its fallback behind the bar. `{{` and `}}` stand
 * for a brace itself.
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
  for (const match of text.matchAll(token)) {
    const [all, inside] = match;
    const at = [...text.slice(0, match.index)].length + 1;
    if (inside !== undefined) {
      endWords();
      const piece = fieldIn(inside, at);
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
 * field is neither known nor has a fallback: a text with a hole in it is not sent.
 */
export function merge(pieces: readonly Piece[], values: Values): string | null {
  let text = '';
  for (const [at, piece] of pieces.entries()) {
    const value = piece.kind === 'words' ? piece.text : shownOf(piece, values);
    if (value === null) return null;
    text = value === '' && endsWord(pieces[at + 1]) ? text.replace(/ $/, '') : text + value;
  }
  return text.trim();
}

function shownOf({ name, fallback }: Piece & { kind: 'field' }, values: Values): string | null {
  const known = Object.hasOwn(values, name) ? (values[name] ?? '').trim() : '';
  return known === '' ? fallback : known;
}

/** Where nothing is put before one of these, the space before it goes as well: "Hi {first_name|}, news". */
const endsWord = (next: Piece | undefined): boolean =>
  next === undefined || (next.kind === 'words' && /^[\s,.!?;:]/.test(next.text));
