import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readSources } from './tree.ts';

type Scripts = Record<string, string>;

/** The names of the scripts that a text tells the reader to run. */
function scriptsNamed(text: string): string[] {
  const run = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
  const short = [...text.matchAll(/\bnpm (start|test)\b/g)].map(([, name = '']) => name);
  return [...new Set([...run, ...short])];
}

const missing = (text: string, scripts: Scripts) => scriptsNamed(text).filter((name) => !scripts[name]);

const unnamed = (text: string, scripts: Scripts) =>
  Object.keys(scripts).filter((name) => !scriptsNamed(text).includes(name));

/** Files that a text names in backticks; a folder, or what stands for many (`*`), is none. */
const filesNamed = (text: string): string[] =>
  [...text.matchAll(/`((?:src|webhooks|scripts|test|docs|templates)\/[\w./-]+\.\w+)`/g)].map(
    ([, path = '']) => path,
  );

/** Rows `| 1 | file | function | ...` of a text. */
const stepsIn = (text: string): { file: string; name: string }[] =>
  [...text.matchAll(/^\| \d+ +\| `([^`]+)` +\| `(\w+)` +\|/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));

const exportsFunction = (text: string, name: string): boolean =>
  new RegExp(`^export (async )?function ${name}\\b`, 'm').test(text);

describe('documentation', () => {
  const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts as Scripts;

  it('begins with a README that says how to start and how to test', () => {
    expect(existsSync('README.md'), 'README.md is not written yet').to.equal(true);
    expect(scriptsNamed(readFileSync('README.md', 'utf8'))).to.include.members(['demo', 'test']);
  });

  it('names no command that package.json lacks', () => {
    const sources = readSources(/\.md$/);
    expect(sources).not.to.deep.equal([]);
    for (const { path, text } of sources) {
      expect(missing(text, scripts), path).to.deep.equal([]);
    }
  });

  it('names every command of package.json, in the README or in docs', () => {
    const pages = readSources(/\.md$/).filter(({ path }) => path === 'README.md' || path.startsWith('docs/'));
    expect(unnamed(pages.map(({ text }) => text).join('\n'), scripts)).to.deep.equal([]);
  });

  for (const page of ['README.md', 'docs/architecture.md']) {
    it(`names no missing file: ${page}`, () => {
      const named = filesNamed(readFileSync(page, 'utf8'));
      expect(named).to.have.length.above(5);
      expect(named.filter((path) => !existsSync(path))).to.deep.equal([]);
    });
  }

  it('names no missing function in the steps of the README', () => {
    const steps = stepsIn(readFileSync('README.md', 'utf8'));
    expect(steps).to.have.length.above(15);
    const gone = steps.filter(({ file, name }) => !exportsFunction(readFileSync(file, 'utf8'), name));
    expect(gone).to.deep.equal([]);
  });

  it('is searched for files and functions', () => {
    expect(
      filesNamed('See `src/a/b.ts`, `docs/c.md`, `other/d.ts`, `src/e` and `src/f/*.ts`.'),
    ).to.deep.equal(['src/a/b.ts', 'docs/c.md']);
    expect(stepsIn('| 1    | `src/a.ts` | `one`  | so |')).to.deep.equal([{ file: 'src/a.ts', name: 'one' }]);
    expect(exportsFunction('export async function one() {}', 'one')).to.equal(true);
    expect(exportsFunction('export function ones() {}', 'one')).to.equal(false);
  });

  it('is searched for wrong commands', () => {
    const text = 'First `npm run demo`, then `npm run nothing -- +15551230001 JOIN`, `npm test`.';
    expect(missing(text, { demo: 'x', test: 'x' })).to.deep.equal(['nothing']);
    expect(unnamed(text, { demo: 'x', test: 'x', format: 'x' })).to.deep.equal(['format']);
  });

  it('matches package.json, whose commands run existing files', () => {
    for (const [name, command] of Object.entries(scripts)) {
      const files = command.match(/\bscripts\/[\w./-]+/g) ?? [];
      for (const file of files) expect(existsSync(file), `npm run ${name}: ${file}`).to.equal(true);
    }
  });
});
