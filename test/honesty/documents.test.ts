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

describe('the documents', () => {
  const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts as Scripts;

  it('begin with a README that says how to start and how to test', () => {
    expect(existsSync('README.md'), 'README.md is not written yet').to.equal(true);
    expect(scriptsNamed(readFileSync('README.md', 'utf8'))).to.include.members(['demo', 'test']);
  });

  it('name no command that package.json lacks', () => {
    const sources = readSources(/\.md$/);
    expect(sources).not.to.deep.equal([]);
    for (const { path, text } of sources) {
      expect(missing(text, scripts), path).to.deep.equal([]);
    }
  });

  it('are checked by a rule that finds a wrong command', () => {
    const text = 'First `npm run demo`, then `npm run nothing -- +15551230001 JOIN`, `npm test`.';
    expect(missing(text, { demo: 'x', test: 'x' })).to.deep.equal(['nothing']);
  });

  it('are followed by package.json: every command runs a file that is there', () => {
    for (const [name, command] of Object.entries(scripts)) {
      const files = command.match(/\bscripts\/[\w./-]+/g) ?? [];
      for (const file of files) expect(existsSync(file), `npm run ${name}: ${file}`).to.equal(true);
    }
  });
});
