import fc from 'fast-check';
import { CHANNELS } from '../../../src/domain/consent/channels.ts';
import { SUBSCRIPTION_STATES } from '../../../src/domain/consent/consent-state.ts';
import { fadesAt } from '../../../src/domain/contacts/activity.ts';
import { faultsInPlace } from '../../../src/domain/contacts/places.ts';
import type { Profile } from '../../../src/domain/contacts/profile.ts';
import { LANGUAGES, PURPOSES } from '../../../src/domain/program.ts';
import type { SegmentContact } from './naive.ts';
import {
  areaCodes,
  birthDates,
  campaigns,
  DAY,
  daysAround,
  events,
  maybe,
  moments,
  names,
  stages,
  words,
  zips,
  zones,
} from './vocabulary.ts';

/** Of any type: a comparison matches no value of another. */
const anyType = fc.constantFrom('5', 'true', '2026-03-01', 1);
const fieldValues: fc.Arbitrary<Profile['fields']> = fc.record(
  {
    diet: fc.oneof({ arbitrary: words, weight: 9 }, { arbitrary: anyType, weight: 1 }),
    constructor: words,
    points: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(2.5), anyType),
    member: fc.oneof(fc.boolean(), anyType),
    renewal: fc.oneof(
      fc.tuple(daysAround, fc.constantFrom(0, DAY - 1)).map(([day, ms]) => new Date(day + ms)),
      anyType,
    ),
  },
  { requiredKeys: [] },
);

const activity = fc.record({
  type: events,
  day: fc
    .constantFrom(0, 1, 6, 7, 8, 30, 31, 90, 399)
    .map((days) => new Date(Date.UTC(2026, 2, 1) - days * DAY)),
  // What was given back is in the sum alone.
  count: fc.integer({ min: 0, max: 3 }),
  sum: fc.oneof(
    fc.constantFrom(0.1, 0.2, 0.3, 10.1, 20.2),
    fc.integer({ min: -100, max: 2000 }).map((cents) => cents / 100),
  ),
});

const profiles: fc.Arbitrary<Profile> = fc
  .record({
    birthDate: maybe(birthDates),
    gender: maybe(fc.constantFrom('female' as const, 'male' as const, 'other' as const)),
    place: fc
      .record({
        country: maybe(fc.constantFrom('US', 'CA')),
        state: maybe(fc.constantFrom('CA', 'NV', 'TX')),
        city: maybe(words),
        zip: maybe(zips),
        zone: maybe(zones),
      })
      .filter((place) => faultsInPlace(place).length === 0),
    interests: fc.array(names, { maxLength: 2 }),
    fields: fieldValues,
    lists: fc.array(names, { maxLength: 2 }),
    stage: maybe(fc.record({ name: stages, since: moments })),
    days: fc.array(activity, { maxLength: 4 }),
    zoneSure: fc.boolean(),
  })
  .map((profile) => ({ ...profile, fadesAt: fadesAt(profile.days) }));

const sends = fc
  .array(
    fc.record(
      {
        ...{ campaign: campaigns, at: moments, delivered: fc.boolean() },
        clicked: fc.constant(true as const),
        unknown: fc.constant(true as const),
      },
      { requiredKeys: ['campaign', 'at', 'delivered'] },
    ),
    { maxLength: 4 },
  )
  .map((all) =>
    all
      .map((message) => (message.unknown ? { ...message, delivered: false } : message))
      .sort((a, b) => Number(a.unknown ?? 0) - Number(b.unknown ?? 0) || b.at.getTime() - a.at.getTime()),
  );

const basis = fc.record({
  at: moments,
  channel: fc.constantFrom(...CHANNELS),
  disclosure: fc.constant({ touchpoint: 'join', version: 1 }),
  seq: fc.constant(1),
});

const subscription = fc.record({
  program: fc.constantFrom('deals', 'orders'),
  state: fc.constantFrom(...SUBSCRIPTION_STATES, 'subscribed' as const, 'subscribed' as const),
  since: moments,
  topics: fc.subarray(['news', 'sales']),
  purposes: fc.subarray([...PURPOSES]),
  basis: maybe(basis),
});

export const contacts = (count: number): fc.Arbitrary<SegmentContact[]> =>
  fc
    .array(
      fc.record(
        {
          current: fc.constantFrom(true, true, true, true, false),
          language: maybe(fc.constantFrom(...LANGUAGES)),
          createdAt: moments,
          subscriptions: fc.uniqueArray(subscription, { maxLength: 2, selector: (row) => row.program }),
          profile: profiles,
          areaCode: maybe(areaCodes),
          repliedAt: moments,
          sends,
        },
        { requiredKeys: ['current', 'language', 'createdAt', 'subscriptions'] },
      ),
      { minLength: count, maxLength: count },
    )
    .map((all) => all.map((person, at) => ({ _id: `c${at}`, ...person })) as SegmentContact[]);
