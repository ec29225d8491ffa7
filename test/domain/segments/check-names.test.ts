import { expect } from 'chai';
import { check } from '../../../src/domain/segments/check.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { all, female, KNOWN, none } from './builders.ts';

describe('check of names in a segment', () => {
  const noType = /^No event is of such a type: it is 2 to 40 of a-z, 0-9 and "-"\.$/;
  const noList = /^There can be no such list: its name is 1 to 40 of a-z, 0-9 and "-"\.$/;
  const refused: [what: string, tree: Tree, path: string, problem: RegExp][] = [
    [
      'a type that no event has, not done',
      all(female, { kind: 'did-not', event: 'Purchase' }),
      '/of/1/event',
      noType,
    ],
    ['a type that no event has, done', { kind: 'did', event: '$profile.days' }, '/event', noType],
    [
      'a list that cannot be',
      none({ kind: 'list', oneOf: ['vips', 'Do-Not-Promote'] }),
      '/of/0/oneOf/1',
      noList,
    ],
    ['a list named as what every object has', { kind: 'list', oneOf: ['constructor'] }, '/oneOf/0', noList],
    [
      'an interest that nobody can have',
      { kind: 'interest', oneOf: ['home decor'] },
      '/oneOf/0',
      /^There can be no such interest: /,
    ],
  ];
  for (const [what, tree, path, problem] of refused) {
    it(`refuses ${what} with its place`, () => {
      const checked = check(tree, KNOWN);
      expect(checked).to.have.nested.property('faults[0].path', path);
      expect(checked).to.have.nested.property('faults[0].problem').that.matches(problem);
    });
  }

  it('accepts known event types and lists', () => {
    const tree = all({ kind: 'did', event: 'tour-2' }, { kind: 'list', oneOf: ['vips', '2026'] });
    expect(check(tree, KNOWN)).to.deep.equal({ ok: true, tree });
  });
});
