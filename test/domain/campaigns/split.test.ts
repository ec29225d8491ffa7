import { expect } from 'chai';
import {
  groupOf,
  makeUpWords,
  mostIn,
  type Split,
  splitFault,
  winnerOf,
} from '../../../src/domain/campaigns/experiment.ts';

const two = (a: number, b: number) => [
  { id: 'a', template: 'one', share: a },
  { id: 'b', template: 'two', share: b },
];
const plain: Split = { variants: two(70, 30), holdout: 10, test: null };
const tested: Split = { ...plain, test: { share: 20, waitMinutes: 60, by: 'click' } };
const PEOPLE = Array.from({ length: 20_000 }, (_, at) => `c_${at}`);

describe('assignment of people to variants', () => {
  const counts = (split: Split, winner: string | null, campaign = 'spring') => {
    const found: Record<string, number> = {};
    for (const person of PEOPLE) {
      const group = groupOf(split, winner, { campaign, person }) ?? 'not now';
      found[group] = (found[group] ?? 0) + 1 / PEOPLE.length;
    }
    return found;
  };

  it('follows the shares within chance', () => {
    const { a = 0, b = 0, holdout = 0 } = counts(plain, null);
    expect(holdout).to.be.closeTo(0.1, 0.01);
    expect(a).to.be.closeTo(0.63, 0.015);
    expect(b).to.be.closeTo(0.27, 0.015);
  });

  it('fills no variant above the stated maximum', () => {
    for (const [at, share] of [50, 10, 90, 1].entries()) {
      const split: Split = { ...plain, variants: two(share, 100 - share), holdout: 0 };
      const { a = 0 } = counts(split, null, `campaign-${at}`);
      expect(a * PEOPLE.length, `${share} %`).to.be.at.most(mostIn(PEOPLE.length, share));
    }
    const table = [
      [1000, 50, 564],
      [1000, 25, 305],
      [1000, 100, 1000],
      [2, 50, 2],
      [0, 50, 0],
      [1000, 0, 0],
    ] as const;
    for (const [people, share, most] of table) expect(mostIn(people, share)).to.equal(most);
  });

  it('is the same for the same campaign and differs between campaigns', () => {
    const of = (campaign: string) => PEOPLE.map((person) => groupOf(plain, null, { campaign, person }));
    expect(of('spring')).to.deep.equal(of('spring'));
    expect(of('spring')).not.to.deep.equal(of('summer'));
  });

  it('gives each person exactly one group: in the test, with the winner, or held out', () => {
    for (const person of PEOPLE.slice(0, 2000)) {
      const who = { campaign: 'spring', person };
      const turns = [groupOf(tested, null, who), groupOf(tested, 'b', who)].filter((group) => group !== null);
      expect(turns, person).to.have.length(1);
    }
    const { a = 0, b = 0, 'not now': later = 0 } = counts(tested, null);
    expect(a + b).to.be.closeTo(0.18, 0.01);
    expect(later).to.be.closeTo(0.72, 0.015);
    expect(counts(tested, 'b').b).to.be.closeTo(0.72, 0.015);
  });

  const faults: [what: string, split: Split, field: string | null][] = [
    ['shares that add up', plain, null],
    ['shares that do not', { ...plain, variants: two(70, 31) }, 'split.variants'],
    [
      'two of one id',
      { ...plain, variants: two(50, 50).map((variant) => ({ ...variant, id: 'a' })) },
      'split.variants',
    ],
    [
      'one called holdout',
      { ...plain, variants: [{ id: 'holdout', template: 'x', share: 100 }] },
      'split.variants',
    ],
    ['one alone, and nobody held out', { ...plain, variants: two(100, 0).slice(0, 1), holdout: 0 }, 'split'],
    ['one alone, with a holdout', { ...plain, variants: two(100, 0).slice(0, 1) }, null],
    ['a test of one', { ...tested, variants: two(100, 0).slice(0, 1) }, 'split.test'],
  ];
  for (const [what, split, field] of faults)
    it(`${field === null ? 'accepts' : `refuses the ${field} of`} ${what}`, () =>
      expect(splitFault(split)?.field ?? null).to.equal(field));

  it('chooses the variant with the best rate, or the lowest opt-out rate, and never one without people', () => {
    const tallies = [
      { id: 'none', people: 0, hits: 0 },
      { id: 'a', people: 100, hits: 10 },
      { id: 'b', people: 10, hits: 2 },
      { id: 'c', people: 10, hits: 2 },
    ];
    expect(winnerOf('click', tallies)?.id).to.equal('b');
    expect(winnerOf('opt-out', tallies)?.id).to.equal('a');
    expect(winnerOf('click', [])).to.equal(null);
  });
});

describe('template of a resend', () => {
  const single = { variants: two(100, 0).slice(0, 1) };
  const which = 'The campaign was sent in several variants. Name one in "variant": a, b.';
  const table: [
    what: string,
    split: typeof single | null,
    winner: string | null,
    variant: string | null,
    words: string,
  ][] = [
    ['no split', null, null, null, 'own'],
    ['no split, and a variant', null, null, 'a', 'The campaign was not split. Leave "variant" out.'],
    ['a winner', plain, 'b', null, 'two'],
    ['a winner, and another is asked for', plain, 'b', 'a', 'one'],
    ['the only one beside those held out', single, null, null, 'one'],
    ['several', plain, null, null, which],
    ['several, and one is asked for', plain, null, 'b', 'two'],
    ['several, and none of them', plain, null, 'c', 'The campaign has no such variant. It has: a, b.'],
  ];
  for (const [what, split, winner, variant, words] of table) {
    it(`${words.endsWith('.') ? 'is refused for' : 'is chosen for'} ${what}`, () => {
      const found = makeUpWords({ template: 'own', split }, { winner, variant });
      expect('why' in found ? found.why : found.template).to.equal(words);
    });
  }
});
