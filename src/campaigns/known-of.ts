import type { Contact } from '../contacts/find-contact.ts';
import type { Language } from '../domain/program.ts';
import type { Values } from '../domain/templates/template-text.ts';
import type { KeyRing } from '../store/keys.ts';
import { openNames, type StoredValue } from '../store/profiles.ts';

/**
 * What a template may name of one person, as it is written in a language: a day by its date in UTC, a number with its
 * marks. An own field that is sealed stays so. Throws `KeyMissing` or `SealBroken` where the names cannot be opened.
 */
export function knownOf(ring: KeyRing, { stored }: Contact, language: Language): Values {
  const { profile } = stored;
  const own = Object.entries(profile?.fields ?? {}).map(([name, value]) => [
    `fields.${name}`,
    written(value, language),
  ]);
  const names = openNames(ring, stored);
  const values = {
    first_name: names.first_name ?? '',
    last_name: names.last_name ?? '',
    city: profile?.place.city ?? '',
    state: profile?.place.state ?? '',
  };
  return { ...values, ...Object.fromEntries(own) };
}

function written(value: StoredValue, language: Language): string {
  if (value instanceof Date) return new Intl.DateTimeFormat(language, DAY).format(value);
  if (typeof value === 'number') return new Intl.NumberFormat(language).format(value);
  return typeof value === 'string' ? value : '';
}

const DAY = { dateStyle: 'medium', timeZone: 'UTC' } as const;
