import type { Source } from './import-rules.ts';

export type Long = { path: string; name: string; lines: number };

/**
 * Every function of a file, from the line on which it begins to the one on which it ends. Read by indentation, which
 * the formatter keeps: a function ends where its own indentation closes.
 */
export function functionsOf({ path, text }: Source): Long[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const start = startOf(lines, at);
    if (start === null) return [];
    const end = lines.findIndex(
      (other, below) => below > at && indentOf(other) === indentOf(line) && other !== '',
    );
    return [{ path, name: nameOf(lines, start), lines: end - start + 1 }];
  });
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Where the function begins whose body opens at the end of this line; null where none does. */
function startOf(lines: readonly string[], at: number): number | null {
  const line = (lines[at] ?? '').trim();
  if (!/=> [({[]+$/.test(line) && !/\)(: .+)? \{$/.test(line)) return null;
  const start = signatureOf(lines, at);
  return opensFunction((lines[start] ?? '').trim(), line) ? start : null;
}

/** A signature of several lines begins on the last line above of the same indentation that closes nothing. */
function signatureOf(lines: readonly string[], at: number): number {
  const own = lines[at] ?? '';
  if (!/^\s*[)}]/.test(own)) return at;
  for (let above = at - 1; above >= 0; above -= 1) {
    const line = lines[above] ?? '';
    if (line !== '' && indentOf(line) === indentOf(own) && !/^\s*[)}]/.test(line)) return above;
  }
  return at;
}

const opensFunction = (first: string, last: string): boolean =>
  /=> [({[]+$/.test(last) ||
  /\bfunction\b/.test(first) ||
  /^(?!(?:if|for|while|switch|catch|else|do|return|await)\b)(?:(?:async|static|get|set|override) )*\*?#?[\w$]+\(/.test(
    first,
  );

/** What it is called, or the place of what it is given to. */
function nameOf(lines: readonly string[], start: number): string {
  const first = (lines[start] ?? '').trim();
  const named =
    /\bfunction\*? ([\w$]+)/.exec(first) ??
    /^(?:export )?(?:const|let) ([\w$]+)/.exec(first) ??
    /^([\w$]+):/.exec(first) ??
    /^(?:(?:async|static|get|set|override) )*(#?[\w$]+)\(/.exec(first);
  return named?.[1] ?? first;
}
