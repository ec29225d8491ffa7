import { isEveryObjects, SLUG, SLUG_LETTERS } from '../../contacts/profile.ts';
import { HOUR_MS } from '../../durations.ts';
import type { Leaf, LeafOf } from '../tree.ts';
import {
  among,
  amongWords,
  daysOf,
  type Filter,
  type Predicate,
  quoted,
  type SegmentContext,
  scalar,
  unknownToo,
  within,
} from './clause.ts';
import { countryName } from './place.ts';
import type { ClauseFault, KNOWABLE } from './shapes.ts';

export function stageFaults({ oneOf }: LeafOf<'stage'>, { stages }: SegmentContext): ClauseFault[] {
  const problem = 'There is no such stage, and nobody is in it. GET /stages lists them.';
  return oneOf.flatMap((name, at) => (stages.has(name) ? [] : [{ path: `/oneOf/${at}`, problem }]));
}

export function nameFaults({ kind, oneOf }: LeafOf<'interest' | 'list'>): ClauseFault[] {
  const problem = `There can be no such ${kind}: its name is ${SLUG_LETTERS}.`;
  return oneOf.flatMap((name, at) =>
    SLUG.test(name) && !isEveryObjects(name) ? [] : [{ path: `/oneOf/${at}`, problem }],
  );
}

export type Knowable = (typeof KNOWABLE)[number];

/**
 * Matches people born on or before the birthday that makes them `from` years old, and after the one that would make
 * them `to` + 1.
 */
export function compileAge({ from = 0, to }: LeafOf<'age'>, now: Date): Filter {
  const young = to === undefined ? {} : { $gt: birthDay(now, to + 1) };
  return { 'profile.birthDate': { $lte: birthDay(now, from), ...young } };
}

/** How far American Samoa, the last zone of the country, is behind UTC, ms. */
const LAST_BEHIND_MS = 11 * HOUR_MS;

/**
 * The birth date of people who turn `years` today, where "today" has begun everywhere in the country. By UTC,
 * people would come of age the evening before. The result may be no calendar date, which is no problem, since dates
 * compare as strings: a person born on 29 February turns a year older on 1 March.
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

/** Throws TypeError at a property that is not in `KNOWABLE`. */
export function compileKnown({ what }: LeafOf<'known'>): Filter {
  if (!Object.hasOwn(KNOWN_AT, what))
    throw new TypeError('a segment asks whether something unheard of is known');
  return { [KNOWN_AT[what]]: { $ne: null } };
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

/** Matches any of the listed values. Of interests and lists a person may have several; one match is enough. */
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

export function agePhrase({ from, to }: LeafOf<'age'>): string {
  if (from === to) return `${from}`;
  if (to === undefined) return `${from} or older`;
  return from === undefined ? `${to} or younger` : `${from} to ${to}`;
}

export const WHAT: Record<LeafOf<'known'>['what'], string> = {
  'birth-date': 'birth date',
  gender: 'gender',
  language: 'language',
  country: 'country',
  state: 'state',
  city: 'city',
  zip: 'ZIP',
  zone: 'time zone',
  stage: 'stage',
};

type ListedPhrase = Extract<Leaf, { oneOf: unknown }>;

export function listPredicate({
  kind,
  oneOf,
}: Exclude<ListedPhrase, { kind: 'stage' | 'engagement' }>): Predicate {
  const any = amongWords(oneOf);
  switch (kind) {
    case 'gender':
      return unknownToo('is', any, 'be');
    case 'language':
      return unknownToo('reads', amongWords(oneOf.map(languageName)), 'read');
    case 'country':
      return unknownToo('lives', `in ${amongWords(oneOf.map(countryName))}`, 'live');
    case 'state':
    case 'city':
      return unknownToo('lives', `in ${any}`, 'live');
    case 'zip':
      return unknownToo('has', `the ZIP ${any}`, 'have');
    case 'zip-area':
      return unknownToo('has', `a ZIP that begins with ${any}`, 'have');
    case 'zone':
      return unknownToo('lives', `in the time zone ${any}`, 'live');
    case 'area-code':
      return unknownToo('has', `the area code ${any}`, 'have');
    case 'interest':
      return unknownToo('is', `interested in ${amongWords(oneOf.map(quoted))}`, 'be');
    case 'list':
      return listing(`on the list ${amongWords(oneOf.map(quoted))}`);
    case 'contact':
      return listing(oneOf.length === 1 ? 'the one person picked' : `one of ${oneOf.length} people picked`);
  }
}

const listing = (what: string): Predicate => ({ is: `is ${what}`, isNot: `is not ${what}` });

const languageName = (code: string): string =>
  new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? code;

type Spanned = { olderThanDays?: number; newerThanDays?: number };

export function when({ olderThanDays: older, newerThanDays: newer }: Spanned): string {
  return [
    ...(newer === undefined ? [] : [within('last', newer)]),
    ...(older === undefined ? [] : [`more than ${daysOf(older)} ago`]),
  ].join(' and ');
}

export function spent({ olderThanDays: older, newerThanDays: newer }: Spanned): string {
  const spans = [
    ...(older === undefined ? [] : [`more than ${daysOf(older)}`]),
    ...(newer === undefined ? [] : [`at most ${daysOf(newer)}`]),
  ];
  return spans.length === 0 ? '' : ` for ${spans.join(' and ')}`;
}
