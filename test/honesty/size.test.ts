import { expect } from 'chai';
import { readSources } from './tree.ts';

const MOST_LINES = 250;

describe('the size of files', () => {
  const sizes = readSources(/\.(ts|mjs)$/)
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines);

  it(`is at most ${MOST_LINES} lines`, () => {
    const large = sizes.filter(({ lines }) => lines > MOST_LINES);
    expect(large.map(({ path, lines }) => `${path} has ${lines}`)).to.deep.equal([]);
  });

  it(`is ${median(sizes.filter(({ path }) => /^(src|webhooks)\//.test(path)))} lines at the median of the program, at most 100`, () => {
    expect(median(sizes.filter(({ path }) => /^(src|webhooks)\//.test(path)))).to.be.at.most(100);
  });
});

function median(sorted: { lines: number }[]): number {
  return sorted[Math.floor(sorted.length / 2)]?.lines ?? 0;
}
