import { expect } from 'chai';
import fc from 'fast-check';
import { contactNamed, type Link, peopleOf, personIdOf } from '../../../src/domain/contacts/person.ts';

describe('people made of merged contacts', () => {
  const contacts = ['c_a', 'c_b', 'c_c', 'c_d', 'c_e', 'c_f'];
  const link = fc.tuple(fc.constantFrom(...contacts), fc.constantFrom(...contacts));

  /** Some links, and the same in another order. */
  const mixed = fc.array(link, { maxLength: 8 }).chain((links) => {
    const { length: minLength } = links;
    return fc.tuple(fc.constant(links), fc.shuffledSubarray(links, { minLength }));
  });

  it('are the contacts themselves without merges', () => {
    expect(peopleOf(['c_b', 'c_a'], [])).to.deep.equal([['c_a'], ['c_b']]);
  });

  it('are named after the first of their contacts', () => {
    expect(personIdOf(['c_b', 'c_a'])).to.equal('p_a');
    expect(contactNamed('p_a')).to.equal('c_a');
  });

  it('are the same in any order of merges', () => {
    fc.assert(
      fc.property(mixed, fc.context(), ([links, otherwise], context) => {
        const turned: Link[] = otherwise.map(([a, b]) => [b, a] as const);
        context.log(JSON.stringify(links));
        const people = peopleOf([...contacts].reverse(), links);
        expect(peopleOf(contacts, turned)).to.deep.equal(people);
        expect(people.map(personIdOf)).to.deep.equal(people.map((own) => personIdOf([...own].reverse())));
      }),
    );
  });

  it('contain every contact once', () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 8 }), (links) => {
        expect(peopleOf(contacts, links).flat().sort()).to.deep.equal(contacts);
        for (const [a, b] of links) {
          expect(
            peopleOf(contacts, links).filter((person) => person.includes(a) || person.includes(b)),
          ).to.have.length(1);
        }
      }),
    );
  });
});
