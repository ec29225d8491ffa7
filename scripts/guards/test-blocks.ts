import type { Source } from '../../test/honesty/import-rules.ts';
import { type Token, tokensOf } from '../../test/honesty/tokens.ts';

/** A statement of a test file, or of the body of a `describe` or a loop in it. */
export type TestBlock = {
  file: Source;
  tokens: readonly Token[];
  /** What it declares, or `it` or `describe` with its title; the same block has the same name before and after. */
  name: string;
  /** The statements within a `describe` or a loop; null of others. */
  inner: { head: readonly Token[]; blocks: TestBlock[] } | null;
};

/** The statements of a file, without its imports. Layout and comments are not part of them. */
export function blocksOf(file: Source): TestBlock[] {
  return blocksIn(file, withoutLayout(tokensOf(file.text)));
}

function blocksIn(file: Source, tokens: readonly Token[]): TestBlock[] {
  return statementsIn(tokens)
    .filter((statement) => !isImport(statement))
    .map((statement) => {
      const own = statement[0]?.text === 'export' ? statement.slice(1) : statement;
      return { file, tokens: own, name: nameOf(own), inner: innerOf(file, own) };
    });
}

/** Where a title stands: from the string or the template behind `it(` to its end. Null where none stands. */
export function titleAt(
  tokens: readonly Token[],
  at: number,
): { from: number; to: number; title: string } | null {
  const [call, bracket, first] = tokens.slice(at, at + 3);
  if (call?.kind !== 'word' || !/^(it|describe|context)$/.test(call.text) || bracket?.text !== '(')
    return null;
  const from = at + 2;
  if (first?.kind === 'string') return { from, to: from + 1, title: first.text };
  if (first?.kind !== 'template') return null;
  const last = tokens.findIndex(
    ({ kind, text }, place) => place >= from && kind === 'template' && text.endsWith('`'),
  );
  const written = tokens.slice(from, last + 1).map(({ text }) => text);
  return { from, to: last + 1, title: written.join('').slice(1, -1) };
}

/** Commas before a closing bracket, a bar before the first type of a union and quotes of a key come and go with the length of a line. */
function withoutLayout(tokens: readonly Token[]): Token[] {
  return tokens.flatMap((token, at) => {
    const [before, after] = [tokens[at - 1]?.text ?? '', tokens[at + 1]?.text ?? ''];
    if (token.text === ',' && /^[)\]}]$/.test(after)) return [];
    if (token.text === '|' && /^[=(<:,]$/.test(before)) return [];
    const isKey =
      token.kind === 'string' && after === ':' && /^[{,]$/.test(before) && /^[\w$]+$/.test(token.text);
    return [isKey ? { ...token, kind: 'word' as const } : token];
  });
}

const OPENS = /^[([{]$|^`[\s\S]*\$\{$/;
const CLOSES = /^[)\]}]$|^\}[\s\S]*`$/;
const isMark = ({ kind }: Token): boolean => kind === 'sign' || kind === 'template';

/** How deep in brackets the place behind each token is. */
function depthsOf(tokens: readonly Token[]): number[] {
  let depth = 0;
  return tokens.map((token) => {
    if (isMark(token) && OPENS.test(token.text)) depth += 1;
    if (isMark(token) && CLOSES.test(token.text)) depth -= 1;
    return depth;
  });
}

const ENDS_BY_BRACE = /^(?:function|class|interface|enum|for|if|while|try|switch|\{)$/;
const GOES_ON = /^(?:else|catch|finally)$/;

function statementsIn(tokens: readonly Token[]): Token[][] {
  const depths = depthsOf(tokens);
  const statements: Token[][] = [];
  let begun = 0;
  tokens.forEach(({ kind, text }, at) => {
    if (depths[at] !== 0 || kind !== 'sign') return;
    const first = tokens
      .slice(begun, at)
      .find((token) => !/^(?:export|default|async|abstract|declare)$/.test(token.text));
    const isBraced =
      text === '}' && ENDS_BY_BRACE.test(first?.text ?? '') && !GOES_ON.test(tokens[at + 1]?.text ?? '');
    if (text !== ';' && !isBraced) return;
    statements.push(tokens.slice(begun, at + 1));
    begun = at + 1;
  });
  return begun < tokens.length ? [...statements, tokens.slice(begun)] : statements;
}

/** `import … from`, `import '…'`, and what a file passes on: `export … from`. */
function isImport(statement: readonly Token[]): boolean {
  const [first, second] = statement;
  if (first?.text === 'import') return second?.text !== '(' && second?.text !== '.';
  return (
    first?.text === 'export' &&
    statement.some(
      ({ kind, text }, at) => kind === 'word' && text === 'from' && statement[at + 1]?.kind === 'string',
    )
  );
}

function nameOf(tokens: readonly Token[]): string {
  const title = titleAt(tokens, 0);
  if (title) return `${tokens[0]?.text} ${JSON.stringify(title.title)}`;
  const words = tokens.filter(({ kind }) => kind === 'word').map(({ text }) => text);
  const declared = words.findIndex((word) => /^(?:const|let|function|class|type|interface|enum)$/.test(word));
  if (declared >= 0 && declared < 2) return words.slice(declared, declared + 2).join(' ');
  return words.slice(0, 4).join(' ');
}

/** Of a `describe` or a loop what its body holds. */
function innerOf(file: Source, tokens: readonly Token[]): TestBlock['inner'] {
  const isLoop = tokens[0]?.text === 'for';
  if (!isLoop && !/^(?:describe|context)$/.test(tokens[0]?.text ?? '')) return null;
  const depths = depthsOf(tokens);
  const open = tokens.findIndex(
    ({ kind, text }, at) => kind === 'sign' && text === '{' && depths[at] === (isLoop ? 1 : 2),
  );
  const close = tokens.findIndex((_, at) => at > open && (depths[at] ?? 0) < (depths[open] ?? 0));
  if (open < 0 || close < 0) return null;
  return { head: tokens.slice(0, open + 1), blocks: blocksIn(file, tokens.slice(open + 1, close)) };
}
