import { z } from 'zod';
import type { ApiKey } from '../access/api-keys.ts';
import type { AppContext } from '../consent/app-context.ts';
import { type ImportRow, saveMany } from '../contacts/bulk-import.ts';
import { listNamesOfLists } from '../contacts/contact-fields.ts';
import { lookUpNumber, showProfile } from '../contacts/contact-view.ts';
import type { SaveRequest } from '../contacts/profiles.ts';
import { isOwnNumber, saveContact } from '../contacts/save-contact.ts';
import { type FieldFault, GENDERS, MOST_NAMES } from '../domain/contacts/profile-changes.ts';
import { sourceByKey } from '../domain/contacts/source.ts';
import { CONTACT_FIELD_ROUTES, fieldName } from './contact-fields.ts';
import { contactParams } from './contact-status.ts';
import { EVENT_ROUTES } from './events.ts';
import { Problem, unusable } from './http/problems.ts';
import { countUnknownNumber, withTries } from './http/rate-limits.ts';
import {
  type ApiRequest,
  type ApiRoute,
  actorOf,
  defineRoute,
  namedAs,
  nameOfField,
  readPart,
} from './http/route.ts';
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
  plainPage,
  plainSlug,
  shape,
  slug,
  time,
  untold,
} from './http/shapes.ts';
import type { NdjsonLine } from './http/streaming.ts';
import { STAGE_ROUTES } from './stages.ts';
import { notTaken, verification, verificationOf } from './verifications.ts';

const name = (description: string) => line(1, 100).nullable().optional().meta({ description });
const names = (zodString: typeof slug) => z.array(zodString).max(MOST_NAMES);
const whole = (description: string) => names(plainSlug).nullable().optional().meta({ description });
const adds = names(plainSlug).optional().meta({ description: 'Names to add to those that the person has.' });
const removes = names(slug)
  .optional()
  .meta({ description: 'Names to remove. Names that the person does not have are no fault.' });
const code = (description: string, examples: string[]) =>
  z
    .string()
    .regex(/^[A-Z]{2}$/, 'It must be two capital letters, such as US or CA.')
    .nullable()
    .optional()
    .meta({ description, examples });

const place = shape('ContactPlace', {
  country: code('ISO 3166-1 alpha-2.', ['US']),
  state: code('State or province, in the US and Canada.', ['CA']),
  city: plainLine(1, 100).nullable().optional().meta({ description: 'Name of the city.' }),
  zip: line(3, 12)
    .nullable()
    .optional()
    .meta({ description: 'ZIP code, or postal code of Canada.', examples: ['60601'] }),
  zone: line(3, 60)
    .nullable()
    .optional()
    .meta({ description: 'IANA time zone that the person stated.', examples: ['America/Chicago'] }),
});

const MOST_FIELDS = 100;
const ownFieldsShape = z
  .record(
    fieldName,
    z.union(
      [z.string(), z.number(), z.boolean(), z.null()],
      'It must be one value: text, a number, true, false or null.',
    ),
  )
  .refine(
    (fields) => Object.keys(fields).length <= MOST_FIELDS,
    `It must have at most ${MOST_FIELDS} fields.`,
  )
  .meta({
    description: 'Own fields by name, of the type that GET /contact-fields says.',
    examples: [{ loyalty_tier: 'gold' }],
  });

/**
 * An absent field stays as it is, null clears the field, a list replaces the list; `_add` and `_remove` change only
 * the named entries.
 */
const gender = z.enum(GENDERS).meta({ id: 'Gender' });

const contactBody = shape('SaveContactRequest', {
  phone,
  first_name: name('First name, kept sealed. Null clears it.'),
  last_name: name('Last name, kept sealed. Null clears it.'),
  birth_date: z
    .string()
    .max(10, 'It must be a date of the calendar, such as "1990-02-28".')
    .nullable()
    .optional()
    .meta({
      description: 'Date of birth, as year, month and day. Null clears it.',
      examples: ['1990-02-28'],
    }),
  gender: gender.nullable().optional().meta({ description: 'Null clears it.' }),
  place: place
    .nullable()
    .optional()
    .meta({ description: 'Where the person lives. Parts left out stay as they are; null clears all.' }),
  interests: whole('All interests of the person; they replace those stored. Null clears them.'),
  interests_add: adds,
  interests_remove: removes,
  lists: whole('All lists that the person is on; they replace those stored. Null clears them.'),
  lists_add: adds,
  lists_remove: removes,
  stage: slug
    .nullable()
    .optional()
    .meta({ description: 'The stage of the person, one that GET /stages lists. Null clears it.' }),
  fields: ownFieldsShape.optional(),
});

