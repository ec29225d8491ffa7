import type { Desk } from '../../consent/desk.ts';
import type { FieldDefinition, FieldValue } from '../../domain/audience/profile.ts';
import { mailboxOf } from '../../domain/merging/e-mail.ts';
import type { Traits } from '../../domain/merging/likeness.ts';
import { comparedName } from '../../domain/merging/names.ts';
import { readNumber } from '../../domain/numbers.ts';
import { normalise } from '../../domain/words/normalise.ts';
import { unlessClosed } from '../../store/people/holder.ts';
import type { Comparable } from '../../store/people/likeness.ts';
import { openNames } from '../../store/people/profiles.ts';
import { openFields } from '../../store/sealing/sealed-fields.ts';

/** Own fields that tell who somebody is. */
export type IdentifyingFields = readonly FieldDefinition[];

/** What tells who a contact is; null where the keys of this process cannot open it. */
export function traitsOf(desk: Desk, fields: IdentifyingFields, one: Comparable): Traits | null {
  const open = unlessClosed(() => ({
    names: openNames(desk.ring, one),
    told: openFields(desk.ring, one, one.profile?.fields ?? {}),
  }));
  if (open === null) return null;
  const { names, told } = open;
  const values = (kind: FieldDefinition['identifies']) =>
    fields
      .filter(({ identifies }) => identifies === kind)
      .flatMap(({ name }) => namedValue(name, told[name]));
  return {
    index: one.index,
    name: comparedName(names.first_name, names.last_name),
    birthDate: one.profile?.birthDate ?? null,
    zip: one.profile?.place?.zip ?? null,
    mailboxes: values('mailbox').flatMap(({ value }) => mailboxOf(value) ?? []),
    ids: values('person').map(({ name, value }) => `${name} ${normalise(value)}`),
    phones: values('phone').flatMap(({ value }) => numberTold(value).map(desk.indexOf)),
  };
}

const namedValue = (name: string, value: FieldValue | undefined): { name: string; value: string }[] =>
  typeof value === 'string' || typeof value === 'number' ? [{ name, value: String(value) }] : [];

/**
 * The number, E.164, that a value of a field that identifies a phone stands for, if it is one. Of a number without + it is not
 * known which country it is of, but for ten digits of North America.
 */
export function numberTold(text: string): string[] {
  const reading = readNumber(text, 'US');
  return reading.kind === 'phone' ? [reading.e164] : [];
}
