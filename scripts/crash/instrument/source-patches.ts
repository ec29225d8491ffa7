import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One change of the gateway's sources. It names a declaration, not a file, so that it survives when code moves. Only top-level
 * declarations have names here; `find` reaches the code inside them.
 */
export type SourcePatch =
  /** Replaces a text that stands exactly once in the function, class or constant of this name. */
  | { in: string; find: string; replace: string }
  /** Gives a constant another value. Only one constant of this name may exist. */
  | { constant: string; value: string };

/** The text of each source file by its path from the project's root. */
export type Sources = ReadonlyMap<string, string>;

const FOLDERS = ['src', 'webhooks'];

export async function readSources(root: string): Promise<Sources> {
  const sources = new Map<string, string>();
  for (const folder of FOLDERS) {
    const names = await readdir(join(root, folder), { recursive: true });
    for (const name of names.filter((name) => name.endsWith('.ts')).sort()) {
      const file = join(folder, name);
      sources.set(file, await readFile(join(root, file), 'utf8'));
    }
  }
  return sources;
}

/**
 * Applies all patches in turn. Throws an error with the patch, its declaration and its number of matches unless every patch fits
 * exactly once.
 */
export function patchSources(sources: Sources, patches: readonly SourcePatch[]): Sources {
  const patched = new Map(sources);
  for (const patch of patches) {
    const { file, start, end, text } = 'in' in patch ? replacing(patched, patch) : assigning(patched, patch);
    const whole = patched.get(file) ?? '';
    patched.set(file, whole.slice(0, start) + text + whole.slice(end));
  }
  return patched;
}

/** A declaration, from its first character to its last. */
type Declaration = { file: string; start: number; end: number; text: string };

/** Several declarations may share a name. Only one of them may hold the text. */
function replacing(
  sources: Sources,
  { in: name, find, replace }: Extract<SourcePatch, { in: string }>,
): Declaration {
  const declared = declarationsOf(sources, name);
  const fits = declared.flatMap((declaration) =>
    Array<Declaration>(declaration.text.split(find).length - 1).fill(declaration),
  );
  const [only] = fits;
  if (only === undefined || fits.length > 1) {
    const files = filesOf(only === undefined ? declared : fits);
    throw new Error(`a patch of ${name} fits ${fits.length} times, not once, in ${files}:\n${find}`);
  }
  return { ...only, text: only.text.replace(find, () => replace) };
}

function assigning(
  sources: Sources,
  { constant, value }: Extract<SourcePatch, { constant: string }>,
): Declaration {
  const declared = declarationsOf(sources, constant);
  const [only] = declared;
  if (only === undefined || declared.length > 1) {
    throw new Error(
      `the constant ${constant} is declared ${declared.length} times, in ${filesOf(declared)}: patch the function that uses it`,
    );
  }
  const { 1: head } = /^((?:export )?const [\w$]+(?:: [^=]+)? = )[\s\S]+;$/.exec(only.text) ?? [];
  if (head === undefined) throw new Error(`${constant} in ${only.file} is no constant with a value`);
  return { ...only, text: `${head}${value};` };
}

const filesOf = (declared: readonly Declaration[]): string =>
  [...new Set(declared.map((declaration) => declaration.file))].join(', ');

/** All declarations of a name at the top level of a file. Throws where there is none. */
function declarationsOf(sources: Sources, name: string): Declaration[] {
  const found: Declaration[] = [];
  const declaring = new RegExp(
    `^(?:export )?(?:async )?(?:function\\*?|class|const|let) ${name.replaceAll('$', '\\$')}(?![\\w$])`,
    'gm',
  );
  for (const [file, text] of sources) {
    if (!text.includes(name)) continue;
    for (const { index: start } of text.matchAll(declaring)) {
      const end = endOf(text, start);
      found.push({ file, start, end, text: text.slice(start, end) });
    }
  }
  if (found.length === 0) {
    throw new Error(`no function, class or constant ${name} is declared in ${FOLDERS.join(' or ')}`);
  }
  return found;
}

/** A declaration ends before the next line that is neither indented nor blank, unless that line closes a bracket of it. */
function endOf(text: string, start: number): number {
  const next = /\s*\n(?=[^\s)}\]])/g;
  next.lastIndex = start;
  return next.exec(text)?.index ?? text.trimEnd().length;
}
