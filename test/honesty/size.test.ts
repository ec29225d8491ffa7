import { expect } from 'chai';
import { readSources } from './tree.ts';

const MOST_LINES = 250;
const MOST_AT_MEDIAN = 100;

describe('the size of files', () => {
  const sizes = readSources(/\.(ts|mjs)$/)
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines);

  it(`is at most ${MOST_LINES} lines`, () => {
    const large = sizes.filter(({ lines }) => lines > MOST_LINES);
    expect(large.map(({ path, lines }) => `${path} has ${lines}`)).to.deep.equal([]);
  });

  it(`is at most ${MOST_AT_MEDIAN} lines at the median of the program`, () => {
    const program = sizes.filter(({ path }) => /^(src|webhooks)\//.test(path));
    expect(median(program), 'lines at the median').to.be.at.most(MOST_AT_MEDIAN);
  });
});

function median(sorted: { lines: number }[]): number {
  return sorted[Math.floor(sorted.length / 2)]?.lines ?? 0;
}
