import { z } from 'zod';
import type { ApiKey } from '../access/api-keys.ts';
import type { AppContext } from '../consent/app-context.ts';
import { type ImportRow, saveMany } from '../contacts/bulk-import.ts';
import { contactById, holderOf, type OpenedContact } from '../contacts/find-contact.ts';
import { type DoorVerdict, noteVerdict, verifyAtEntry } from '../contacts/lookup.ts';
import { numbersIn, takeTries } from '../contacts/number-tries.ts';
import { faultsOfRequest, readKnown, type SaveRequest, saveProfiles } from '../contacts/profiles.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import { statusSentence } from '../domain/consent/status-sentence.ts';
import { isStanding } from '../domain/consent/suppression.ts';
import { EMPTY_PROFILE, type FieldValue, isKeptSealed } from '../domain/contacts/profile.ts';
import { type FieldFault, GENDERS, MOST_NAMES } from '../domain/contacts/profile-changes.ts';
import { sourceByKey } from '../domain/contacts/source.ts';
import { mask } from '../domain/numbers.ts';
import { findFormer, findHolders, type StoredValue } from '../store/contacts/contacts.ts';
import { openNames, readContactFields, readListNames } from '../store/contacts/profiles.ts';
import * as ownFields from './contact-fields.ts';
import { fieldName } from './contact-fields.ts';
import { contactParams } from './contact-status.ts';
import { eventAnswer, eventBody, eventLine, eventsAnswer, postEvent, postEvents } from './events.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, logLookUp, withTries } from './http/rate-limits.ts';
import { type ApiRequest, type ApiRoute, defineRoute, namedAs, nameOfField, readPart } from './http/route.ts';
import {
  contactId,
  count,
  heldPhone,
  iso,
  isoOrNull,
  language,
  line,
  lineFaults,
  page,
  paging,
  phone,
  plainLine,
  plainSlug,
  slug,
  time,
  toPage,
  untold,
} from './http/shapes.ts';
import type { NdjsonLine } from './http/streaming.ts';
import { STAGE_ROUTES } from './stages.ts';
import { notTaken, verification, verificationOf } from './verifications.ts';

const name = line(1, 100).nullable().optional();
const names = (zodString: typeof slug) => z.array(zodString).max(MOST_NAMES, `At most ${MOST_NAMES}.`);
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
const ownFieldsShape = z
  .record(fieldName, z.union([z.string(), z.number(), z.boolean(), z.null()], 'It must be one value.'))
  .refine((fields) => Object.keys(fields).length <= MOST_FIELDS, `At most ${MOST_FIELDS}.`)
  .meta({
    description: 'Own fields by name, of the type that GET /contact-fields says.',
    examples: [{ loyalty_tier: 'gold' }],
  });

/**
 * An absent field stays as it is, null clears the field, a list replaces the list; `_add` and `_remove` change only
 * the named entries.
 */
const contactBody = z.strictObject({
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
  fields: ownFieldsShape.optional(),
});

