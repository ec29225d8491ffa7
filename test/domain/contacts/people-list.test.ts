import { expect } from 'chai';
import { emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import { readStanding, standingOf } from '../../../src/domain/contacts/people-list.ts';
import { apportioned } from '../../../src/domain/statistics.ts';

describe('The counts of a list of people', () => {
  const cases: [people: number, hits: number[], parts: number[]][] = [
    [10, [5, 3, 2], [5, 3, 2]],
    [100, [1, 1, 1], [34, 33, 33]],
    [100_500, [1191, 300, 9], [79_797, 20_100, 603]],
    [7, [0, 0], [0, 0]],
    [0, [3, 1], [0, 0]],
    [3, [1, 0, 1], [2, 0, 1]],
  ];
  for (const [people, hits, parts] of cases) {
    it(`divide ${people} by ${hits.join(', ')} so that the parts add up`, () => {
      expect(apportioned(people, hits)).to.deep.equal(parts);
    });
  }

  it('know no status that only looks like one', () => {
    expect(['may', 'unreadable', 'opted-out'].map(readStanding)).to.deep.equal([
      'may',
      'unreadable',
      'opted-out',
    ]);
    expect(['', 'toString', '__proto__', 'May'].map(readStanding)).to.deep.equal([null, null, null, null]);
  });

  it('say of somebody where no program runs that they confirmed nothing', () => {
    const question = { about: null, book: { programs: [], senders: [] }, now: new Date() };
    const standing = standingOf(emptyConsentState(), question, () => ({ from: null }));
    expect(standing).to.equal('not-subscribed');
  });
});
