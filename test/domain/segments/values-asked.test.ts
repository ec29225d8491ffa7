import { expect } from 'chai';
import type { Leaf, Resolved, Tree } from '../../../src/domain/segments/tree.ts';
import { nobodySentence, valuesAsked } from '../../../src/domain/segments/values-asked.ts';
import { all, any, is, none, segment } from './builders.ts';

const list = (...oneOf: string[]): Leaf => ({ kind: 'list', oneOf });
const did = (event: string): Leaf => ({ kind: 'did', event, days: 30, times: 2 });
const didNot = (event: string): Leaf => ({ kind: 'did-not', event });
const city: Leaf = { kind: 'city', oneOf: ['Bostn'] };

describe('the values that a tree asks about', () => {
  const placesIn = (tree: Tree, resolved: Resolved = tree as Resolved) =>
    valuesAsked(tree, resolved).map(({ path, value }) => `${path} ${value}`);

  it('are events, lists, places, interests and texts of own fields, with their places', () => {
    const fields: Leaf = {
      kind: 'field',
      name: 'tier',
      test: { kind: 'one-of', values: ['gold', 'silver'] },
    };
    const tree = all(
      did('visit'),
      none(list('a', 'b'), didNot('tour')),
      any(city, is('diet', 'vegan'), fields),
    );
    expect(placesIn(tree)).to.deep.equal([
      '/of/0/event visit',
      '/of/1/of/0/oneOf/0 a',
      '/of/1/of/0/oneOf/1 b',
      '/of/1/of/1/event tour',
      '/of/2/of/0/oneOf/0 Bostn',
      '/of/2/of/1/test/value vegan',
      '/of/2/of/2/test/values/0 gold',
      '/of/2/of/2/test/values/1 silver',
    ]);
  });

  it('are each named once, and those of a named segment at the place that names it', () => {
    const tree = any(did('visit'), didNot('visit'), segment('women'));
    const resolved = any(did('visit'), didNot('visit'), all(list('vip'), any(city))) as Resolved;
    const [visit, ...inside] = placesIn(tree, resolved);
    expect(visit).to.match(/event visit$/);
    expect(inside).to.deep.equal(['/of/2/id vip', '/of/2/id Bostn']);
    expect(placesIn(segment('women'), list('vip') as Resolved)).to.deep.equal(['/id vip']);
  });

  it('are none of clauses whose values are no names', () => {
    const tree = all({ kind: 'everyone' }, { kind: 'age', from: 21 }, is('points', 5), is('vip', true));
    expect(placesIn(tree)).to.deep.equal([]);
  });

  const said: [leaf: Leaf, meant: string | null, sentence: string][] = [
    [did('purchse'), 'purchase', 'Nobody ever did “purchse”; did you mean “purchase”?'],
    [didNot('tour'), null, 'Nobody ever did “tour”. GET /event-types has what people did.'],
    [did('purchase'), null, 'Nobody ever bought. GET /event-types has what people did.'],
    [list('vipp'), 'vip', 'Nobody is on the list “vipp”; did you mean “vip”?'],
    [list('vipp'), null, 'Nobody is on the list “vipp”. GET /lists has the lists that people are on.'],
    [city, 'Boston', 'Nobody lives in Bostn; did you mean “Boston”?'],
    [{ kind: 'interest', oneOf: ['gof'] }, null, 'Nobody is interested in “gof”.'],
    [{ kind: 'zip', oneOf: ['90210'] }, null, 'Nobody has the ZIP 90210.'],
    [is('tier', 'glod'), 'gold', 'Nobody has “glod” in the field “tier”; did you mean “gold”?'],
  ];
  for (const [leaf, meant, sentence] of said)
    it(`are explained where nobody has them: ${sentence}`, () => {
      const [asked] = valuesAsked(leaf, leaf as Resolved);
      if (asked === undefined) throw new Error('no value');
      expect(nobodySentence(asked, meant)).to.equal(sentence);
    });
});
