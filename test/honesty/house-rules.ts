import { importsOf, type Source } from './import-rules.ts';
import { type Token, tokensOf } from './tokens.ts';

/** What a rule found: how often, by file or by name. */
export type Findings = ReadonlyMap<string, number>;

/** A rule that today's code breaks in places. The list `exceptions/<name>.txt` names these places and may only shrink. */
export type HouseRule = {
  name: string;
  /** One sentence, also the first line of the list. */
  rule: string;
  /** Whether the list holds a number for each entry. */
  counted: boolean;
  find: (sources: readonly Source[]) => Findings;
};

export const MOST_LINES = 500;
export const SMALL_LINES = 60;

export const HOUSE_RULES = {
  fileSize: {
    name: 'file-size',
    rule: `A file has at most ${MOST_LINES} lines. Listed: data tables.`,
    counted: false,
    find: largeFiles,
  },
  smallFiles: {
    name: 'small-files',
    rule: `A file of under ${SMALL_LINES} lines with a single importer lives in its importer. Listed: files that do not.`,
    counted: false,
    find: smallFiles,
  },
  typeCircles: {
    name: 'type-circles',
    rule: 'Files do not import each other in a circle, imports of types included. Listed: files of a circle, with the number of their imports inside that circle.',
    counted: true,
    find: filesInCircles,
  },
  typeNames: {
    name: 'type-names',
    rule: 'An exported type, interface, class or enum has a name of its own. Listed: names that several files export, with the number of files.',
    counted: true,
    find: sharedTypeNames,
  },
  pronounNames: {
    name: 'pronoun-names',
    rule: 'A type is not called Asked, Turn, Put, Going, Of, Told, Left, Look or Place, and no variable or parameter is called "one": a name says what it is. Listed: files with such names, with the number of declarations.',
    counted: true,
    find: pronounNames,
  },
  storeInApi: {
    name: 'store-in-api',
    rule: 'Routes and pages import nothing of src/store, not even types. Listed: files that do, with the number of store files that they import.',
    counted: true,
    find: storeInApi,
  },
  wholeContext: {
    name: 'whole-context',
    rule: 'A function asks for what it uses: Pick<AppContext, …> instead of the whole context. Listed: files with functions that use four fields or more, or hand the context on to such functions, with their number.',
    counted: true,
    find: wholeContext,
  },
  casts: {
    name: 'casts',
    rule: 'Code has no "as never", "as unknown as", "as object" or "as any". Listed: files that do, with the number of casts.',
    counted: true,
    find: casts,
  },
  titles: {
    name: 'fragment-titles',
    rule: 'The title of an `it` or a `describe` begins with no preposition, conjunction, relative pronoun or question word. Listed: files with such titles, with their number.',
    counted: true,
    find: fragmentTitles,
  },
} as const satisfies Record<string, HouseRule>;

const PROGRAM = /^(src|webhooks|scripts)\//;
const isProgram = ({ path }: Source): boolean => PROGRAM.test(path);
const linesOf = ({ text }: Source): number => text.split('\n').length - 1;

function largeFiles(sources: readonly Source[]): Findings {
  return new Map(sources.filter((source) => linesOf(source) > MOST_LINES).map(({ path }) => [path, 1]));
}

function smallFiles(sources: readonly Source[]): Findings {
  const program = sources.filter(isProgram);
  const importers = new Map<string, number>();
  for (const source of program) {
    for (const target of filesImportedBy(source)) importers.set(target, (importers.get(target) ?? 0) + 1);
  }
  const small = program.filter((source) => linesOf(source) < SMALL_LINES && importers.get(source.path) === 1);
  return new Map(small.map(({ path }) => [path, 1]));
}

function filesInCircles(sources: readonly Source[]): Findings {
  const graph = new Map(sources.map((source) => [source.path, filesImportedBy(source)]));
  const found = new Map<string, number>();
  for (const circle of circlesOf(graph)) {
    for (const path of circle) {
      const inside = [...(graph.get(path) ?? [])].filter((target) => circle.has(target));
      found.set(path, inside.length);
    }
  }
  return found;
}

