import { expect } from 'chai';
import { readTree } from '../../../src/domain/segments/tree.ts';

const AGE = { kind: 'age', from: 21 };
const nested = (levels: number): unknown => (levels === 1 ? AGE : { kind: 'all', of: [nested(levels - 1)] });
const wide = (count: number): unknown => ({ kind: 'any', of: Array.from({ length: count }, () => AGE) });
const halves = (count: number): unknown => ({ kind: 'any', of: [wide(count / 2), wide(count / 2)] });
const cities = (count: number): unknown => ({
  kind: 'city',
  oneOf: Array.from({ length: count }, (_, at) => `c${at}`),
});

describe('reading a segment tree', () => {
  const taken: [what: string, input: unknown][] = [
    ['a clause alone', AGE],
    ['8 levels', nested(8)],
    ['200 clauses', wide(199)],
    ['1,000 values', cities(1000)],
    ['text that would be an operator elsewhere', { kind: 'city', oneOf: ['$where'] }],
    ['an own field of an ugly name', { kind: 'field', name: 'constructor', test: { kind: 'known' } }],
    ['a Canadian post code', { kind: 'zip', oneOf: ['K1A 0B1'] }],
  ];
  for (const [what, input] of taken) {
    it(`accepts ${what} unchanged`, () => {
      expect(readTree(input)).to.deep.equal({ ok: true, tree: input });
    });
  }

  const all = (clause: unknown): unknown => ({ kind: 'all', of: [AGE, clause] });
  const refused: [what: string, input: unknown, path: string, problem: RegExp][] = [
    ['nothing', undefined, '', /^It is missing\. It must be an object with a "kind"\.$/],
    ['null', null, '', /^It must be an object with a "kind"/],
    ['a list', [AGE], '', /^It must be an object with a "kind"/],
    ['text', 'age', '', /^It must be an object with a "kind"/],
    ['9 levels', nested(9), '/of/0'.repeat(8), /^Clauses go at most 8 levels deep\.$/],
    ['10,000 levels', nested(5000), '/of/0'.repeat(8), /at most 8 levels/],
    ['201 clauses', halves(198), '', /^A segment has at most 200 clauses\.$/],
    ['a list of 201', wide(201), '/of', /^A segment has at most 200 clauses\.$/],
    ['1,001 values', cities(1001), '/oneOf', /^It is too long\. It must be a list of 1 to 1000 entries\.$/],
    [
      'no values',
      { kind: 'city', oneOf: [] },
      '/oneOf',
      /^It is empty\. It must be a list of 1 to 1000 entries\.$/,
    ],
    [
      'no kind',
      all({ from: 21 }),
      '/of/1/kind',
      /^It is missing\. It must be one of: everyone, age, .*, none\.$/,
    ],
    [
      'an unheard-of kind',
      all({ kind: 'agee', from: 21 }),
      '/of/1/kind',
      /^There is no such kind\. It must be one of: everyone, age, .*, none\.$/,
    ],
    ['a kind every object has', all({ kind: 'constructor' }), '/of/1/kind', /no such kind/],
    ['the kind of a prototype', all({ kind: '__proto__' }), '/of/1/kind', /no such kind/],
    ['an operator for a clause', all({ $where: 'sleep(1000)' }), '/of/1/kind', /^It is missing/],
    [
      'an operator beside a clause',
      all({ ...AGE, $where: 'true' }),
      '/of/1/$where',
      /^There is no such field\. Accepted here: kind, from, to\.$/,
    ],
    ['an operator for a group', { kind: '$or', of: [AGE] }, '/kind', /no such kind/],
    [
      'an own __proto__',
      JSON.parse('{"kind": "everyone", "__proto__": {"a": 1}}'),
      '/__proto__',
      /^There is no such field\. Accepted here: kind\.$/,
    ],
    ['a group without a list', { kind: 'all' }, '/of', /^It is missing\. It must be a list\.$/],
    [
      'an object for a value',
      { kind: 'city', oneOf: [{ $ne: null }] },
      '/oneOf/0',
      /^It must be text .*, not an object\.$/,
    ],
    [
      'an object for a list',
      { kind: 'city', oneOf: { $ne: null } },
      '/oneOf',
      /^It must be a list of 1 to 1000 entries, not an object\.$/,
    ],
    ['a number for text', { kind: 'list', oneOf: [1] }, '/oneOf/0', /^It must be text .*, not a number\.$/],
    [
      'text for a number',
      { kind: 'age', from: '21' },
      '/from',
      /^It must be a whole number from 0 to 130\.$/,
    ],
    [
      'half a year',
      { kind: 'age', from: 20.5 },
      '/from',
      /^It must be a whole number from 0 to 130, not a fraction\.$/,
    ],
    [
      'an age below nothing',
      { kind: 'age', from: -1 },
      '/from',
      /^It must be a whole number from 0 to 130\.$/,
    ],
    [
      'a sum of nothing',
      { kind: 'did', event: 'click', sum: 0 },
      '/sum',
      /^It must be a number from 0\.01 to 1000000000, with at most 2 decimals\.$/,
    ],
    [
      'more days than are kept',
      { kind: 'did-not', event: 'click', days: 401 },
      '/days',
      /^It must be a whole number from 1 to 400\.$/,
    ],
    [
      'half a time',
      { kind: 'did', event: 'click', timesAtMost: 1.5 },
      '/timesAtMost',
      /^It must be a whole number from 0 to 100000, not a fraction\.$/,
    ],
    [
      'less than no time',
      { kind: 'did', event: 'click', timesAtMost: -1 },
      '/timesAtMost',
      /^It must be a whole number from 0 to 100000\.$/,
    ],
    [
      'a sum to half a cent',
      { kind: 'did', event: 'click', sumAtMost: 0.005 },
      '/sumAtMost',
      /^It must be a number from 0 to 1000000000, with at most 2 decimals\.$/,
    ],
    [
      'a moment for a day',
      { kind: 'did', event: 'click', since: '2026-02-01T00:00:00Z' },
      '/since',
      /^It must be a date of the calendar, such as "2026-12-01"\.$/,
    ],
    [
      'no day of the year',
      { kind: 'did-not', event: 'click', before: '2026-02-29' },
      '/before',
      /^It must be a date of the calendar/,
    ],
    [
      'an operator for a day',
      { kind: 'did', event: 'click', before: { $ne: 1 } },
      '/before',
      /^It must be a date of the calendar, such as "2026-12-01", not an object\.$/,
    ],
    [
      'how often somebody did not',
      { kind: 'did-not', event: 'click', times: 2 },
      '/times',
      /^There is no such field\. Accepted here: kind, event, days, since, before\.$/,
    ],
    [
      'a state in small letters',
      { kind: 'state', oneOf: ['ca'] },
      '/oneOf/0',
      /^It must be two capital letters, such as CA\.$/,
    ],
    [
      'a language nobody writes in',
      { kind: 'language', oneOf: ['tlh'] },
      '/oneOf/0',
      /^It must be one of: en, es, fr\.$/,
    ],
    [
      'a thing known under its name in the API',
      { kind: 'known', what: 'birth_date' },
      '/what',
      /^It must be one of: birth-date, gender, language, .*, stage\.$/,
    ],
    [
      'a test of an own field without its direction',
      { kind: 'field', name: 'renewal', test: { kind: 'within', days: 5 } },
      '/test/direction',
      /^It is missing\. It must be one of: past, coming\.$/,
    ],
    [
      'text too long',
      { kind: 'city', oneOf: ['a'.repeat(101)] },
      '/oneOf/0',
      /^It is too long\. It must be text without control characters \(1 to 100 characters\)\.$/,
    ],
    [
      'a null character',
      { kind: 'city', oneOf: ['a\u0000'] },
      '/oneOf/0',
      /^It must be text without control characters\.$/,
    ],
    ['half a character', { kind: 'city', oneOf: ['\ud800'] }, '/oneOf/0', /^It must be text without/],
    [
      'a field with a dot',
      { kind: 'field', name: 'a.b', test: { kind: 'known' } },
      '/name',
      /^It must be 1 to 40 of a-z, 0-9 and "_", without "__" before it\.$/,
    ],
    [
      'a field with a dollar',
      { kind: 'field', name: '$a', test: { kind: 'known' } },
      '/name',
      /^It must be 1 to 40 of a-z, 0-9 and "_", without "__" before it\.$/,
    ],
    [
      'a field called __proto__',
      { kind: 'field', name: '__proto__', test: { kind: 'known' } },
      '/name',
      /^It must be 1 to 40 of a-z, 0-9 and "_", without "__" before it\.$/,
    ],
    [
      'a field of no test',
      { kind: 'field', name: 'a', test: { kind: '$gt' } },
      '/test/kind',
      /^There is no such kind\. It must be one of: known, is, one-of, .*, within\.$/,
    ],
    [
      'a field that is an object',
      { kind: 'field', name: 'a', test: { kind: 'is', value: {} } },
      '/test/value',
      /^It must be text .*, a number or true or false, not an object\.$/,
    ],
    [
      'no day of the calendar',
      { kind: 'field', name: 'a', test: { kind: 'before', date: '2026-02-30' } },
      '/test/date',
      /^It must be a date of the calendar, such as "2026-12-01"\.$/,
    ],
  ];
  for (const [what, input, path, problem] of refused) {
    it(`refuses ${what} with its place`, () => {
      const read = readTree(input);
      expect(read.ok).to.equal(false);
      if (read.ok) return;
      expect(read.faults).to.have.length(1);
      expect(read.faults[0]?.path).to.equal(path);
      expect(read.faults[0]?.problem).to.match(problem);
    });
  }

  it('names every fault, not only the first', () => {
    const read = readTree({ kind: 'all', of: [{ kind: 'age', from: -1 }, { kind: 'nothing' }] });
    expect(read.ok ? [] : read.faults.map(({ path }) => path)).to.have.members(['/of/0/from', '/of/1/kind']);
  });
});
