import { posix } from 'node:path';
import { expect } from 'chai';
import type { Source } from './import-rules.ts';
import { readSources } from './tree.ts';

const OF_THE_PROJECT = /^(src|webhooks|scripts)\//;

/** Values that tests alone import, when small files were last merged. None may be added; one that is mended lowers it. */
const MOST_FOR_TESTS = 119;

/** Values that a file lets others import; types are gone when the program runs. */
function exportsOf({ text }: Source): string[] {
  const declared = /^export (?:default )?(?:async )?(?:const|let|function\*?|class|enum) ([\w$]+)/gm;
  const listed = /^export \{([^}]*)\}/gm;
  return [
    ...[...text.matchAll(declared)].map(([, name = '']) => name),
    ...[...text.matchAll(listed)].flatMap(([, names = '']) => namesIn(names).map(({ as }) => as)),
  ];
}

/** `file name` for each name that a file imports; `file *` where it takes the whole of another. */
function importedBy({ path, text }: Source): string[] {
  const some = /^\s*(?:import|export)\s+(?:[\w$]+,\s*)?\{([^}]*)\}\s*from\s*'(\.[^']+)'/gm;
  const whole = /(?:^\s*import\s+(?!type\b)(?:\* as )?[\w$]+\s+from\s*|\bimport\(\s*)'(\.[^']+)'/gm;
  const at = (target: string): string => posix.join(posix.dirname(path), target);
  return [
    ...[...text.matchAll(some)].flatMap(([, names = '', target = '']) =>
      namesIn(names).map(({ of }) => `${at(target)} ${of}`),
    ),
    ...[...text.matchAll(whole)].map(([, target = '']) => `${at(target)} *`),
  ];
}

const namesIn = (list: string): { of: string; as: string }[] =>
  list
    .split(',')
    .map((name) => name.trim().replace(/^type\s+/, ''))
    .filter((name) => name !== '')
    .map((name) => name.split(/\s+as\s+/))
    .map(([of = '', as = of]) => ({ of, as }));

/** What is exported and imported by nobody, one line each. */
function unasked(sources: readonly Source[]): string[] {
  const imported = new Set(sources.flatMap(importedBy));
  return sources
    .filter(({ path }) => OF_THE_PROJECT.test(path))
    .flatMap((source) => exportsOf(source).map((name) => ({ path: source.path, name })))
    .filter(({ path, name }) => !imported.has(`${path} ${name}`) && !imported.has(`${path} *`))
    .map(({ path, name }) => `${path}: ${name}`);
}

describe('exported values', () => {
  it('are each imported by another file', () => {
    const sources = readSources(/\.(ts|mjs)$/);
    expect(sources.flatMap(exportsOf).length).to.be.greaterThan(500);
    expect(unasked(sources)).to.deep.equal([]);
  });

  it('are imported by tests only in few cases', () => {
    const project = readSources(/\.(ts|mjs)$/).filter(({ path }) => OF_THE_PROJECT.test(path));
    const forTests = unasked(project);
    expect(forTests.length, forTests.join('\n')).to.be.at.most(MOST_FOR_TESTS);
  });

  const reading = (text: string): string[] =>
    unasked([
      {
        path: 'src/a.ts',
        text: 'export const one = 1;\nexport async function two() {}\nexport type Three = 3;',
      },
      { path: 'test/b.ts', text },
    ]);

  it('are reported when no file imports them', () => {
    expect(reading('')).to.deep.equal(['src/a.ts: one', 'src/a.ts: two']);
    expect(reading("import { type Three, one as first } from '../src/a.ts';")).to.deep.equal([
      'src/a.ts: two',
    ]);
    expect(reading("import type { one } from './a.ts';")).to.have.length(2);
  });

  it('count as imported when a file imports the whole module', () => {
    expect(reading("const { two } = await import('../src/a.ts');")).to.deep.equal([]);
    expect(reading("import * as all from '../src/a.ts';")).to.deep.equal([]);
  });
});
