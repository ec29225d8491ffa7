/** A piece of TypeScript. A template literal gives one `template` token for each part of its text; the code between them gives its own. */
export type Token = {
  kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'sign';
  /** As written; of a string what stands between its quotes. */
  text: string;
  line: number;
};

/** Blanks and comments, a word, a number, a string. */
const PLAIN =
  /(\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(#?[\p{L}_$][\p{L}\p{N}_$]*)|(\d[\w.]*)|('(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/uy;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_PART = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

/** Words after which a slash begins a regular expression, as it does after most signs. */
const BEFORE_REGEX =
  /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof|default)$/;

/** The tokens of a TypeScript file, without comments. Throws where a template literal does not end, and names its line. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template literal that is open here: how many braces are open in its code. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const begun = line;
    const piece = pieceAt(source, at, tokens.at(-1), templates);
    if (piece === null) throw new Error(`the template literal of line ${line} does not end`);
    at += piece.length;
    if (piece.kind === 'blank' || piece.kind === 'template') line += piece.text.split('\n').length - 1;
    if (piece.kind !== 'blank') tokens.push({ kind: piece.kind, text: piece.text, line: begun });
  }
  return tokens;
}

type Piece = { kind: Token['kind'] | 'blank'; text: string; length: number };

function pieceAt(source: string, at: number, before: Token | undefined, templates: number[]): Piece | null {
  const match = matchAt(PLAIN, source, at);
  const length = match?.[0].length ?? 0;
  if (match?.[1] !== undefined) return { kind: 'blank', text: match[1], length };
  if (match?.[2] !== undefined) return { kind: 'word', text: match[2], length };
  if (match?.[3] !== undefined) return { kind: 'number', text: match[3], length };
  if (match?.[4] !== undefined) {
    return { kind: 'string', text: match[4].slice(1, -1).replace(/\\(['"])/g, '$1'), length };
  }
  const first = source[at] ?? '';
  if (first === '`' || (first === '}' && templates.at(-1) === 0)) return templateAt(source, at, templates);
  const regex = first === '/' && beginsRegex(before) ? matchAt(REGEX, source, at)?.[0] : undefined;
  if (regex !== undefined) return { kind: 'regex', text: regex, length: regex.length };
  const open = templates.length - 1;
  if (open >= 0 && /[{}]/.test(first)) templates[open] = (templates[open] ?? 0) + (first === '{' ? 1 : -1);
  return { kind: 'sign', text: first, length: 1 };
}

function templateAt(source: string, at: number, templates: number[]): Piece | null {
  const text = matchAt(TEMPLATE_PART, source, at)?.[0];
  if (text === undefined) return null;
  if (text.startsWith('}')) templates.pop();
  if (text.endsWith('${')) templates.push(0);
  return { kind: 'template', text, length: text.length };
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function beginsRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === 'word') return BEFORE_REGEX.test(before.text);
  if (before.kind === 'sign') return !/[)\]}]/.test(before.text);
  return before.kind === 'template' && before.text.endsWith('${');
}
