import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readSources } from '../honesty/tree.ts';

const MODELS = readSources(/^test\/promises\/(protocol|caps)\/.*\.ts$/);
const NAMED = /`([\w-]+)` in (src\/[\w/-]+\.ts)/g;
const LIST = /Mirrors((?:,? ?(?:and )?`[\w-]+` in src\/[\w/-]+\.ts)+)/g;

/** The text of every comment, each on one line. */
const commentsOf = (text: string): string[] =>
  [...text.matchAll(/\/\*\*([\s\S]*?)\*\/|\/\/(.*)/g)].map(([, block = '', line = '']) =>
    `${block}${line}`.replace(/\n\s*\*\s?/g, ' ').trim(),
  );

/** Whether a text defines a function, method, constant or class of this name, or a job. */
const defines = (text: string, name: string): boolean =>
  new RegExp(`\\b(function\\*?|const|class) ${name}\\b|^ +${name}\\(.*\\{$|\\bname: '${name}'`, 'm').test(
    text,
  );

describe('P3 STOP wins: the model names the code that it mirrors', () => {
  const named = MODELS.flatMap(({ path, text }) =>
    commentsOf(text).flatMap((comment) =>
      [...comment.matchAll(NAMED)].map(([, name = '', file = '']) => ({ path, name, file })),
    ),
  );

  it('every name exists in the file that it gives', () => {
    expect(named.length).to.be.greaterThan(20);
    const lost = named.filter(({ name, file }) => !defines(readFileSync(file, 'utf8'), name));
    expect(lost).to.deep.equal([]);
  });

  it('every claim to mirror something gives a name and a file', () => {
    const vague = MODELS.flatMap(({ text }) => commentsOf(text)).filter((comment) => {
      const rest = comment.split('Mirrors').length - 1;
      return rest !== [...comment.matchAll(LIST)].length;
    });
    expect(vague).to.deep.equal([]);
  });
});
