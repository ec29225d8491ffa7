import { faultsInPlace } from '../../contacts/places.ts';
import { EMPTY_PROFILE } from '../../contacts/profile.ts';
import type { LeafOf } from '../tree.ts';
import { zipsNear } from '../zip-radius.ts';
import { among, type Filter, scalar, type ValueRange, values } from './clause.ts';
import type { ClauseFault } from './shapes.ts';

/** A clause may not ask for a place that no profile can contain. */
export function placeFaults({ kind, oneOf }: LeafOf<'country' | 'state' | 'zip' | 'zone'>): ClauseFault[] {
  return oneOf.flatMap((value, at) =>
    faultsInPlace({ ...EMPTY_PROFILE.place, [kind]: value }).map(({ message }) => ({
      path: `/oneOf/${at}`,
      problem: message,
    })),
  );
}

export const UNPLACED =
  'The area of this ZIP code is unknown, because ZIP codes of post-office boxes have none. Use the ZIP code of a street near by.';

const COUNTRIES = ['US', 'CA'] as const;
type Country = (typeof COUNTRIES)[number];

/**
 * The countries to which at least one of these values may belong. Only US and Canadian states and postal codes are
 * supported.
 */
export const countriesOf = (
  texts: readonly string[],
  fits: (value: string, country: Country) => boolean,
): ValueRange =>
  values(
    'country',
    COUNTRIES.filter((country) => texts.some((value) => fits(value, country))),
  );
export const fitsIn =
  (part: 'state' | 'zip') =>
  (text: string, country: Country): boolean =>
    faultsInPlace({ ...EMPTY_PROFILE.place, country, [part]: text }).length === 0;

/** Lists the ZIP codes within the radius: a short list that an index can answer. */
export function compileNear({ zip, miles }: LeafOf<'near'>): Filter {
  return among('profile.place.zip', zipsNear(scalar(zip), scalar(miles)));
}

export const milesOf = (miles: number): string => (miles === 1 ? 'one mile' : `${miles} miles`);

export function countryName(code: string): string {
  const name = new Intl.DisplayNames('en', { type: 'region' }).of(code) ?? code;
  return /^(United|Netherlands|Philippines|Bahamas)/.test(name) ? `the ${name}` : name;
}
