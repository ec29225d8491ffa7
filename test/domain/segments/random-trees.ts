import fc from 'fast-check';
import { CHANNELS } from '../../../src/domain/consent/channels.ts';
import { SUBSCRIPTION_STATES } from '../../../src/domain/consent/consent-state.ts';
import { STAGES } from '../../../src/domain/contacts/profile-changes.ts';
import { LANGUAGES, PURPOSES } from '../../../src/domain/program.ts';
import type { SavedSegment, SegmentContext } from '../../../src/domain/segments/clauses/clause.ts';
import type { FieldTest } from '../../../src/domain/segments/clauses/custom-field.ts';
import { KNOWABLE } from '../../../src/domain/segments/clauses/shapes.ts';
import type { Leaf, LeafOf, Tree } from '../../../src/domain/segments/tree.ts';
import {
  areaCodes,
  calendarDays,
  campaigns,
  daysAround,
  events,
  FIELDS,
  NOW,
  names,
  PROGRAMS,
  someOf,
  spans,
  stages,
  words,
  zips,
  zones,
} from './vocabulary.ts';

const optional = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
const ages = fc.constantFrom(0, 17, 18, 20, 21, 35, 36, 65);
const range = <T extends string>(low: T, high: T, value: fc.Arbitrary<number>) =>
  fc.tuple(value, value, fc.constantFrom('low', 'high', 'both')).map(([a, b, which]) => ({
    ...(which === 'high' ? {} : { [low]: Math.min(a, b) }),
    ...(which === 'low' ? {} : { [high]: Math.max(a, b) }),
  }));
const aged = fc.constantFrom<{ olderThanDays?: number; newerThanDays?: number }>(
  { olderThanDays: 7 },
  { olderThanDays: 90 },
  { newerThanDays: 7 },
  { newerThanDays: 30 },
  { olderThanDays: 7, newerThanDays: 90 },
);
const dates = daysAround.map((day) => new Date(day).toISOString().slice(0, 10));

const asText: fc.Arbitrary<FieldTest> = fc.oneof(
  fc.constant({ kind: 'known' as const }),
  words.map((value) => ({ kind: 'is' as const, value })),
  someOf(words).map((values) => ({ kind: 'one-of' as const, values })),
  words.map((value) => ({ kind: 'starts-with' as const, value })),
);
const asNumber: fc.Arbitrary<FieldTest> = fc.oneof(
  fc.integer({ min: 0, max: 10 }).map((value) => ({ kind: 'is' as const, value })),
  range('low', 'high', fc.integer({ min: 0, max: 10 })).map((ends) => ({
    kind: 'between' as const,
    ...ends,
  })),
);
const asDate: fc.Arbitrary<FieldTest> = fc.oneof(
  dates.map((date) => ({ kind: 'before' as const, date })),
  dates.map((date) => ({ kind: 'after' as const, date })),
  fc.record({
    kind: fc.constant('within' as const),
    days: fc.constantFrom(1, 7, 30),
    direction: fc.constantFrom('past' as const, 'coming' as const),
  }),
);
const asBoolean: fc.Arbitrary<FieldTest> = fc.boolean().map((value) => ({ kind: 'is' as const, value }));
const field = (name: string, tests: fc.Arbitrary<FieldTest>): fc.Arbitrary<Leaf> =>
  tests.map((test) => ({ kind: 'field', name, test }));

const sums = fc.constantFrom(0.3, 0.6, 5, 20, 30.3);
const periods = fc.oneof(optional({ days: spans }), optional({ since: calendarDays, before: calendarDays }));

/** Clauses on what people did, of one thing or another. */
export const acts: fc.Arbitrary<LeafOf<'did'> | LeafOf<'did-not'>> = fc.oneof(
  fc
    .tuple(
      events,
      optional({
        times: fc.integer({ min: 1, max: 5 }),
        timesAtMost: fc.integer({ min: 1, max: 6 }),
        sum: sums,
        sumAtMost: sums,
      }),
      periods,
    )
    .map(([event, more, period]) => ({ kind: 'did' as const, event, ...more, ...period })),
  fc.tuple(events, periods).map(([event, period]) => ({ kind: 'did-not' as const, event, ...period })),
);

