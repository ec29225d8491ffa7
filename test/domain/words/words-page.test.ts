import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fold, sentences } from '../../../src/domain/words/normalise.ts';
import {
  comparableForm,
  compileGroups,
  compilePhrase,
  indexPhrases,
  scan,
} from '../../../src/domain/words/phrase-patterns.ts';
import { correctSpelling } from '../../../src/domain/words/spelling.ts';
import { LANGUAGE_FILES, languageFile } from '../../../src/domain/words/word-files.ts';

const PAGE = readFileSync('templates/words/README.md', 'utf8');
const rows = PAGE.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, first = '', , phrase = '', isIn = '', isNotIn = '']) => ({ first, phrase, isIn, isNotIn }));
const unquoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

const groups = compileGroups(LANGUAGE_FILES.find(({ language }) => language === 'es')?.wordGroups ?? {});

function isFound(phrase: string, text: string): boolean {
  const words = sentences(fold(text)).map((sentence) => correctSpelling(sentence).join(' '));
  let found = false;
  const index = indexPhrases([compilePhrase('shown', comparableForm(phrase), groups)]);
  scan(`${words.join(' / ')} `, index, () => {
    found = true;
    return true;
  });
  return found;
}

describe('documentation page of word files', () => {
  const signs = rows.filter(({ isNotIn }) => isNotIn !== '');

  it('explains ten signs', () => {
    expect(signs.map(({ first }) => unquoted(first)[0])).to.have.members([
      ...['/', '?', '..', '~~', ':', ',', '^', '$', '!', '*'],
    ]);
  });

  for (const { first, phrase, isIn, isNotIn } of signs) {
    it(`shows a phrase with ${first} that matches one text and not the other`, () => {
      const [pattern = ''] = unquoted(phrase);
      expect(isFound(pattern, isIn), isIn).to.equal(true);
      expect(isFound(pattern, isNotIn), isNotIn).to.equal(false);
    });
  }

  it('names every part of a file', () => {
    const named = rows.filter(({ isNotIn }) => isNotIn === '').flatMap(({ first }) => unquoted(first));
    const parts = Object.keys(languageFile.shape).filter(
      (key) => !['$schema', 'language', 'name', 'notes'].includes(key),
    );
    expect(named).to.have.members(parts);
  });
});
