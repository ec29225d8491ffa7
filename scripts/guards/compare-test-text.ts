import { posix } from 'node:path';
import type { Source } from '../../test/honesty/import-rules.ts';
import { type Token, tokensOf } from '../../test/honesty/tokens.ts';
import { blocksOf, type TestBlock, titleAt } from './test-blocks.ts';

/** What may differ: names and paths by a table, and titles by a list. */
export type Allowed = { renames: string; titles: string };

type Comparison = { changes: string[]; files: number; blocks: number; moved: number };

type Rename = { from: readonly Token[]; to: readonly Token[] };
type Rules = {
  /** By the text of the first token, the longest first. */
  renames: Map<string, Rename[]>;
  paths: Map<string, string>;
  titles: Map<string, string>;
  titlesMet: Set<string>;
};

const CODE = /\.(ts|mjs|cjs|js)$/;

/** Every difference between two trees of tests that tables and lists do not explain. Imports and layout do not count. */
export function compareTestText(
  before: readonly Source[],
  after: readonly Source[],
  allowed: Allowed,
): Comparison {
  const rules = rulesOf(allowed);
  const [old, now] = [before, after].map((files) =>
    files.filter(({ path }) => CODE.test(path)).map((file) => ({ file, blocks: blocksOf(file) })),
  ) as [Parsed[], Parsed[]];
  const pairs = pairFiles(old, now, rules);
  for (const [from, to] of pairs) if (to) rules.paths.set(from.file.path, to.file.path);
  const changes: string[] = [];
  const left = { old: [] as TestBlock[], now: [] as TestBlock[] };
  for (const [from, to] of pairs) {
    const matched = matchBlocks(from.blocks, to?.blocks ?? [], rules);
    changes.push(...matched.changes);
    left.old.push(...matched.gone);
    left.now.push(...matched.added);
  }
  const paired = new Set(pairs.map(([, to]) => to));
  left.now.push(...now.filter((file) => !paired.has(file)).flatMap(({ blocks }) => blocks));
  const moved = matchBlocks(left.old, left.now, rules);
  changes.push(...moved.changes, ...moved.gone.map(saidGone), ...moved.added.map(saidAdded));
  const unmet = [...rules.titles.keys()].filter((title) => !rules.titlesMet.has(title));
  changes.push(...unmet.map((title) => `listed title that did not change so: ${JSON.stringify(title)}`));
  return {
    changes: [...changes, ...compareData(before, after, rules)],
    files: old.length,
    blocks: old.reduce((sum, { blocks }) => sum + blocks.length, 0),
    moved: left.old.length - moved.gone.length,
  };
}

type Parsed = { file: Source; blocks: TestBlock[] };

/** Lines `old => new` of a table, without comments. Throws at any other line. */
const linesOf = (text: string): [from: string, to: string][] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [from, to, ...more] = line.split(' => ').map((side) => side.trim());
      if (!from || !to || more.length > 0) throw new Error(`This line is not "old => new": ${line}`);
      return [from, to];
    });

const PATH = /^[\w.-]+(\/[\w.-]*)+$/;

function rulesOf({ renames, titles }: Allowed): Rules {
  const lines = linesOf(renames);
  const rules: Rules = {
    renames: new Map(),
    paths: new Map(lines.filter(([from]) => PATH.test(from))),
    titles: new Map(linesOf(titles)),
    titlesMet: new Set(),
  };
  for (const [from, to] of lines.filter(([side]) => !PATH.test(side))) {
    const rename = { from: tokensOf(from), to: tokensOf(to) };
    const first = rename.from[0]?.text ?? '';
    const all = [...(rules.renames.get(first) ?? []), rename];
    rules.renames.set(
      first,
      all.sort((a, b) => b.from.length - a.from.length),
    );
  }
  return rules;
}

/** Each old file with the new one that it became: by the table, by its path, or by the blocks that both have; null where there is none. */
function pairFiles(old: readonly Parsed[], now: readonly Parsed[], rules: Rules): [Parsed, Parsed | null][] {
  const byPath = new Map(now.map((parsed) => [parsed.file.path, parsed]));
  const known = new Map(
    old.map((parsed) => [
      parsed,
      byPath.get(renamePaths(parsed.file.path, rules)) ?? byPath.get(parsed.file.path),
    ]),
  );
  const taken = new Set([...known.values()].filter((parsed) => parsed !== undefined));
  const lost = old.filter((parsed) => known.get(parsed) === undefined);
  const fresh = now.filter((parsed) => !taken.has(parsed));
  const likely = lost
    .flatMap((from) => fresh.map((to) => ({ from, to, score: likeness(from, to, rules) })))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  for (const { from, to } of likely) {
    if (known.get(from) !== undefined || taken.has(to)) continue;
    known.set(from, to);
    taken.add(to);
  }
  return old.map((parsed) => [parsed, known.get(parsed) ?? null]);
}