const contactAnswer = z.strictObject({
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
 * Saves a person's profile. Makes nobody a subscriber, and changes no consent. Checks faults that do not depend on
 * the number's holder before it reads any contact.
 */
async function saveContact(call: ApiRequest<{ body: typeof contactBody }>) {
  const { context, key, body } = call;
  const request = requestOf(body, key);
  const own = faultOfOwnNumber(context, request);
  if (own !== null) throw unusable(own.field, own.message);
  const faults = await faultsOfRequest(context, request);
  if (faults.length > 0) throw faulty(faults);
  if (!key.mayLookUp) return saveUntold(call, request);
  const { fields } = (await readKnown(context.store)).known;
  await withTries(call, (tries) => takeTries(context, numbersIn(request, fields), tries));
  const verdict = await verdictOnNew(context, body.phone);
  if (verdict !== null && verdict.refused !== null) {
    logLookUp(call, null);
    throw notTaken(verdict.refused);
  }
  const [result] = await saveProfiles(context, [request]);
  if (result === undefined) throw new Error('a request had no result');
  if (result.kind !== 'saved') {
    logLookUp(call, result.contact);
    throw result.kind === 'erased' ? new Problem('refused', ERASED) : faulty(result.faults);
  }
  const { contact, created, changed } = result;
  if (verdict !== null) await noteVerdict(context, contact, verdict);
  context.log.info({ key: key.id, contact, created, changed: changed.length }, 'a profile was saved');
  return { contact, created, changed, verification: verdict === null ? null : verificationOf(verdict) };
}

/**
 * Saves for a key that must not learn whether the number was known. Skips the carrier's check of a new number,
 * since its answer would take longer than that of a known one. A refusal because of the stored person is answered
 * like a success.
 */
async function saveUntold({ context, key }: ApiRequest<object>, request: SaveRequest) {
  const [result] = await saveProfiles(context, [request]);
  context.log.info(
    { key: key.id, result: result?.kind },
    'a profile was saved by a key that is told nothing',
  );
  return { contact: null, created: null, changed: null, verification: null };
}

function faulty(faults: readonly FieldFault[]): Problem {
  const errors = faults.map(({ field, message }) => ({ field: nameOfField(field), message }));
  return new Problem('unprocessable', 'Nothing was changed.', { errors });
}

/** Null for a number that somebody holds: it is on the list already. */
async function verdictOnNew(context: AppContext, number: string): Promise<DoorVerdict | null> {
  const [holder] = await findHolders(context.store, [context.indexOf(number)]);
  return holder === undefined ? verifyAtEntry(context, 'contacts', number) : null;
}

const ERASED = 'The person had everything about them erased. Only their own JOIN begins anew.';

function requestOf(
  { phone: number, ...changes }: z.output<typeof contactBody>,
  key: Pick<ApiKey, 'id'>,
): SaveRequest {
  return { number, changes, source: sourceByKey(key.id) };
}

/** Null when the number is not ours. */
function faultOfOwnNumber(context: AppContext, { number }: SaveRequest): FieldFault | null {
  const isOurs = context.catalog.current().sender(number) !== null;
  return isOurs ? { field: 'phone', message: 'This is one of our own numbers.' } : null;
}

const bulkAnswer = z.strictObject({
  lines: count,
  created: count.nullable().meta({ description: untold }),
  updated: count.nullable().meta({ description: untold }),
  unchanged: count.nullable().meta({ description: untold }),
  ...lineFaults,
});

/** Saves a list of people of any length, line by line. A faulty line is refused alone. */
async function saveContacts(call: ApiRequest<object>) {
  const { context, key, lines } = call;
  const report = await withTries(
    call,
    (tries) => saveMany(context, rowsOf(context, key, lines()), tries),
    true,
  );
  const { errors, errors_left_out, ...totals } = report;
  context.log.info({ key: key.id, ...totals }, 'profiles were saved');
  const told = { ...report, errors: namedAs(errors) };
  if (key.mayLookUp) return told;
  return { ...told, created: null, updated: null, unchanged: null, refused_unnamed: null };
}

async function* rowsOf(
  context: AppContext,
  key: ApiKey,
  lines: AsyncIterable<NdjsonLine>,
): AsyncGenerator<ImportRow> {
  for await (const line of lines)
    yield { line: line.number, bytes: line.bytes, ...readRow(context, key, line) };
}

function readRow(context: AppContext, key: ApiKey, line: NdjsonLine) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(contactBody, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const request = requestOf(read.data, key);
  const own = faultOfOwnNumber(context, request);
  return own === null ? { request } : { faults: [own] };
}

const text = z.string().nullable();

const profileAnswer = z.strictObject({
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

/** A person's profile. For a sealed field the answer says only that a value is there. */
async function showProfile({ context, key, params }: ApiRequest<{ params: typeof contactParams }>) {
  const contact = await contactById(context, params.id);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const { id, number, stored } = contact;
  const { birthDate, gender, place, interests, lists, stage, fields } = stored.profile ?? EMPTY_PROFILE;
  const kept = (await readContactFields(context.store)).filter(isKeptSealed).map(({ name }) => name);
  const isOpen = (field: [string, StoredValue]): field is [string, FieldValue] =>
    !Buffer.isBuffer(field[1]) && !kept.includes(field[0]);
  const own = Object.entries(fields);
  const names = Object.entries(openNames(context.ring, stored)).filter(([, name]) => name !== null);
  context.log.info({ key: key.id, contact: id }, 'a profile was shown');
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

export const lookUpBody = z.strictObject({
  phone: heldPhone,
  reason: line(3, 200).meta({
    description: 'Why the number is looked up.',
    examples: ['The customer called.'],
  }),
});

export const lookUpAnswer = z.strictObject({
  id: contactId.nullable().meta({ description: 'Null where only `former` had the number.' }),
  masked: z.string(),
  sentence: z.string(),
  language: language.nullable(),
  created_at: time.nullable(),
  former: z.array(contactId).nullable().meta({
    description:
      'Contacts that had the number before, the newest in front, 20 at most: GET /consent-records has the ledger of each. Null without the scope evidence:read.',
  }),
});

/** Most former holders of one number in an answer. */
const MOST_FORMER = 20;

/**
 * Finds the holder of a number. A key that may read evidence also gets former holders, because a claim is about the
 * holder of that time. The number comes in the body, so that no URL and no log contains it.
 */
export async function lookUp(call: ApiRequest<{ body: typeof lookUpBody }>) {
  const { context, key, body } = call;
  const { phone, reason } = body;
  const { contact, person } = await holderOf(context, phone);
  const former = key.scopes.has('evidence:read')
    ? await findFormer(context.store, context.indexOf(phone), MOST_FORMER)
    : null;
  const fields = { key: key.id, contact: contact?.id ?? null, former: former?.length ?? null };
  context.log.info({ ...fields, reasonLength: reason.length }, 'a number was looked up');
  await countUnknownNumber(call, contact !== null || (former ?? []).length > 0);
  if (contact === null) return { ...nobodyNow(person, former ?? []), masked: mask(phone), former };
  return { ...shownOf(context, contact), former };
}

const shownOf = (context: AppContext, { id, number, person, stored }: OpenedContact) => ({
  id,
  masked: mask(number),
  sentence: statusSentence(person, context.catalog.current().book, context.now()),
  language: person.language,
  created_at: iso(stored.createdAt),
});

/** The answer for a number that had holders. Throws a `Problem` when there is none to show. */
function nobodyNow({ suppressions }: ConsentState, former: readonly string[]) {
  const suppressed = suppressions.some((row) => isStanding(row, null));
  if (former.length === 0) {
    throw new Problem('not-found', suppressed ? SUPPRESSED : 'Nothing is held about this number.', {
      suppressed,
    });
  }
  return { id: null, sentence: suppressed ? SUPPRESSED : FORMER_ALONE, language: null, created_at: null };
}

const SUPPRESSED =
  'No person is held under this number, but it must not be texted: a suppression outlived its former holder.';
const FORMER_ALONE = 'No person is held under this number now; others had it before.';

const listsQuery = z.strictObject(paging('lists', /^[a-z0-9-]{1,40}$/));
const listsAnswer = page(z.strictObject({ name: z.string() }));

/** Names of the lists that people are on. */
async function showLists({ context, query }: ApiRequest<{ query: typeof listsQuery }>) {
  const found = await readListNames(context.store, { after: query.cursor ?? null, limit: query.limit + 1 });
  const { rows, next_cursor } = toPage('lists', found, query.limit, (name) => name);
  return { items: rows.map((name) => ({ name })), next_cursor };
}

/** Profiles, own fields and events of people. No route here can change consent. */
export const CONTACT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/contacts',
    scope: 'contacts:write',
    summary: 'Save what is known of a person. It makes nobody a subscriber.',
    body: contactBody,
    answer: contactAnswer,
    problems: ['refused'],
    handle: saveContact,
  }),
  defineRoute({
    method: 'post',
    path: '/contacts/bulk',
    scope: 'contacts:write',
    summary: 'Save what is known of many people: NDJSON, a line each as in POST /contacts.',
    lines: contactBody,
    answer: bulkAnswer,
    handle: saveContacts,
  }),
  defineRoute({
    method: 'get',
    path: '/contacts/{id}',
    scope: 'contacts:read',
    summary: 'Show what is known of a person beside consent, but for what is kept sealed.',
    params: contactParams,
    answer: profileAnswer,
    problems: ['not-found', 'not-possible'],
    handle: showProfile,
  }),
  defineRoute({
    method: 'get',
    path: '/lists',
    scope: 'contacts:read',
    summary: 'List the names of the lists that people are on.',
    query: listsQuery,
    answer: listsAnswer,
    handle: showLists,
  }),
  defineRoute({
    method: 'get',
    path: '/contact-fields',
    scope: 'contacts:read',
    summary: 'List the own fields of contacts.',
    query: ownFields.contactFieldsQuery,
    answer: ownFields.contactFieldsAnswer,
    handle: ownFields.listContactFields,
  }),
  defineRoute({
    method: 'put',
    path: '/contact-fields/{name}',
    scope: 'contacts:write',
    summary: 'Define an own field of contacts, or give it another label.',
    params: ownFields.contactFieldParams,
    body: ownFields.contactFieldBody,
    answer: ownFields.contactFieldAnswer,
    problems: ['not-possible'],
    handle: ownFields.putContactField,
  }),
  ...STAGE_ROUTES,
  defineRoute({
    method: 'post',
    path: '/events',
    scope: 'contacts:write',
    summary: 'Tell what a person did. Nobody is made by it.',
    body: eventBody,
    answer: eventAnswer,
    problems: ['not-found', 'conflict'],
    handle: postEvent,
  }),
  defineRoute({
    method: 'post',
    path: '/events/bulk',
    scope: 'contacts:write',
    summary: 'Tell what many people did: NDJSON, a line each as in POST /events, each with an `id`.',
    lines: eventLine,
    answer: eventsAnswer,
    handle: postEvents,
  }),
];