const filesImportedBy = (source: Source): Set<string> =>
  new Set(
    importsOf(source)
      .filter((target) => target.startsWith('./'))
      .map((target) => target.slice(2)),
  );

/** The strongly connected parts of a graph that have more than one node (Tarjan). */
export function circlesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): Set<string>[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const trail: string[] = [];
  const closed = new Set<string>();
  const circles: Set<string>[] = [];
  const visit = (node: string): number => {
    const number = order.size;
    order.set(node, number);
    lowest.set(node, number);
    trail.push(node);
    for (const next of graph.get(node) ?? []) {
      if (closed.has(next) || !graph.has(next)) continue;
      const reached = order.has(next) ? (order.get(next) ?? 0) : visit(next);
      lowest.set(node, Math.min(lowest.get(node) ?? 0, reached));
    }
    const low = lowest.get(node) ?? 0;
    if (low === number) {
      const circle = trail.splice(trail.indexOf(node));
      for (const file of circle) closed.add(file);
      if (circle.length > 1) circles.push(new Set(circle));
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

const EXPORTED_TYPE =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:type|interface|class|enum) ([\w$]+)/gm;

function sharedTypeNames(sources: readonly Source[]): Findings {
  const files = new Map<string, number>();
  for (const { text } of sources) {
    const names = new Set([...text.matchAll(EXPORTED_TYPE)].map(([, name = '']) => name));
    for (const name of names) files.set(name, (files.get(name) ?? 0) + 1);
  }
  return new Map([...files].filter(([, count]) => count > 1));
}

const PRONOUN_TYPES = /^(Asked|Turn|Put|Going|Of|Told|Left|Look|Place)$/;

function pronounNames(sources: readonly Source[]): Findings {
  return counting(sources, ({ path, text }) => (/\.ts$/.test(path) ? pronounsIn(tokensOf(text)) : 0));
}

/** Types with a name of the list, and variables and parameters called "one", where they are declared. */
function pronounsIn(tokens: readonly Token[]): number {
  const types = tokens.filter(
    ({ kind, text }, at) =>
      kind === 'word' &&
      PRONOUN_TYPES.test(text) &&
      /^(type|interface|class|enum)$/.test(tokens[at - 1]?.text ?? '') &&
      // Not "import { type Turn }".
      !/^[,{]$/.test(tokens[at - 2]?.text ?? ''),
  );
  const items = tokens.filter(
    ({ kind, text }, at) =>
      kind === 'word' &&
      text === 'one' &&
      (/^(const|let)$/.test(tokens[at - 1]?.text ?? '') || isParameter(tokens, at)),
  );
  return types.length + items.length;
}

/** Whether a name stands in the brackets of a function's parameters, and is none of an object's there. */
function isParameter(tokens: readonly Token[], at: number): boolean {
  if (!/^[(,]$/.test(tokens[at - 1]?.text ?? '')) return false;
  const open = bracketOf(tokens, at - 1, -1);
  const close = bracketOf(tokens, at + 1, 1);
  if (tokens[open]?.text !== '(' || tokens[close]?.text !== ')') return false;
  const [before, after] = [tokens[open - 1], tokens[close + 1]];
  if (after?.text === '=' && tokens[close + 2]?.text === '>') return true;
  if (before?.text === 'function' || tokens[open - 2]?.text === 'function') return true;
  // The type of what is returned, or the body. Behind a word it is "a ? b(one) : c", or "if (one) {".
  return /^[:{]$/.test(after?.text ?? '') && (before?.kind === 'sign' || before?.text === 'async');
}

/** The bracket that is open at a token, looked for in one direction. */
function bracketOf(tokens: readonly Token[], from: number, step: 1 | -1): number {
  let depth = 0;
  for (let at = from; at >= 0 && at < tokens.length; at += step) {
    const { kind, text } = tokens[at] as Token;
    if (kind !== 'sign') continue;
    const [opens, closes] = step > 0 ? [/[([{]/, /[)\]}]/] : [/[)\]}]/, /[([{]/];
    if (closes.test(text) && depth === 0) return at;
    if (opens.test(text)) depth += 1;
    if (closes.test(text)) depth -= 1;
  }
  return -1;
}

/** Folders that translate between the outside and a use case. */
const TRANSLATES = /^src\/(api|console|consumer|public)\//;

function storeInApi(sources: readonly Source[]): Findings {
  return counting(sources, (source) =>
    TRANSLATES.test(source.path)
      ? [...filesImportedBy(source)].filter((target) => target.startsWith('src/store/')).length
      : 0,
  );
}

/** Parameters and fields of the type `AppContext`. */
function wholeContext(sources: readonly Source[]): Findings {
  return counting(sources, ({ path, text }) =>
    /^(src|webhooks)\//.test(path) && text.includes('AppContext')
      ? tokensOf(text).filter(
          ({ kind, text: word }, at, tokens) =>
            kind === 'word' && word === 'AppContext' && tokens[at - 1]?.text === ':',
        ).length
      : 0,
  );
}

function casts(sources: readonly Source[]): Findings {
  return counting(sources, ({ path, text }) =>
    /\.ts$/.test(path) && /\bas\s+(never|unknown|object|any)\b/.test(text) ? castsIn(tokensOf(text)) : 0,
  );
}

function castsIn(tokens: readonly Token[]): number {
  const isWord = (token: Token | undefined, words: RegExp): boolean =>
    token?.kind === 'word' && words.test(token.text);
  return tokens.filter((token, at) => {
    if (!isWord(token, /^as$/)) return false;
    const [before, type, after] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
    // "import * as object from" gives a name; so does "{ one as any }" of an import, which nobody writes.
    if (before?.text === '*') return false;
    return isWord(type, /^(never|object|any)$/) || (isWord(type, /^unknown$/) && isWord(after, /^as$/));
  }).length;
}

/** No sentence about the product begins with one of these, nor does the name of a unit or a route. */
const FRAGMENT =
  /^(about|above|across|after|against|although|among|and|around|as|at|because|before|behind|below|beside|besides|between|beyond|but|by|despite|down|during|even|except|for|from|how|if|in|inside|into|lest|like|near|nor|of|off|on|once|only|onto|or|out|outside|over|past|per|since|so|than|that|though|through|till|to|toward|towards|under|unless|until|unto|up|upon|what|whatever|when|whenever|where|whereas|wherever|whether|which|whichever|while|who|whoever|whom|whose|why|with|within|without|yet)$/i;

function fragmentTitles(sources: readonly Source[]): Findings {
  return counting(sources, ({ path, text }) =>
    /^test\/.*\.ts$/.test(path)
      ? titlesIn(tokensOf(text)).filter(({ title }) => FRAGMENT.test(/^[\p{L}]+/u.exec(title)?.[0] ?? ''))
          .length
      : 0,
  );
}

/** The titles of a test file's `it` and `describe`, as far as they are written where they are given. */
export function titlesIn(tokens: readonly Token[]): { of: 'it' | 'describe'; title: string; line: number }[] {
  return tokens.flatMap(({ kind, text, line }, at) => {
    if (kind !== 'word' || !/^(it|describe|context)$/.test(text) || tokens[at - 1]?.text === '.') return [];
    const [bracket, title] = [tokens[at + 1], tokens[at + 2]];
    if (bracket?.text !== '(' || (title?.kind !== 'string' && title?.kind !== 'template')) return [];
    const words = title.kind === 'string' ? title.text : title.text.replace(/^`|(`|\$\{)$/g, '');
    return [{ of: text === 'it' ? 'it' : 'describe', title: words, line }];
  });
}

function counting(sources: readonly Source[], count: (source: Source) => number): Findings {
  return new Map(
    sources.map((source) => [source.path, count(source)] as const).filter(([, found]) => found > 0),
  );
}
