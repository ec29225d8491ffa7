import { expect } from 'chai';
import { check } from '../../../src/domain/segments/check.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import {
  adult,
  all,
  any,
  bought,
  female,
  is,
  KNOWN,
  none,
  points,
  segment,
  states,
  zips,
} from './builders.ts';

describe('check of a segment tree', () => {
  const subscribed = { kind: 'subscription' as const, state: 'subscribed' as const };
  const refused: [what: string, tree: Tree, path: string, problem: RegExp][] = [
    ['age 40 to 30', { kind: 'age', from: 40, to: 30 }, '/from', /^Nobody can match: 40 is more than 30\.$/],
    [
      'an age of no end',
      all(female, { kind: 'age' }),
      '/of/1',
      /^This clause asks nothing: it needs from or to\.$/,
    ],
    [
      'an empty any',
      all(female, any()),
      '/of/1/of',
      /^This “any” holds no clause, so nobody can match it\.$/,
    ],
    ['an empty all', all(), '/of', /^This “all” holds no clause/],
    ['an empty none', none(), '/of', /^This “none” holds no clause/],
    ['an unknown field', any(female, is('shoe', 'x')), '/of/1/name', /^There is no such field\.$/],
    [
      'a field that is kept sealed',
      any(female, is('mail', 'x')),
      '/of/1/name',
      /^“E-mail” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it\.$/,
    ],
    ['a field every object has', is('constructor', 'x'), '/name', /^There is no such field\.$/],
    ['text for a number', is('points', '5'), '/test/value', /^“Points” is a number, and the value is not\.$/],
    ['a number for text', is('diet', 5), '/test/value', /^“Diet” is a text, and the value is not\.$/],
    [
      'a number for yes or no',
      is('member', 1),
      '/test/value',
      /^“Member” is true or false, and the value is not\.$/,
    ],
    [
      'text for a date',
      is('renewal', '2026-01-01'),
      '/test/kind',
      /^“Renewal” is a date; it cannot be asked this way\.$/,
    ],
    [
      'a range of text',
      { kind: 'field', name: 'diet', test: { kind: 'between', low: 1 } },
      '/test/kind',
      /cannot be asked/,
    ],
    [
      'a date of a number',
      { kind: 'field', name: 'points', test: { kind: 'before', date: '2026-01-01' } },
      '/test/kind',
      /cannot/,
    ],
    ['between 9 and 3', points(9, 3), '/test/low', /^Nobody can match: 9 is more than 3\.$/],
    [
      'between nothing',
      { kind: 'field', name: 'points', test: { kind: 'between' } },
      '/test',
      /it needs low or high/,
    ],
    [
      'added older than newer',
      { kind: 'added', olderThanDays: 30, newerThanDays: 30 },
      '/olderThanDays',
      /^Nobody can match: what is older than 30 days is not newer than 30 days\.$/,
    ],
    ['added at no time', { kind: 'added' }, '', /^This clause asks nothing/],
    [
      'a stage older than newer',
      { kind: 'stage', oneOf: ['lead'], olderThanDays: 9, newerThanDays: 3 },
      '/olderThanDays',
      /^Nobody/,
    ],
    [
      'consent older than newer',
      { kind: 'subscription', state: 'subscribed', olderThanDays: 9, newerThanDays: 3 },
      '/olderThanDays',
      /^Nobody/,
    ],
    [
      'an unknown program',
      { kind: 'subscription', state: 'subscribed', program: 'x' },
      '/program',
      /^There is no such program\.$/,
    ],
    [
      'an unknown topic',
      { kind: 'subscription', state: 'subscribed', topics: ['sales', 'x'] },
      '/topics/1',
      /^There is no such topic/,
    ],
    [
      "another program's topic",
      { kind: 'subscription', state: 'subscribed', program: 'deals', topics: ['news'] },
      '/topics/0',
      /^There is no such topic/,
    ],
    [
      'an unknown campaign',
      all(female, { kind: 'sent', campaign: 'x' }),
      '/of/1/campaign',
      /^There is no such/,
    ],
    [
      'a circle around a ZIP that has no place',
      any(female, { kind: 'near', zip: '00000', miles: 5 }),
      '/of/1/zip',
      /^The area of this ZIP code is unknown/,
    ],
    [
      'more ZIP codes than fit, in circles',
      any(...Array.from({ length: 9 }, () => ({ kind: 'near' as const, zip: '10001', miles: 200 }))),
      '',
      /20000 values/,
    ],
    [
      'a state that is none',
      any(female, states('CA', 'ZZ')),
      '/of/1/oneOf/1',
      /^The country has no such state or province/,
    ],
    [
      'a country that is none',
      { kind: 'country', oneOf: ['ZZ'] },
      '/oneOf/0',
      /^It is not the two-letter code/,
    ],
    ['a zone that is none', { kind: 'zone', oneOf: ['Mars/Phobos'] }, '/oneOf/0', /^There is no time zone/],
    ['an offset for a zone', { kind: 'zone', oneOf: ['+05:00'] }, '/oneOf/0', /^There is no time zone/],
    ['a postal code that no post office gives', zips('90210', 'D1A 0B1'), '/oneOf/1', /^It is no ZIP/],
    [
      'a stage that is none',
      { kind: 'stage', oneOf: ['lead', 'nosuch'] },
      '/oneOf/1',
      /^There is no such stage, and nobody/,
    ],
    ['an unknown segment', all(female, segment('x')), '/of/1/id', /^There is no such segment\.$/],
    [
      'itself',
      all(female, segment('mine')),
      '/of/1/id',
      /^This segment contains itself through other segments\. Remove this clause\.$/,
    ],
    [
      'itself by way of another',
      segment('of-mine'),
      '/id',
      /^The segment “Of mine” has a fault itself at \/of\/0\/id: This segment contains itself/,
    ],
    [
      'a circle of others',
      none(segment('loop-a')),
      '/of/0/id',
      /^The segment “Loop A” has a fault itself at \/of\/1\/id: The segment “Loop B” has a fault itself at \/of\/0\/id: This segment contains itself/,
    ],
    [
      'a segment whose field is gone',
      segment('stale'),
      '/id',
      /^The segment “Stale” has a fault itself at \/of\/1\/name: There is no such field\.$/,
    ],
    [
      'more clauses than fit, by way of others',
      segment('many'),
      '',
      /^Together with the segments that it names, this has more than 1000 clauses/,
    ],
    [
      'more values than fit, by way of others',
      any(...Array.from({ length: 21 }, () => segment('wide'))),
      '',
      /20000 values/,
    ],
    [
      'more topics than fit',
      any(
        ...Array.from({ length: 21 }, () => ({ ...subscribed, topics: Array<string>(1000).fill('sales') })),
      ),
      '',
      /20000 values/,
    ],
    ['more levels than fit, by way of others', segment('deep-25'), '', /24 levels/],
  ];
  for (const [what, tree, path, problem] of refused) {
    it(`refuses ${what} with its place`, () => {
      const checked = check(tree, KNOWN);
      expect(checked.ok).to.equal(false);
      if (checked.ok) return;
      expect(checked.faults.map((fault) => fault.path)).to.deep.equal([path]);
      expect(checked.faults[0]?.problem).to.match(problem);
    });
  }

  it('accepts a range from a number to the same number', () => {
    expect(check(points(3, 3), KNOWN).ok).to.equal(true);
  });

  it('resolves named segments, through any number of names', () => {
    expect(check(any(segment('adults'), bought()), KNOWN)).to.deep.equal({
      ok: true,
      tree: any(all(adult, female), bought()),
    });
  });

  it('names every fault with its place', () => {
    const checked = check(all(is('gone', 'x'), any(), { kind: 'age', from: 9, to: 1 }), KNOWN);
    expect(checked.ok ? [] : checked.faults.map(({ path }) => path)).to.deep.equal([
      '/of/0/name',
      '/of/1/of',
      '/of/2/from',
    ]);
  });
});
