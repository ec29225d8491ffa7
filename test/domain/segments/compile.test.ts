import { expect } from 'chai';
import { compile } from '../../../src/domain/segments/query.ts';
import type { Resolved } from '../../../src/domain/segments/tree.ts';

const NOW = new Date('2026-03-01T15:30:00.000Z');
/** Past every check, as a fault elsewhere would let it through. */
const forced = (tree: unknown) => compile(tree as Resolved, NOW);
const clause = (tree: Resolved): unknown => (compile(tree, NOW).$and as unknown[])[1];

/** Every key and every string value of a filter, however deep. */
function insides(value: unknown): { keys: string[]; strings: string[] } {
  if (typeof value === 'string') return { keys: [], strings: [value] };
  if (typeof value !== 'object' || value === null || value instanceof Date) return { keys: [], strings: [] };
  const within = Object.values(value).map(insides);
  return {
    keys: [...(Array.isArray(value) ? [] : Object.keys(value)), ...within.flatMap(({ keys }) => keys)],
    strings: within.flatMap(({ strings }) => strings),
  };
}

describe('database filter of a segment', () => {
  it('counts ages by the day that has begun everywhere in the country, so that nobody is 21 the evening before', () => {
    const of = (moment: string) => compile({ kind: 'age', from: 21, to: 35 }, new Date(moment)).$and;
    const born = (latest: string, after: string) => [
      { current: true },
      { 'profile.birthDate': { $lte: latest, $gt: after } },
    ];
    const eve = born('2005-02-28', '1990-02-28');
    expect(of('2026-03-01T00:30:00Z')).to.deep.equal(eve);
    expect(of('2026-03-01T10:59:59Z')).to.deep.equal(eve);
    expect(of('2026-03-01T11:00:00Z')).to.deep.equal(born('2005-03-01', '1990-03-01'));
    expect(of('2026-01-01T00:30:00Z')).to.deep.equal(born('2004-12-31', '1989-12-31'));
  });

  it('finds only current holders of a number', () => {
    expect(compile({ kind: 'everyone' }, NOW)).to.deep.equal({ $and: [{ current: true }, {}] });
  });

  it('keeps the shape of the tree', () => {
    const at = (state: string): Resolved => ({ kind: 'state', oneOf: [state] });
    const filter = (state: string) => ({ 'profile.place.state': { $in: [state] } });
    const tree: Resolved = {
      kind: 'all',
      of: [at('CA'), { kind: 'any', of: [at('NV'), { kind: 'none', of: [at('TX'), at('NY')] }] }],
    };
    expect(clause(tree)).to.deep.equal({
      $and: [filter('CA'), { $or: [filter('NV'), { $nor: [filter('TX'), filter('NY')] }] }],
    });
  });

  const values: unknown[] = [
    { $ne: null },
    { $gt: '' },
    ['a'],
    null,
    undefined,
    Number.NaN,
    new Date(Number.NaN),
    () => true,
    /a/,
  ];
  const carriers: [what: string, tree: (value: unknown) => unknown][] = [
    ...[
      'gender',
      'language',
      'country',
      'state',
      'city',
      'zip',
      'zone',
      'zip-area',
      'area-code',
      'interest',
      'list',
      'contact',
    ].map((kind): [string, (value: unknown) => unknown] => [kind, (value) => ({ kind, oneOf: [value] })]),
    ['stage', (value) => ({ kind: 'stage', oneOf: [value] })],
    ['ZIP near by', (value) => ({ kind: 'near', zip: value, miles: 5 })],
    ['did', (value) => ({ kind: 'did', event: value })],
    ['did, summed', (value) => ({ kind: 'did', event: value, sum: 3 })],
    ['did-not', (value) => ({ kind: 'did-not', event: value })],
    ['state of a subscription', (value) => ({ kind: 'subscription', state: value })],
    ['topic', (value) => ({ kind: 'subscription', state: 'subscribed', topics: [value] })],
    ['channel', (value) => ({ kind: 'subscription', state: 'subscribed', channels: [value] })],
    ['purpose', (value) => ({ kind: 'subscription', state: 'subscribed', purposes: [value] })],
    ['field', (value) => ({ kind: 'field', name: 'diet', test: { kind: 'is', value } })],
    [
      'field, one of',
      (value) => ({ kind: 'field', name: 'diet', test: { kind: 'one-of', values: [value] } }),
    ],
    ['field, beginning', (value) => ({ kind: 'field', name: 'diet', test: { kind: 'starts-with', value } })],
    ['field, date', (value) => ({ kind: 'field', name: 'diet', test: { kind: 'before', date: value } })],
    ['name of a field', (value) => ({ kind: 'field', name: value, test: { kind: 'known' } })],
    ['kind of a test', (value) => ({ kind: 'field', name: 'diet', test: { kind: value } })],
    ['what is known', (value) => ({ kind: 'known', what: value })],
    ['kind', (value) => ({ kind: value, oneOf: ['a'] })],
  ];
  for (const [what, tree] of carriers) {
    it(`is refused where a value is not scalar: ${what}`, () => {
      for (const value of values) expect(() => forced(tree(value)), String(value)).to.throw(TypeError);
    });
  }

  it('is refused where a bound is an object', () => {
    const bound = { $gt: 0 };
    for (const tree of [
      { kind: 'age', from: bound },
      { kind: 'added', olderThanDays: bound },
      { kind: 'did', event: 'a', times: bound },
      { kind: 'did', event: 'a', sum: bound },
      { kind: 'did', event: 'a', days: bound },
      { kind: 'did', event: 'a', timesAtMost: bound },
      { kind: 'did', event: 'a', sumAtMost: bound },
      { kind: 'did', event: 'a', since: bound },
      { kind: 'did', event: 'a', times: 2, before: bound },
      { kind: 'did-not', event: 'a', since: '2026-02-30T' },
      { kind: 'did-not', event: 'a', before: bound },
      { kind: 'subscription', state: 'subscribed', program: bound },
      { kind: 'near', zip: '90210', miles: bound },
      { kind: 'sent', days: bound },
      { kind: 'sent', campaign: bound },
      { kind: 'sent', delivered: bound },
      { kind: 'sent', clicked: bound },
      { kind: 'replied', days: bound },
      { kind: 'ignored', last: bound },
      { kind: 'ignored', last: '0.at' },
      { kind: 'engagement', oneOf: [bound] },
      { kind: 'field', name: 'a', test: { kind: 'between', low: bound } },
      { kind: 'field', name: 'a', test: { kind: 'within', days: bound, direction: 'past' } },
    ]) {
      expect(() => forced(tree), JSON.stringify(tree)).to.throw(TypeError);
    }
  });

  const names = ['a.b', '$where', '', 'A', 'a b', '__proto__', 'a\u0000', 'a'.repeat(41), 'a.$[]', 'é'];
  for (const name of names) {
    it(`is refused with ${JSON.stringify(name)} as the name of a field`, () => {
      expect(() => forced({ kind: 'field', name, test: { kind: 'known' } })).to.throw(TypeError);
    });
  }

  it('is refused for a kind that every object has', () => {
    for (const kind of ['constructor', 'toString', '__proto__', 'hasOwnProperty', '$where']) {
      expect(() => forced({ kind, oneOf: ['a'], of: [] }), kind).to.throw(TypeError);
      expect(() => forced({ kind: 'known', what: kind }), kind).to.throw(TypeError);
    }
  });

  it('treats text that looks like an operator, a path or a pattern as plain text', () => {
    const text = '$where';
    for (const [what, tree] of carriers) {
      if (/^(kind|name|what)|date$/.test(what)) continue;
      const { keys } = insides(forced(tree(text)));
      expect(keys, what).to.not.include(text);
      expect(
        keys.filter((key) => /where|function|accumulator/.test(key)),
        what,
      ).to.deep.equal([]);
    }
    expect(JSON.stringify(forced({ kind: 'did', event: '$profile.days', times: 2 }))).to.include(
      '{"$eq":["$$row.type",{"$literal":"$profile.days"}]}',
    );
  });

  it('escapes every special character of a pattern', () => {
    const test = { kind: 'starts-with' as const, value: '^a.*(b|c)+[d]{2}?$\\-/' };
    expect(clause({ kind: 'field', name: 'diet', test })).to.deep.equal({
      'profile.fields.diet': { $regex: '^(?:\\^a\\.\\*\\(b\\|c\\)\\+\\[d\\]\\{2\\}\\?\\$\\\\\\-\\/)' },
    });
  });

  it('depends on the given moment, not on the clock', () => {
    const tree: Resolved = { kind: 'age', from: 21, to: 35 };
    expect(clause(tree)).to.deep.equal({ 'profile.birthDate': { $lte: '2005-03-01', $gt: '1990-03-01' } });
    expect(compile(tree, NOW)).to.deep.equal(compile(tree, new Date(NOW)));
  });
});
