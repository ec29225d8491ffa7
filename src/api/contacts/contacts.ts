import { z } from 'zod';
import type { ApiKey } from '../../access/api-keys.ts';
import type { Desk } from '../../consent/desk.ts';
import { type DoorVerdict, noteVerdict, verifyAtDoor } from '../../contacts/hygiene/verify-at-door.ts';
import { numbersIn, takeTries } from '../../contacts/number-tries.ts';
import { readKnown, type SaveRequest } from '../../contacts/profile-round.ts';
import { faultsOfRequest, saveProfiles } from '../../contacts/save-profile.ts';
import { type FieldFault, GENDERS, MOST_NAMES } from '../../domain/audience/save-profile.ts';
import { sourceByKey } from '../../domain/quality/contact-source.ts';
import { findHolders } from '../../store/people/contacts.ts';
import { contactId, line, phone, plainLine, plainSlug, slug } from '../fields.ts';
import { notTaken, verification, verificationOf } from '../hygiene/verification.ts';
import { Problem, unusable } from '../problem.ts';
import { named } from '../read-request.ts';
import type { Call } from '../route.ts';
import { fieldName } from './fields-of-contacts.ts';
import { logLookUp, withTries } from './lookup-quota.ts';

const name = line(1, 100).nullable().optional();
const names = (one: typeof slug) => z.array(one).max(MOST_NAMES, `At most ${MOST_NAMES}.`);
const whole = names(plainSlug).nullable().optional();
const adds = names(plainSlug).optional().meta({ description: 'Beside those that they have.' });
const removes = names(slug).optional().meta({ description: 'Those they do not have are no fault.' });
const code = (description: string, examples: string[]) =>
  z
    .string()
    .regex(/^[A-Z]{2}$/, 'It must be two capital letters.')
    .nullable()
    .optional()
    .meta({ description, examples });

const place = z.strictObject({
  country: code('ISO 3166-1 alpha-2.', ['US']),
  state: code('State or province, in the US and Canada.', ['CA']),
  city: plainLine(1, 100).nullable().optional(),
  zip: line(3, 12).nullable().optional(),
  zone: line(3, 60)
    .nullable()
    .optional()
    .meta({ examples: ['America/Chicago'] }),
});

const MOST_FIELDS = 100;
const ownFields = z
  .record(fieldName, z.union([z.string(), z.number(), z.boolean(), z.null()], 'It must be one value.'))
  .refine((fields) => Object.keys(fields).length <= MOST_FIELDS, `At most ${MOST_FIELDS}.`)
  .meta({
    description: 'Own fields by name, of the type that GET /contact-fields says.',
    examples: [{ loyalty_tier: 'gold' }],
  });

/** A field that is not there stays as it is, null clears it, a list replaces the list; `_add` and `_remove` leave the rest of it. */
export const contactBody = z.strictObject({
  phone,
  first_name: name,
  last_name: name,
  birth_date: z
    .string()
    .max(10, 'It must be a date of the calendar, "1990-02-28".')
    .nullable()
    .optional()
    .meta({ examples: ['1990-02-28'] }),
  gender: z.enum(GENDERS).nullable().optional(),
  place: place.nullable().optional(),
  interests: whole,
  interests_add: adds,
  interests_remove: removes,
  lists: whole,
  lists_add: adds,
  lists_remove: removes,
  stage: slug.nullable().optional(),
  fields: ownFields.optional(),
});

/** Description of the fields of an answer that would tell whether a number was known. */
export const untold = 'Null for a key whose line has no contacts:read: it is not told whom it saves.';

export const contactAnswer = z.strictObject({
  contact: contactId.nullable().meta({ description: untold }),
  created: z.boolean().nullable().meta({ description: untold }),
  changed: z
    .array(z.string())
    .nullable()
    .meta({ description: `Fields that are different now. ${untold}` }),
  verification: verification.nullable().meta({
    description: 'Of a number that was new; null of one that was known, and where nothing of it is told.',
  }),
});

/**
 * Saves what is known of a person. It makes nobody a subscriber, and changes no consent. What is refused whoever has the
 * number is refused before anybody is read.
 */
export async function saveContact(call: Call<{ body: typeof contactBody }>) {
  const { desk, key, body } = call;
  const request = requestOf(body, key);
  const own = faultOfOwnNumber(desk, request);
  if (own !== null) throw unusable(own.field, own.message);
  const faults = await faultsOfRequest(desk, request);
  if (faults.length > 0) throw faulty(faults);
  if (!key.mayLookUp) return saveUntold(call, request);
  const { fields } = (await readKnown(desk.store)).known;
  await withTries(call, (tries) => takeTries(desk, numbersIn(request, fields), tries));
  const verdict = await verdictOnNew(desk, body.phone);
  if (verdict !== null && verdict.refused !== null) {
    logLookUp(call, null);
    throw notTaken(verdict.refused);
  }
  const [result] = await saveProfiles(desk, [request]);
  if (result === undefined) throw new Error('a request had no result');
  if (result.kind !== 'saved') {
    logLookUp(call, result.contact);
    throw result.kind === 'erased' ? new Problem('refused', ERASED) : faulty(result.faults);
  }
  const { contact, created, changed } = result;
  if (verdict !== null) await noteVerdict(desk, contact, verdict);
  desk.log.info({ key: key.id, contact, created, changed: changed.length }, 'a profile was saved');
  return { contact, created, changed, verification: verdict === null ? null : verificationOf(verdict) };
}

/**
 * As one line of a list: the carrier is not asked about a new number, since the answer would take longer than that of a known
 * one. What is refused for what is held of the person is answered like the rest.
 */
async function saveUntold({ desk, key }: Call<object>, request: SaveRequest) {
  const [result] = await saveProfiles(desk, [request]);
  desk.log.info({ key: key.id, result: result?.kind }, 'a profile was saved by a key that is told nothing');
  return { contact: null, created: null, changed: null, verification: null };
}

function faulty(faults: readonly FieldFault[]): Problem {
  const errors = faults.map(({ field, message }) => ({ field: named(field), message }));
  return new Problem('unprocessable', 'Nothing was changed.', { errors });
}

/** Null of a number that somebody holds: it is on the list already. */
async function verdictOnNew(desk: Desk, number: string): Promise<DoorVerdict | null> {
  const [holder] = await findHolders(desk.store, [desk.indexOf(number)]);
  return holder === undefined ? verifyAtDoor(desk, 'contacts', number) : null;
}

const ERASED = 'The person had everything about them erased. Only their own JOIN begins anew.';

export function requestOf(
  { phone: number, ...changes }: z.output<typeof contactBody>,
  key: Pick<ApiKey, 'id'>,
): SaveRequest {
  return { number, changes, source: sourceByKey(key.id) };
}

/** Null where the number is none of ours. */
export function faultOfOwnNumber(desk: Desk, { number }: SaveRequest): FieldFault | null {
  const isOurs = desk.catalog.current().sender(number) !== null;
  return isOurs ? { field: 'phone', message: 'This is one of our own numbers.' } : null;
}
