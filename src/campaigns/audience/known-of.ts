import type { Contact } from '../../contacts/find-contact.ts';
import type { Language } from '../../domain/program.ts';
import type { Values } from '../../domain/templates/template-text.ts';
import { writtenValue } from '../../domain/templates/written-value.ts';
import { openNames } from '../../store/people/profiles.ts';
import type { KeyRing } from '../../store/sealing/keys.ts';

/**
 * What a template may name of one person, as it is written in a language: a day by its date in UTC, a number with its
 * marks. An own field that is sealed stays so. Throws `KeyMissing` or `SealBroken` where the names cannot be opened.
 */
export function knownOf(ring: KeyRing, { stored }: Contact, language: Language): Values {
  const { profile } = stored;
  const own = Object.entries(profile?.fields ?? {}).map(([name, value]): [string, string] => [
    `fields.${name}`,
    Buffer.isBuffer(value) ? '' : writtenValue(value, language),
  ]);
  const names = openNames(ring, stored);
  const values = {
    first_name: names.first_name ?? '',
    last_name: names.last_name ?? '',
    city: profile?.place.city ?? '',
    state: profile?.place.state ?? '',
  };
  const all: [string, string][] = [...Object.entries(values), ...own];
  // A letter in two characters would make a text UCS-2 that has it in one.
  return Object.fromEntries(all.map(([name, value]) => [name, value.normalize('NFC')]));
}
