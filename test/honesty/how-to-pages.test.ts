import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readSources } from './tree.ts';

/** Pages for engineers have code and failures of tests in bold, and nothing of the console. */
const WITHOUT_CONSOLE = [
  'work-on-assent.md',
  'add-a-language.md',
  'add-a-route.md',
  'add-a-job.md',
  'add-a-rule.md',
];

/** Words in bold, on one line each: what the reader sees or presses in the console. */
const boldIn = (page: string): string[] =>
  [...page.matchAll(/\*\*([^*]+)\*\*/g)].map(([, words = '']) => words.replaceAll(/\s+/g, ' '));

/** Every text in quotes of a source of the console. */
const quotedIn = (source: string): string[] =>
  [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map(([, text = '']) => text.replaceAll("\\'", "'"));

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text of hardly more than places would match everything. */
const hasWords = (text: string): boolean => /[a-z]{3}/i.test(text.replaceAll(/\{\w+\}/g, ''));

/** Match a text of the console, and its beginning up to a colon or a stop, with any words in its places. */
const shownAs = (text: string): RegExp[] =>
  [text, text.split(/[:.] /)[0] ?? ''].filter(hasWords).map(
    (words) =>
      new RegExp(
        `^${words
          .split(/\{\w+\}/)
          .map(escaped)
          .join('.+')}[.]?$`,
      ),
  );

/** The words in bold that the console shows nowhere. */
function unknownIn(page: string, shown: readonly RegExp[]): string[] {
  return boldIn(page).filter((words) => !shown.some((pattern) => pattern.test(words)));
}

describe('pages of docs/how-to', () => {
  const shown = readSources(/^(templates\/console\/.+\.eta|src\/console\/.+\.ts)$/)
    .flatMap(({ text }) => quotedIn(text))
    .flatMap(shownAs);
  const pages = readdirSync('docs/how-to').filter((name) => !WITHOUT_CONSOLE.includes(name));

  for (const name of pages) {
    it(`set in bold only what the console shows: ${name}`, () => {
      expect(unknownIn(readFileSync(`docs/how-to/${name}`, 'utf8'), shown)).to.deep.equal([]);
    });
  }

  it('are searched for words that the console does not show', () => {
    const source = "a ? '' : ' main' t('Look it up') t('{name} is going out: {n} wait.') t('{a}: B')";
    const patterns = quotedIn(source).flatMap(shownAs);
    const page = 'Press **Look it\nup**, then **Look her up**. **Coats is going out**.';
    expect(unknownIn(page, patterns)).to.deep.equal(['Look her up']);
  });

  it('name buttons of the console', () => {
    const named = pages.flatMap((name) => boldIn(readFileSync(`docs/how-to/${name}`, 'utf8')));
    expect(named).to.include.members(['Look it up', 'Record the opt-out', 'Add the phone']);
  });
});
