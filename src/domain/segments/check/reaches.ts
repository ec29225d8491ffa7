import { faultsInPlace } from '../../audience/places.ts';
import { EMPTY_PROFILE } from '../../audience/profile.ts';
import { DAY_MS } from '../../durations.ts';
import type { FieldTest } from '../clauses.ts';
import type { LeafOf, ResolvedLeaf } from '../tree.ts';
import type { zipsNear } from '../zips-near.ts';
import type { Reach } from './reach.ts';

/**
 * What a clause says of single values of a person. `says`: true of everyone who matches. `whole`: and whoever it is true of
 * matches. `ifKnown`: true of those who match and of whom the value is known; a profile is refused where it is not.
 */
export type Reaches = { says: readonly Reach[]; whole: boolean; ifKnown: readonly Reach[] };

/** `near`: the ZIP codes round one. */
export function reachesOf(leaf: ResolvedLeaf, near: typeof zipsNear): Reaches {
  switch (leaf.kind) {
    case 'age':
      return whole(range('birth-date', leaf.from, leaf.to));
    case 'known':
      return whole({ of: leaf.what, kind: 'any' });
    case 'zip-area':
      return whole(
        { of: 'zip', kind: 'beginnings', beginnings: new Set(leaf.oneOf) },
        { ifKnown: [countriesOf(leaf.oneOf, (area, country) => /^\d/.test(area) === (country === 'US'))] },
      );
    case 'near':
      return whole(values('zip', near(leaf.zip, leaf.miles)), { ifKnown: [values('country', ['US'])] });
    case 'field':
      return whole(fieldReaches(leaf));
    case 'stage':
      return whole([values('stage', leaf.oneOf), ...span('stage since', leaf)]);
    case 'added':
      return whole(span('added', leaf));
    case 'subscription':
      return { says: subscriptionReaches(leaf), whole: false, ifKnown: [] };
    case 'state':
    case 'zip':
      return whole(values(leaf.kind, leaf.oneOf), { ifKnown: [countriesOf(leaf.oneOf, fitsIn(leaf.kind))] });
    default:
      return isSingle(leaf) ? whole(values(leaf.kind, leaf.oneOf)) : NOTHING;
  }
}

const NOTHING: Reaches = { says: [], whole: false, ifKnown: [] };

const whole = (says: Reach | Reach[], more: Partial<Reaches> = {}): Reaches => ({
  says: [says].flat(),
  whole: true,
  ifKnown: [],
  ...more,
});
const values = (of: string, some: readonly unknown[]): Reach => ({
  of,
  kind: 'values',
  values: new Set(some),
});
const range = (of: string, from = -Infinity, to = Infinity): Reach => ({ of, kind: 'range', from, to });

/** What is older than 30 days is so from the 31st on, as far as whole days can be asked: no two spans meet between. */
function span(of: string, asked: { olderThanDays?: number; newerThanDays?: number }): Reach[] {
  const { olderThanDays: older, newerThanDays: newer } = asked;
  if (older === undefined && newer === undefined) return [];
  return [range(of, older === undefined ? undefined : older + 1, newer)];
}

const SINGLE = [
  'gender',
  'language',
  'country',
  'city',
  'zone',
  'area-code',
  'engagement',
  'contact',
] as const;
type Single = LeafOf<(typeof SINGLE)[number]>;
const isSingle = (leaf: ResolvedLeaf): leaf is Single => SINGLE.some((kind) => kind === leaf.kind);

const COUNTRIES = ['US', 'CA'] as const;
type Country = (typeof COUNTRIES)[number];

/** The countries of which one of these may be. Others have no states and no postal codes here. */
const countriesOf = (some: readonly string[], fits: (one: string, country: Country) => boolean): Reach =>
  values(
    'country',
    COUNTRIES.filter((country) => some.some((one) => fits(one, country))),
  );
const fitsIn =
  (part: 'state' | 'zip') =>
  (one: string, country: Country): boolean =>
    faultsInPlace({ ...EMPTY_PROFILE.place, country, [part]: one }).length === 0;

type Test = Reach extends infer R ? (R extends Reach ? Omit<R, 'of'> : never) : never;
const dayOf = (date: string): number => Date.parse(date) / DAY_MS;

/** What counts from today is a value of its own: it lies before no day, and after none, for ever. */
function fieldReaches({ name, test }: LeafOf<'field'>): Reach[] {
  const value: Reach = { of: `field ${name}`, ...testReach(test) };
  if (test.kind !== 'within') return [value];
  const [from, to] = test.direction === 'past' ? [-test.days, 0] : [0, test.days];
  return [value, range(`field ${name} from today`, from, to)];
}

/** Days of UTC by their number. */
function testReach(test: FieldTest): Test {
  switch (test.kind) {
    case 'is':
      return typeof test.value === 'number'
        ? { kind: 'range', from: test.value, to: test.value }
        : { kind: 'values', values: new Set([test.value]) };
    case 'one-of':
      return { kind: 'values', values: new Set(test.values) };
    case 'starts-with':
      return { kind: 'beginnings', beginnings: new Set([test.value]) };
    case 'between':
      return { kind: 'range', from: test.low ?? -Infinity, to: test.high ?? Infinity };
    case 'before':
      return { kind: 'range', from: -Infinity, to: dayOf(test.date) - 1 };
    case 'after':
      return { kind: 'range', from: dayOf(test.date) + 1, to: Infinity };
    default:
      return { kind: 'any' };
  }
}

/** A person has one subscription to a program, in one state, and it rests on one consent. */
function subscriptionReaches(leaf: LeafOf<'subscription'>): Reach[] {
  const { program, state, channels } = leaf;
  if (program === undefined) return [];
  return [
    values(`subscription ${program}`, [state]),
    ...(channels === undefined ? [] : [values(`channel ${program}`, channels)]),
    ...span(`consent ${program}`, leaf),
  ];
}
