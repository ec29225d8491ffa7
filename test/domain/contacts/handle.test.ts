import { expect } from 'chai';
import { handleOf } from '../../../src/domain/contacts/handle.ts';

const ids = Array.from({ length: 20_000 }, (_, at) => `c_${at.toString(36).padStart(24, '0')}`);

describe('the handle of a person', () => {
  it('has four signs, none of which is mistaken for another', () => {
    for (const id of ids) expect(handleOf(id)).to.match(/^[A-HJ-NP-Z2-9]{4}$/);
  });

  it('is the same each time', () => {
    expect(handleOf('c_one')).to.equal(handleOf('c_one')).and.not.equal(handleOf('c_two'));
  });

  it('tells people with the same last four digits apart', () => {
    // 20,000 draws from 32^4 signs collide about 190 times; many more collisions mean signs that are not used.
    expect(new Set(ids.map(handleOf)).size).to.be.above(19_600);
  });
});
