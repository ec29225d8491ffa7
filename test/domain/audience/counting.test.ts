import { expect } from 'chai';
import { uncounted } from '../../../src/campaigns/errors.ts';
import { COUNT_MS, LOOK_MS } from '../../../src/store/contacts/audience.ts';

describe('sentence about an audience count that timed out', () => {
  const table: [missed: boolean, budgetMs: number, said: RegExp][] = [
    [false, COUNT_MS, /^Its people .* in 25 seconds, .* by ZIP area\.$/],
    [true, COUNT_MS, /^The people who missed it .* in 25 seconds\. Try again when less is sent\.$/],
    [
      false,
      LOOK_MS,
      /^Its people .* in 5 seconds, .* so it is unknown .*\. A start counts for 25 seconds\.$/,
    ],
    [
      true,
      LOOK_MS,
      /^The people who missed it .* in 5 seconds, so it is unknown .*\. A start counts for 25 seconds\.$/,
    ],
  ];
  it('does not advise splitting a campaign that already started', () => {
    expect(uncounted({ missed: false, budgetMs: COUNT_MS, started: true })).to.match(
      /Try again when less is sent\.$/,
    );
  });
  for (const [missed, budgetMs, said] of table) {
    it(`names the reason and the next step for ${missed ? 'a resend' : 'a campaign'} after ${budgetMs} ms`, () => {
      expect(uncounted({ missed, budgetMs })).to.match(said);
    });
  }
});