function likeness(from: Parsed, to: Parsed, rules: Rules): number {
  const names = new Set(to.blocks.map(({ name }) => name));
  const common = from.blocks.filter((block) => namesAfter(block, rules).some((name) => names.has(name)));
  const weights: number[] = common.map(({ name }) => (name.startsWith('describe') ? 10 : 1));
  const isNamesake = posix.basename(from.file.path) === posix.basename(to.file.path);
  return weights.reduce((sum, weight) => sum + weight, isNamesake ? 1 : 0);
}

/** What a block may be called now. */
function namesAfter({ name, tokens }: TestBlock, rules: Rules): string[] {
  const title = titleAt(tokens, 0);
  const listed = title && rules.titles.get(title.title);
  if (title) return listed ? [`${tokens[0]?.text} ${JSON.stringify(listed)}`, name] : [name];
  const [kind = '', declared = ''] = name.split(' ');
  const renamed = (rules.renames.get(declared) ?? []).map(({ to }) => `${kind} ${to[0]?.text}`);
  return [...renamed, name];
}

type Matched = { changes: string[]; gone: TestBlock[]; added: TestBlock[] };

/** Pairs equal blocks, then those of one name, whose differences it tells. */
function matchBlocks(old: readonly TestBlock[], now: readonly TestBlock[], rules: Rules): Matched {
  const free = new Set(now);
  const takeFirst = (fits: (to: TestBlock) => boolean): TestBlock | null => {
    for (const to of free) if (fits(to)) return free.delete(to) ? to : null;
    return null;
  };
  const changed = old.filter((from) => takeFirst((to) => differenceOf(from, to, rules) === null) === null);
  const changes: string[] = [];
  const gone = changed.filter((from) => {
    const to = takeFirst(({ name }) => namesAfter(from, rules).includes(name));
    if (to) changes.push(...changesIn(from, to, rules));
    return to === null;
  });
  const lost = gone.filter((from) => {
    const to = takeFirst(
      (testBlock) =>
        titleAt(testBlock.tokens, 0) !== null && differenceOf(from, testBlock, rules, true) === null,
    );
    if (to)
      changes.push(
        `${placeOf(to)}: the title changed and is not listed\n    was: ${from.name}\n    is:  ${to.name}`,
      );
    return to === null;
  });
  return { changes, gone: lost, added: [...free] };
}

/** The differences of two blocks of one name, as near as they can be told. */
function changesIn(from: TestBlock, to: TestBlock, rules: Rules): string[] {
  const difference = differenceOf(from, to, rules);
  if (difference === null) return [];
  const isSameHead =
    from.inner &&
    to.inner &&
    firstDifference({ ...from, tokens: from.inner.head }, { ...to, tokens: to.inner.head }, rules, false) ===
      null;
  if (!from.inner || !to.inner || !isSameHead) return [saidChanged(from, to, difference)];
  const { changes, gone, added } = matchBlocks(from.inner.blocks, to.inner.blocks, rules);
  const told = [...changes, ...gone.map(saidGone), ...added.map(saidAdded)];
  return told.length > 0 ? told : [`${placeOf(to)}: the order of what stands in it changed: ${to.name}`];
}

const placeOf = (block: TestBlock, at = 0): string =>
  `${block.file.path}:${(block.tokens[at] ?? block.tokens.at(-1))?.line ?? 1}`;
const lineOf = (block: TestBlock, at: number): string =>
  block.file.text.split('\n')[((block.tokens[at] ?? block.tokens.at(-1))?.line ?? 1) - 1]?.trim() ?? '';

const saidGone = (block: TestBlock): string => `${placeOf(block)} before: gone: ${block.name}`;
const saidAdded = (block: TestBlock): string => `${placeOf(block)}: new: ${block.name}`;
const saidChanged = (from: TestBlock, to: TestBlock, { old, now }: Difference): string =>
  `${placeOf(to, now)}: changed, it stood at ${placeOf(from, old)}\n    was: ${lineOf(from, old)}\n    is:  ${lineOf(to, now)}`;

/** The tokens at which two blocks first differ. */
type Difference = { old: number; now: number };

function differenceOf(from: TestBlock, to: TestBlock, rules: Rules, anyTitle = false): Difference | null {
  const met: string[] = [];
  const difference = firstDifference(from, to, rules, anyTitle, met);
  if (difference === null) for (const title of met) rules.titlesMet.add(title);
  return difference;
}

