import { expect } from 'chai';
import { byLine } from '../../src/running/mongod/embedded-mongod.ts';

const CASES: [what: string, chunks: (string | Buffer)[], lines: string[]][] = [
  ['one line in a chunk', ['a\n', 'b\n'], ['a', 'b']],
  ['several lines in a chunk', ['a\nb\n\nc\n'], ['a', 'b', 'c']],
  ['a line in two chunks', [Buffer.from('a\nb'), 'c\n'], ['a', 'bc']],
  ['a line that does not end', ['a\nb'], ['a']],
];

describe('lines of a program', () => {
  for (const [what, chunks, lines] of CASES) {
    it(`are passed on whole: ${what}`, () => {
      const taken: string[] = [];
      const take = byLine((line) => taken.push(line));
      for (const chunk of chunks) take(chunk);
      expect(taken).to.deep.equal(lines);
    });
  }
});