const placeNote = shape('ContactNotice', {
  field: z.enum(['place.state']),
  code: z.enum(['state-beside-zip']),
  sentence: z.string(),
});
const CONTRADICTIONS = 'What contradicts itself in the profile. It is saved all the same.';

const contactAnswer = shape('SavedContact', {
  contact: contactId.nullable().meta({ description: untold }),
  created: z.boolean().nullable().meta({ description: untold }),
  changed: z
    .array(z.string())
    .nullable()
    .meta({ description: `Fields that the request changed. ${untold}` }),
  verification: verification.nullable().meta({
    description:
      'What was found out about a number that was new. Null for a known number, and for a key whose line has no contacts:read.',
  }),
  notes: z
    .array(placeNote)
    .nullable()
    .meta({ description: `${CONTRADICTIONS} ${untold}` }),
});

async function putContact(call: ApiRequest<{ body: typeof contactBody }>) {
  const { context, key, body } = call;
  const request = requestOf(body, key);
  const saved = await withTries(call, (tries) =>
    saveContact(context, request, { actor: actorOf(key), tries }),
  );
  switch (saved.kind) {
    case 'saved': {
      const { contact, created, changed, verdict, notes } = saved;
      const verification = verdict === null ? null : verificationOf(verdict);
      return { contact, created, changed, verification, notes };
    }
    case 'untold':
      return { contact: null, created: null, changed: null, verification: null, notes: null };
    case 'own-number':
      throw unusable(OWN_NUMBER.field, OWN_NUMBER.message);
    case 'faults':
      throw faulty(saved.faults);
    case 'number-refused':
      throw notTaken(saved.refused);
    case 'erased':
      throw new Problem('refused', ERASED);
    default:
      return saved satisfies never;
  }
}

function faulty(faults: readonly FieldFault[]): Problem {
  const errors = faults.map(({ field, message }) => ({ field: nameOfField(field), message }));
  return new Problem('unprocessable', 'Nothing was changed.', { errors });
}

const ERASED = 'Everything about the person was erased. Only a JOIN of their own begins anew.';

function requestOf(
  { phone: number, ...changes }: z.output<typeof contactBody>,
  key: Pick<ApiKey, 'id'>,
): SaveRequest {
  return { number, changes, source: sourceByKey(key.id) };
}

const OWN_NUMBER: FieldFault = { field: 'phone', message: 'This is one of our own numbers.' };

const bulkAnswer = shape('ContactImportReport', {
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
    (tries) => saveMany(context, rowsOf(context, key, lines()), { actor: actorOf(key), tries }),
    true,
  );
  const answer = { ...report, errors: namedAs(report.errors) };
  if (key.mayLookUp) return answer;
  return { ...answer, created: null, updated: null, unchanged: null, refused_unnamed: null };
}

async function* rowsOf(
  context: Pick<AppContext, 'catalog'>,
  key: ApiKey,
  lines: AsyncIterable<NdjsonLine>,
): AsyncGenerator<ImportRow> {
  for await (const line of lines)
    yield { line: line.number, bytes: line.bytes, ...readRow(context, key, line) };
}

function readRow(context: Pick<AppContext, 'catalog'>, key: ApiKey, line: NdjsonLine) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(contactBody, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const request = requestOf(read.data, key);
  return isOwnNumber(context, request) ? { faults: [OWN_NUMBER] } : { request };
}

const text = z.string().nullable();

const profileAnswer = shape('Contact', {
  id: contactId,
  masked: z.string(),
  birth_date: text,
  gender: gender.nullable(),
  place: shape('KnownPlace', { country: text, state: text, city: text, zip: text, zone: text }),
  interests: z.array(z.string()),
  lists: z.array(z.string()),
  stage: text,
  stage_since: time.nullable(),
  fields: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Own fields that have a value; dates with their time.' }),
  sealed: z.array(z.string()).meta({
    description:
      'Names of values that exist and are not shown here: first_name, last_name, fields.work_mail. The preview of a template shows first_name and last_name.',
  }),
  created_at: time,
  notes: z.array(placeNote).meta({ description: CONTRADICTIONS }),
});

type ShownProfile = NonNullable<Awaited<ReturnType<typeof showProfile>>>;

const profileOf = ({ birthDate, stage, fields, sealed, createdAt, notes, ...profile }: ShownProfile) => ({
  ...{ id: profile.id, masked: profile.masked, birth_date: birthDate, gender: profile.gender },
  ...{ place: profile.place, interests: profile.interests, lists: profile.lists },
  ...{ stage: stage?.name ?? null, stage_since: isoOrNull(stage?.since) },
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Date ? iso(value) : value]),
  ),
  sealed,
  created_at: iso(createdAt),
  notes,
});