function firstDifference(
  from: TestBlock,
  to: TestBlock,
  rules: Rules,
  anyTitle: boolean,
  met: string[] = [],
): Difference | null {
  let [old, now] = [0, 0];
  while (old < from.tokens.length || now < to.tokens.length) {
    const step =
      titleStep(from, to, { old, now }, rules, anyTitle, met) ??
      renameStep(from, to, { old, now }, rules) ??
      (isSameToken(from, to, { old, now }, rules) ? { old: 1, now: 1 } : null);
    if (step === null) return { old, now };
    old += step.old;
    now += step.now;
  }
  return null;
}

/** Over a whole title that changed as the list says. */
function titleStep(
  from: TestBlock,
  to: TestBlock,
  at: Difference,
  rules: Rules,
  anyTitle: boolean,
  met: string[],
): Difference | null {
  const [was, is] = [titleAt(from.tokens, at.old), titleAt(to.tokens, at.now)];
  if (!was || !is || from.tokens[at.old]?.text !== to.tokens[at.now]?.text || was.title === is.title)
    return null;
  const isListed = rules.titles.get(was.title) === is.title;
  if (isListed) met.push(was.title);
  const isOfBlock = anyTitle && at.old === 0;
  return isListed || isOfBlock ? { old: was.to - at.old, now: is.to - at.now } : null;
}

/** Over a name of the table that became its new one, also where `{ name }` became `{ name: renamed }`. */
function renameStep(from: TestBlock, to: TestBlock, at: Difference, rules: Rules): Difference | null {
  const [was, is] = [from.tokens[at.old], to.tokens[at.now]];
  for (const rename of (was && rules.renames.get(was.text)) ?? []) {
    if (!standsAt(rename.from, from.tokens, at.old)) continue;
    if (standsAt(rename.to, to.tokens, at.now)) return { old: rename.from.length, now: rename.to.length };
    const isShort = was?.text === is?.text && /^[,}]$/.test(from.tokens[at.old + 1]?.text ?? '');
    if (isShort && to.tokens[at.now + 1]?.text === ':' && standsAt(rename.to, to.tokens, at.now + 2)) {
      return { old: rename.from.length, now: 2 + rename.to.length };
    }
  }
  return null;
}

const standsAt = (some: readonly Token[], tokens: readonly Token[], at: number): boolean =>
  some.every(
    ({ kind, text }, place) => tokens[at + place]?.kind === kind && tokens[at + place]?.text === text,
  );

function isSameToken(from: TestBlock, to: TestBlock, at: Difference, rules: Rules): boolean {
  const [was, is] = [from.tokens[at.old], to.tokens[at.now]];
  if (!was || !is || was.kind !== is.kind) return false;
  if (was.text === is.text) return true;
  if (was.kind !== 'string' && was.kind !== 'template') return false;
  if (/^\.\.?\//.test(was.text) && /^\.\.?\//.test(is.text)) {
    const [target, now] = [resolved(from, was.text), resolved(to, is.text)];
    return target === now || renamePaths(target, rules) === now;
  }
  return renamePaths(was.text, rules) === is.text;
}

const resolved = ({ file }: TestBlock, path: string): string => posix.join(posix.dirname(file.path), path);

/** With every path of the table, and every test that moved, by its new name. */
function renamePaths(text: string, { paths }: Rules): string {
  if (!text.includes('/')) return text;
  return text.replace(/[\w.-]+(?:\/[\w.-]*)+/g, (path) => {
    const whole = paths.get(path);
    if (whole !== undefined) return whole;
    const folders = [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1)).reverse();
    const folder = folders.find((folder) => paths.has(folder));
    return folder === undefined ? path : `${paths.get(folder)}${path.slice(folder.length)}`;
  });
}

/** Files that are no code: each is somewhere as it was. */
function compareData(before: readonly Source[], after: readonly Source[], rules: Rules): string[] {
  const [old, now] = [before, after].map((files) => files.filter(({ path }) => !CODE.test(path))) as [
    Source[],
    Source[],
  ];
  const texts = new Set(now.map(({ text }) => text));
  const were = new Set(old.map(({ text }) => text));
  const paths = new Set(old.map(({ path }) => renamePaths(path, rules)));
  const changed = old
    .filter(({ text }) => !texts.has(text))
    .map(({ path }) => `${path} before: changed or gone`);
  const fresh = now
    .filter(({ path, text }) => !were.has(text) && !paths.has(path))
    .map(({ path }) => `${path}: new`);
  return [...changed, ...fresh];
}
