import { expect } from 'chai';
import fc from 'fast-check';
import { faultsInPlace, readZip } from '../../../src/domain/contacts/places.ts';
import { EMPTY_PROFILE, type FieldDefinition } from '../../../src/domain/contacts/profile.ts';
import {
  applyChanges,
  type Described,
  faultsOfAnybody,
  isCalendarDate,
  NOBODY,
  type ProfileChanges,
  STAGES,
} from '../../../src/domain/contacts/profile-changes.ts';

const seed = Number(process.env.ASSENT_SEED ?? 1);
const NOW = new Date('2026-03-01T12:00:00Z');
const FIELDS = new Map<string, FieldDefinition>(
  (['text', 'number', 'boolean', 'date'] as const).map((type) => [
    type,
    { name: type, type, label: type, identifies: null },
  ]),
);
const KNOWN = { fields: FIELDS, stages: new Set<string>(STAGES) };

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const list = maybe(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }));
const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
const changes: fc.Arbitrary<ProfileChanges> = fc.record(
  {
    first_name: maybe(fc.constantFrom('Ana', 'Bo')),
    last_name: maybe(fc.constantFrom('Reyes', 'Li')),
    birth_date: maybe(fc.constantFrom('1990-02-28', '2026-03-01')),
    gender: maybe(fc.constantFrom('female', 'male', 'other')),
    place: maybe(fc.record({ city: maybe(fc.constantFrom('Fresno', 'Ely')) }, { requiredKeys: [] })),
    interests: list,
    lists_add: names,
    lists_remove: fc.constantFrom(['d'], ['d', 'e']),
    stage: maybe(fc.constantFrom(...STAGES)),
    fields: fc.record(
      {
        text: maybe(fc.constantFrom('x', 'y')),
        number: maybe(fc.integer()),
        boolean: maybe(fc.boolean()),
        date: maybe(fc.constantFrom('2024-02-29', '2024-02-29T10:00:00+02:00')),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const apply = (before: Described, profileChanges: ProfileChanges, at = NOW) => {
  const applied = applyChanges(before, profileChanges, KNOWN, at);
  if (applied.kind === 'refused') throw new Error(JSON.stringify(applied.faults));
  return applied;
};

describe(`saving a profile (seed ${seed})`, () => {
  it('changes nothing the second time and names the changed fields the first time', () => {
    fc.assert(
      fc.property(changes, changes, (earlier, change) => {
        const { after: before } = apply(NOBODY, earlier);
        const { after, changed } = apply(before, change);
        const again = apply(after, change, new Date(NOW.getTime() + 1000));
        expect(again.changed).to.deep.equal([]);
        expect(again.after).to.deep.equal(after);
        if (changed.length === 0) expect(after).to.deep.equal(before);
        else expect(after).not.to.deep.equal(before);
      }),
      { seed, numRuns: 500 },
    );
  });

  it('leaves fields that the request does not name unchanged, activity days included', () => {
    const days = [{ type: 'visit', day: NOW, count: 1, sum: 0 }];
    fc.assert(
      fc.property(changes, changes, (earlier, change) => {
        const { after: before } = apply({ ...NOBODY, profile: { ...EMPTY_PROFILE, days } }, earlier);
        const { after, changed } = apply(before, change);
        expect(after.profile.days).to.equal(days);
        const tops = Object.keys(change).map((name) => name.replace(/_(add|remove)$/, ''));
        const named = [...tops, ...Object.keys(change.fields ?? {}).map((name) => `fields.${name}`)];
        for (const field of changed) {
          const [top = ''] = field.split('.');
          expect(named).to.include(top === 'fields' ? field : top);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it('names every fault at once and then changes nothing', () => {
    const bad = {
      birth_date: '2027-01-01',
      stage: 'fan',
      place: { zone: 'Mars/North' },
      fields: { number: 'x', nil: 1 },
    };
    const applied = applyChanges(NOBODY, bad, KNOWN, NOW);
    const named = applied.kind === 'refused' ? applied.faults.map(({ field }) => field) : [];
    expect(named).to.have.members(['birth_date', 'stage', 'place.zone', 'fields.number', 'fields.nil']);
  });

  it('refuses for every profile, with the same fault, what it refuses without a profile', () => {
    const part = <T>(...values: T[]) => maybe(fc.constantFrom(...values));
    const places = fc.record(
      {
        country: part('US', 'CA', 'GB', 'XX'),
        state: part('TX', 'ON', 'ZZ'),
        zip: part('93650', 'K1A 0B1', '9365'),
        zone: part('America/Chicago', 'Mars/North'),
      },
      { requiredKeys: [] },
    );
    const bad = fc.record(
      {
        place: places,
        stage: part('lead', 'fan'),
        birth_date: part('1990-02-28', '1990-02-31', '2027-01-01'),
        fields: fc.record({ number: part<unknown>(1, 'x'), nil: part(1) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(bad, bad, (earlier, change) => {
        const applied = applyChanges(NOBODY, earlier, KNOWN, NOW);
        fc.pre(applied.kind === 'applied');
        const found = applyChanges(applied.after, change, KNOWN, NOW);
        const faults = found.kind === 'refused' ? found.faults : [];
        expect(faults).to.deep.include.members(faultsOfAnybody(change, KNOWN, NOW));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('names no fault without a profile when the fault depends on the stored profile', () => {
    const named = (profileChanges: ProfileChanges) =>
      faultsOfAnybody(profileChanges, KNOWN, NOW).map(({ field }) => field);
    expect(named({ place: { country: 'GB' } })).to.deep.equal([]);
    expect(named({ place: { country: 'GB', state: 'TX' } })).to.deep.equal(['place.state']);
    expect(named({ place: { country: 'GB' }, stage: 'fan' })).to.deep.equal(['stage']);
  });

  it('judges a place together with the stored place', () => {
    const { after } = apply(NOBODY, { place: { country: 'US', state: 'TX' } });
    const moved = applyChanges(after, { place: { country: 'CA' } }, KNOWN, NOW);
    expect(moved.kind === 'refused' && moved.faults.map(({ field }) => field)).to.deep.equal(['place.state']);
    expect(apply(after, { place: { country: 'CA', state: 'ON' } }).changed).to.have.length(2);
    expect(apply(after, { place: null }).after.profile.place).to.deep.equal(EMPTY_PROFILE.place);
  });
});

describe('lists of a profile', () => {
  type Names = Pick<ProfileChanges, 'lists' | 'lists_add' | 'lists_remove'>;
  const many = (count: number) => Array.from({ length: count }, (_, at) => `list-${at}`);
  const table: [what: string, before: string[], change: Names, after: string[] | string][] = [
    ['are replaced by a whole list', ['vip', 'spring'], { lists: ['vip'] }, ['vip']],
    ['are added to', ['spring'], { lists_add: ['vip', 'vip', 'spring'] }, ['spring', 'vip']],
    ['are removed from', ['spring', 'vip'], { lists_remove: ['spring', 'none'] }, ['vip']],
    ['are both at once', ['spring'], { lists_add: ['vip'], lists_remove: ['spring'] }, ['vip']],
    ['are none or changed, not both', ['a'], { lists: null, lists_remove: ['b'] }, 'lists'],
    ['are whole or changed, not both', ['a'], { lists: ['a'], lists_add: ['b'] }, 'lists'],
    ['have no name added and removed', [], { lists_add: ['a', 'b'], lists_remove: ['b'] }, 'lists_add'],
    ['are a hundred at most', many(100), { lists_add: ['one-more'] }, 'lists_add'],
    ['are a hundred where some of those are there', many(2), { lists_add: many(100) }, many(100).sort()],
  ];
  for (const [what, before, change, expected] of table) {
    it(`${what}`, () => {
      const applied = applyChanges(apply(NOBODY, { lists: before }).after, change, KNOWN, NOW);
      if (applied.kind === 'applied') expect(applied.after.profile.lists).to.deep.equal(expected);
      else expect(applied.faults.map(({ field }) => field)).to.deep.equal([expected]);
    });
  }
});

describe('places of a profile', () => {
  const zips: [string, string | null, string | null][] = [
    ['93650', 'US', '93650'],
    ['93650-1234', 'US', '93650'],
    ['9365', 'US', null],
    ['k1a0b1', 'CA', 'K1A 0B1'],
    ['K1A 0B1', null, 'K1A 0B1'],
    ['D1A 0B1', 'CA', null],
    ['Z1A 0B1', 'CA', null],
    ['K1A 0B1', 'US', null],
    ['93650', 'CA', null],
    ['93650', 'MX', null],
  ];
  for (const [text, country, expected] of zips) {
    it(`read the ZIP ${text} in ${country ?? 'any country'} as ${expected}`, () => {
      expect(readZip(text, country)).to.equal(expected);
    });
  }

  const states: [string, string | null, boolean][] = [
    ['CA', 'US', true],
    ['PR', 'US', true],
    ['ON', 'CA', true],
    ['ON', 'US', false],
    ['CA', 'CA', false],
    ['QC', null, true],
    ['ZZ', null, false],
    ['CA', 'MX', false],
  ];
  for (const [state, country, fits] of states) {
    it(`${fits ? 'accept' : 'refuse'} the state ${state} in ${country ?? 'any country'}`, () => {
      const faults = faultsInPlace({ ...EMPTY_PROFILE.place, state, country });
      expect(faults.map(({ field }) => field)).to.deep.equal(fits ? [] : ['state']);
    });
  }
});

describe('calendar dates', () => {
  const dates: [string, boolean][] = [
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2000-02-29', true],
    ['1900-02-29', false],
    ['2024-04-31', false],
    ['2024-00-10', false],
    ['2024-1-01', false],
    ['1700-01-01', false],
    ['2024-01-01T00:00:00Z', false],
  ];
  for (const [text, is] of dates) {
    it(`${is ? 'include' : 'do not include'} ${text}`, () => {
      expect(isCalendarDate(text)).to.equal(is);
    });
  }
});