const lookUpBody = shape('LookUpContactRequest', {
  phone: heldPhone,
  reason: line(3, 200).meta({
    description: 'Why the number is looked up.',
    examples: ['The customer called.'],
  }),
});

const lookUpAnswer = shape('LookedUpContact', {
  id: contactId.nullable().meta({ description: 'Null when only former holders had the number.' }),
  masked: z.string(),
  sentence: z.string().meta({ description: 'The state of consent, in words for the person.' }),
  language: language.nullable(),
  created_at: time.nullable(),
  former: z.array(contactId).nullable().meta({
    description:
      'Contacts that had the number before, the newest first, 20 at most. GET /consent-records shows the ledger of each. Null without the scope evidence:read.',
  }),
});

/** The number comes in the body, so that no URL and no log contains it. */
async function lookUp(call: ApiRequest<{ body: typeof lookUpBody }>) {
  const { context, key, body } = call;
  const request = { ...body, actor: actorOf(key), seesFormer: key.scopes.has('evidence:read') };
  const found = await lookUpNumber(context, request);
  const { masked, former } = found;
  await countUnknownNumber(call, found.kind === 'holder' || (former ?? []).length > 0);
  if (found.kind === 'holder') {
    const { id, sentence, language: written, createdAt } = found;
    return { id, masked, sentence, language: written, created_at: iso(createdAt), former };
  }
  const suppressed = found.isSuppressed;
  if ((former ?? []).length === 0) {
    throw new Problem('not-found', suppressed ? SUPPRESSED : 'Nothing is held about this number.', {
      suppressed,
    });
  }
  const sentence = suppressed ? SUPPRESSED : FORMER_ALONE;
  return { id: null, sentence, language: null, created_at: null, masked, former };
}

const SUPPRESSED =
  'No person is held under this number, but it must not be texted: a suppression outlived its former holder.';
const FORMER_ALONE = 'No person is held under this number now; others had it before.';

/** Profiles, own fields and events of people. No route here can change consent. */
export const CONTACT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/contacts/lookup',
    id: 'lookUpContact',
    returns: 'The contact that holds the number, and its state of consent in a sentence.',
    scope: 'contacts:read',
    rate: 'lookups',
    summary: 'Find the holder of a number. The request needs a reason.',
    body: lookUpBody,
    answer: lookUpAnswer,
    problems: ['not-found'],
    handle: lookUp,
  }),
  defineRoute({
    method: 'post',
    path: '/contacts',
    id: 'saveContact',
    returns: 'The contact, and which fields the request changed.',
    scope: 'contacts:write',
    summary: 'Save what is known about a person. Saving makes nobody a subscriber.',
    body: contactBody,
    answer: contactAnswer,
    problems: ['refused'],
    handle: putContact,
  }),
  defineRoute({
    method: 'post',
    path: '/contacts/bulk',
    id: 'saveContacts',
    returns: 'How many people were saved, and the faults of refused lines.',
    scope: 'contacts:write',
    summary: 'Save what is known about many people: NDJSON, each line as in POST /contacts.',
    lines: contactBody,
    answer: bulkAnswer,
    handle: saveContacts,
  }),
  defineRoute({
    method: 'get',
    path: '/contacts/{id}',
    id: 'getContact',
    returns: 'The profile of the contact.',
    scope: 'contacts:read',
    summary: 'Show what is known about a person apart from consent, without sealed values.',
    params: contactParams,
    answer: profileAnswer,
    problems: ['not-found', 'not-possible'],
    handle: async ({ context, key, params }) => {
      const profile = await showProfile(context, params.id, actorOf(key));
      if (profile === null) throw new Problem('not-found', 'There is no contact of this id.');
      return profileOf(profile);
    },
  }),
  defineRoute({
    method: 'get',
    path: '/lists',
    id: 'listContactLists',
    returns: 'One page of the names of lists.',
    scope: 'contacts:read',
    summary: 'List the names of the lists that people are on.',
    query: z.strictObject(paging('lists', /^[a-z0-9-]{1,40}$/)),
    answer: page(shape('ContactList', { name: z.string() })),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('lists', await listNamesOfLists(context, { after, limit }), (name) => ({ name })),
  }),
  ...CONTACT_FIELD_ROUTES,
  ...STAGE_ROUTES,
  ...EVENT_ROUTES,
];
