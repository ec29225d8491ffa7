import { LEVELS, stretchOf } from '../../audience/engagement.ts';
import { HOUR_MS } from '../../durations.ts';
import type { Knowable } from '../clauses.ts';
import type { LeafOf } from '../tree.ts';
import { zipsNear } from '../zips-near.ts';
import { among, type Filter, scalar } from './filter.ts';

/** Born on or before the day that makes `from` years, after the one that would make `to` + 1. */
export function compileAge({ from = 0, to }: LeafOf<'age'>, now: Date): Filter {
  const young = to === undefined ? {} : { $gt: birthDay(now, to + 1) };
  return { 'profile.birthDate': { $lte: birthDay(now, from), ...young } };
}

/** By how much the last of the country, in American Samoa, are behind UTC, ms. */
const LAST_BEHIND_MS = 11 * HOUR_MS;

/**
 * The day that has begun everywhere in the country, so many years ago, as birth dates are written: by UTC people would be
 * of age the evening before. Not always a day of the calendar, and need not be: dates compare as text, so who was born on
 * 29 February grows older on 1 March.
 */
function birthDay(now: Date, years: number): string {
  const day = new Date(now.getTime() - LAST_BEHIND_MS);
  const year = day.getUTCFullYear() - scalar(years);
  return `${String(year).padStart(4, '0')}${day.toISOString().slice(4, 10)}`;
}

const KNOWN_AT: Record<Knowable, string> = {
  'birth-date': 'profile.birthDate',
  gender: 'profile.gender',
  language: 'language',
  country: 'profile.place.country',
  state: 'profile.place.state',
  city: 'profile.place.city',
  zip: 'profile.place.zip',
  zone: 'profile.place.zone',
  stage: 'profile.stage',
};

/** Throws a TypeError at what nobody may ask for. */
export function compileKnown({ what }: LeafOf<'known'>): Filter {
  if (!Object.hasOwn(KNOWN_AT, what))
    throw new TypeError('a segment asks whether something unheard of is known');
  return { [KNOWN_AT[what]]: { $ne: null } };
}

/**
 * Levels are stretches of one moment; dormant is also of whom nothing is known, which no range finds. Throws a
 * TypeError at another.
 */
export function compileEngagement({ oneOf }: LeafOf<'engagement'>, now: Date): Filter {
  const path = 'profile.fadesAt';
  return {
    $or: oneOf.map((level) => {
      if (!Object.hasOwn(LEVELS, level)) throw new TypeError('there is no such level of engagement');
      const { from, before } = stretchOf(level, now);
      if (from === null) return before === null ? {} : { [path]: { $not: { $gte: before } } };
      return { [path]: { $gte: from, ...(before === null ? {} : { $lt: before }) } };
    }),
  };
}

/** The circle as the ZIP codes in it: a short list that an index answers. */
export function compileNear({ zip, miles }: LeafOf<'near'>): Filter {
  return among('profile.place.zip', zipsNear(scalar(zip), scalar(miles)));
}

type Listed = LeafOf<
  | 'gender'
  | 'language'
  | 'country'
  | 'state'
  | 'city'
  | 'zip'
  | 'zone'
  | 'area-code'
  | 'interest'
  | 'list'
  | 'contact'
>;

/** One of the values listed; of interests and lists, of which a person has several, any of them. */
export function compileOneOf({ kind, oneOf }: Listed): Filter {
  switch (kind) {
    case 'gender':
      return among('profile.gender', oneOf);
    case 'language':
      return among('language', oneOf);
    case 'country':
    case 'state':
    case 'city':
    case 'zip':
    case 'zone':
      return among(`profile.place.${kind}`, oneOf);
    case 'area-code':
      return among('areaCode', oneOf);
    case 'interest':
      return among('profile.interests', oneOf);
    case 'list':
      return among('profile.lists', oneOf);
    case 'contact':
      return among('_id', oneOf);
    default:
      throw new TypeError('a segment has a clause of no kind');
  }
}