const listed = (kind: string, value: fc.Arbitrary<string>): fc.Arbitrary<Leaf> =>
  someOf(value).map((oneOf) => ({ kind, oneOf }) as Leaf);

export const leaves: fc.Arbitrary<Leaf> = fc.oneof(
  range('from', 'to', ages).map((ends) => ({ kind: 'age' as const, ...ends })),
  listed('gender', fc.constantFrom('female', 'male', 'other')),
  listed('language', fc.constantFrom(...LANGUAGES)),
  listed('country', fc.constantFrom('US', 'CA')),
  listed('state', fc.constantFrom('CA', 'NV', 'TX', 'NY')),
  listed('city', words),
  listed('zip', zips),
  listed('zip-area', fc.constantFrom('9', '902', '1000', 'K1A')),
  fc.record({
    kind: fc.constant('near' as const),
    zip: fc.constantFrom('90210', '10001', '90001'),
    miles: fc.constantFrom(1, 12, 13, 14, 300),
  }),
  listed('area-code', areaCodes),
  fc.constant({ kind: 'weak-zone' as const }),
  someOf(fc.constantFrom('champion', 'active', 'at-risk', 'dormant')).map(
    (oneOf) => ({ kind: 'engagement', oneOf: [...new Set(oneOf)] }) as Leaf,
  ),
  optional({
    campaign: campaigns,
    delivered: fc.constant(true as const),
    clicked: fc.boolean(),
    days: spans,
  }).map((asked) => ({
    kind: 'sent' as const,
    ...asked,
  })),
  optional({ days: spans }).map((asked) => ({ kind: 'replied' as const, ...asked })),
  fc.integer({ min: 1, max: 4 }).map((last) => ({ kind: 'ignored' as const, last })),
  listed('zone', zones),
  listed('interest', names),
  listed('list', names),
  listed(
    'contact',
    fc.integer({ min: 0, max: 500 }).map((at) => `c${at}`),
  ),
  fc.constantFrom(...KNOWABLE).map((what) => ({ kind: 'known' as const, what })),
  field('diet', asText),
  field('constructor', asText),
  field('points', asNumber),
  field('member', asBoolean),
  field('renewal', asDate),
  fc.tuple(someOf(stages), fc.oneof(fc.constant({}), aged)).map(([oneOf, age]) => ({
    kind: 'stage' as const,
    oneOf,
    ...age,
  })),
  aged.map((age) => ({ kind: 'added' as const, ...age })),
  fc
    .tuple(
      fc.constantFrom(...SUBSCRIPTION_STATES, 'subscribed' as const),
      optional({
        program: fc.constantFrom('deals', 'orders'),
        topics: someOf(fc.constantFrom('news', 'sales')),
        channels: someOf(fc.constantFrom(...CHANNELS)),
        purposes: fc.subarray([...PURPOSES], { minLength: 1 }),
      }),
      fc.oneof(fc.constant({}), aged),
    )
    .map(([state, more, age]) => ({ kind: 'subscription' as const, state, ...more, ...age }) as Leaf),
  acts,
  fc.constantFrom('young', 'busy').map((id) => ({ kind: 'segment' as const, id })),
);

export const SEGMENTS: SavedSegment[] = [
  { id: 'young', name: 'Young', tree: { kind: 'age', to: 35 } },
  {
    id: 'busy',
    name: 'Busy',
    tree: {
      kind: 'any',
      of: [
        { kind: 'did', event: 'click', times: 2 },
        { kind: 'segment', id: 'young' },
      ],
    },
  },
];
const CAMPAIGNS = ['spring', 'fall', 'weekly', 'weekly.2603010900', 'weekly-2'].map((id) => ({
  id,
  name: id,
}));
export const KNOWN: SegmentContext = {
  fields: FIELDS,
  programs: PROGRAMS,
  segments: SEGMENTS,
  campaigns: CAMPAIGNS,
  stages: new Set(STAGES),
  self: null,
  now: NOW,
};

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree; group: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, depthSize: 'medium' }, leaves as fc.Arbitrary<Tree>, tie('group')),
  group: fc.record({
    kind: fc.constantFrom('all' as const, 'any' as const, 'none' as const),
    of: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
  }),
})).tree;
