import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
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

/** The most lines that a page of `docs` may have. A line of prose counts once for each 120 characters. */
const MOST_LINES = 250;
const LINE = 120;

/** How many lines a page has. Rows of tables and lines of code count once, however long they are. */
function linesOf(page: string): number {
  let inCode = false;
  const counts = page
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => {
      if (line.startsWith('```')) inCode = !inCode;
      const prose = !inCode && !/^(\||```| {4})/.test(line);
      return prose ? Math.max(1, Math.ceil(line.length / LINE)) : 1;
    });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string): string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** The links of a page to other files, or to its own headings, that lead nowhere. */
const brokenLinks = (path: string, page: string): string[] =>
  [...page.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, file = '', anchor]) => {
    const target = posix.join(posix.dirname(path), file);
    if (!existsSync(target)) return [link];
    const headings = (): string[] => anchorsOf(file === '' ? page : readFileSync(target, 'utf8'));
    return anchor === undefined || headings().includes(anchor) ? [] : [link];
  });

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
      expect(named).not.to.deep.equal([]);
      expect(named.filter((path) => !existsSync(path))).to.deep.equal([]);
    });
  }

  it('names no missing file on any page of docs', () => {
    const gone = readSources(/^docs\/.+\.md$/).flatMap(({ path, text }) =>
      filesNamed(text)
        .filter((file) => !existsSync(file))
        .map((file) => `${path}: ${file}`),
    );
    expect(gone).to.deep.equal([]);
  });

  it('has at most 250 lines a page', () => {
    const pages = readSources(/^docs\/.+\.md$/);
    expect(pages.length).to.be.greaterThan(20);
    const long = pages.filter(({ text }) => linesOf(text) > MOST_LINES);
    expect(long.map(({ path, text }) => `${path}: ${linesOf(text)} lines`)).to.deep.equal([]);
  });

  it('counts a long line of prose as several lines, and a row of a table as one', () => {
    expect(linesOf(`${'a'.repeat(LINE + 1)}\n\n| ${'b'.repeat(LINE)} |\n`)).to.equal(4);
    expect(linesOf(`\`\`\`sh\n${'c'.repeat(2 * LINE)}\n\`\`\`\n`)).to.equal(3);
  });

  it('links to files and headings that exist', () => {
    for (const { path, text } of readSources(/^(README|docs\/.+)\.md$/))
      expect(brokenLinks(path, text), path).to.deep.equal([]);
  });

  it('is searched for links that lead nowhere', () => {
    const page = '# One thing\n\n[a](gone.md), [b](#one-thing), [c](#another), [d](https://a.example/b#c)\n';
    expect(brokenLinks('README.md', page)).to.deep.equal(['](gone.md)', '](#another)']);
  });

  it('names no missing function in the ways of docs/architecture.md', () => {
    const steps = stepsIn(readFileSync('docs/architecture.md', 'utf8'));
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
