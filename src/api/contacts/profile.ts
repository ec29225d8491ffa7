import { z } from 'zod';
import { contactById } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE, type FieldValue, isKeptSealed } from '../../domain/audience/profile.ts';
import { GENDERS } from '../../domain/audience/save-profile.ts';
import { mask } from '../../domain/numbers.ts';
import { readContactFields } from '../../store/people/contact-fields.ts';
import { openNames, type StoredValue } from '../../store/people/profiles.ts';
import { contactId, iso, isoOrNull, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import type { contactParams } from './status.ts';

const text = z.string().nullable();

export const profileAnswer = z.strictObject({
  id: contactId,
  masked: z.string(),
  birth_date: text,
  gender: z.enum(GENDERS).nullable(),
  place: z.strictObject({ country: text, state: text, city: text, zip: text, zone: text }),
  interests: z.array(z.string()),
  lists: z.array(z.string()),
  stage: text,
  stage_since: time.nullable(),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Own fields that have a value; dates with their time.' }),
  sealed: z.array(z.string()).meta({
    description:
      'Names of what is known too and not shown here: first_name, last_name, fields.work_mail. The preview of a template shows first_name and last_name.',
  }),
  created_at: time,
});

/** What is known of a person beside consent, but for what is kept sealed, of which it says that it is there. */
export async function showProfile({ desk, key, params }: Call<{ params: typeof contactParams }>) {
  const contact = await contactById(desk, params.id);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const { id, number, stored } = contact;
  const { birthDate, gender, place, interests, lists, stage, fields } = stored.profile ?? EMPTY_PROFILE;
  const kept = (await readContactFields(desk.store)).filter(isKeptSealed).map(({ name }) => name);
  const isOpen = (field: [string, StoredValue]): field is [string, FieldValue] =>
    !Buffer.isBuffer(field[1]) && !kept.includes(field[0]);
  const own = Object.entries(fields);
  const names = Object.entries(openNames(desk.ring, stored)).filter(([, name]) => name !== null);
  desk.log.info({ key: key.id, contact: id }, 'a profile was shown');
  return {
    ...{ id, masked: mask(number), birth_date: birthDate, gender, place, interests, lists },
    ...{ stage: stage?.name ?? null, stage_since: isoOrNull(stage?.since) },
    fields: Object.fromEntries(
      own.filter(isOpen).map(([name, value]) => [name, value instanceof Date ? iso(value) : value]),
    ),
    sealed: [
      ...names.map(([name]) => name),
      ...own.filter((one) => !isOpen(one)).map(([name]) => `fields.${name}`),
    ],
    created_at: iso(stored.createdAt),
  };
}
