import { expect } from 'chai';
import { readSources } from './tree.ts';

/** Where a row of deliveries is closed; and the other collections whose rows are `open`. */
const MOVES = 'src/store/deliveries/transitions.ts';
const RUNS = 'src/store/journeys/runs.ts';
const UNCERTAIN = 'src/store/consent/uncertain-texts.ts';

describe('state changes of a delivery', () => {
  const sources = readSources(/^(src|webhooks)\/.*\.ts$/);
  const holding = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

  it('are written in one place when they close it', () => {
    expect(holding(/\bopen: ''|\$unset: \[\s*'open'|\$unset: 'open'/)).to.have.members([
      MOVES,
      RUNS,
      UNCERTAIN,
    ]);
  });

  it('are written in one place when they plan it again', () => {
    expect(
      holding(/state: 'planned'[^}]*\bopen: true( as const)?,\s*(owner: null|dueAt: \w+ })/),
    ).to.deep.equal([MOVES]);
  });
});

describe('database query or update', () => {
  // What compiles a segment makes a filter of a person's own clauses; it is pure, and the store runs it.
  const OWN = /^src\/(store|domain\/segments)\//;

  it('is written in src/store only', () => {
    const pattern = /\$(set|setOnInsert|unset|inc|push|addToSet|nin|nor|exists)\b/;
    const others = readSources(/^(src|webhooks)\/.*\.ts$/).filter(({ path }) => !OWN.test(path));
    expect(others.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).to.deep.equal([]);
  });
});
