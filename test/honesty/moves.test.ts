import { expect } from 'chai';
import { readSources } from './tree.ts';

/** Where a row of deliveries is closed; and the one other collection whose rows are `open`. */
const MOVES = 'src/store/deliveries/moves.ts';
const RUNS = 'src/store/journeys/run-moves.ts';

describe('the moves of a delivery', () => {
  const sources = readSources(/^(src|webhooks)\/.*\.ts$/);
  const holding = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  it('that close it are written in one place', () => {
    expect(holding(/\bopen: ''|\$unset: \[\s*'open'|\$unset: 'open'/)).to.have.members([MOVES, RUNS]);
  });

  it('that plan it again are written in one place', () => {
    expect(
      holding(/state: 'planned'[^}]*\bopen: true( as const)?,\s*(owner: null|dueAt: \w+ })/),
    ).to.deep.equal([MOVES]);
  });
});
