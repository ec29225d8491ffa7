import { z } from 'zod';
import type { AppContext } from '../consent/app-context.ts';
import { becameOf, mergeContacts, splitPerson } from '../contacts/merge.ts';
import { CANDIDATE_STATES, EVIDENCE, type LikenessEvidence } from '../domain/contacts/duplicates.ts';
import { mask } from '../domain/numbers.ts';
import { type ContactDoc, findContacts, findNumbers } from '../store/contacts/contacts.ts';
import {
  type CandidateDoc,
  dismissCandidate,
  findCandidate,
  type MergeDoc,
  mergesOf,
  pageCandidates,
  reopenCandidate,
} from '../store/contacts/duplicates.ts';
import { openHolder, unlessClosed } from '../store/contacts/open-contact.ts';
import { contactParams } from './contact-status.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { contactId, iso, page, paging, plainLine, time, toPage } from './http/shapes.ts';

const personId = z
  .string()
  .regex(/^p_[\w-]{16}$/, 'It is not the id of a person.')
  .meta({ description: 'Id of a person with several numbers.', examples: ['p_6f1kQ0rBq0e2Yx9a'] });
const MERGE_ID = /^m_[\w-]{16}$/;
const mergeId = z.string().regex(MERGE_ID);

const reason = plainLine(3, 300).meta({
  description: 'Why, for whoever asks later. Kept for good in the clear, so it holds no number.',
});

const mergeBody = z.strictObject({
  with: contactId.meta({ description: 'The other contact of the same person.' }),
  reason,
});
const mergeAnswer = z.strictObject({
  person: personId,
  contacts: z.array(contactId),
  merge: mergeId.nullable().meta({ description: 'Null where they were one person already.' }),
});

/**
 * Records that two contacts are one person. Their consents stay separate; refusals, pauses and caps of one bind the
 * other.
 */
async function mergeContact({
  context,
  key,
  params,
  body,
}: ApiRequest<{ params: typeof contactParams; body: typeof mergeBody }>) {
  return mergePair(context, key.id, [params.id, body.with], body.reason);
}

async function mergePair(context: AppContext, by: string, pair: readonly [string, string], why: string) {
  const merged = await mergeContacts(context, pair, { by, reason: why });
  if (merged.kind === 'refused') throw new Problem('not-possible', merged.why);
  if (merged.kind === 'no-contact') {
    if (merged.contact === pair[0]) throw new Problem('not-found', 'There is no contact of this id.');
    throw unusable('with', 'There is no contact of this id.');
  }
  const { kind: _, ...answer } = merged;
  context.log.info({ key: by, person: answer.person, merge: answer.merge }, 'contacts were merged');
  return answer;
}

const personParams = z.strictObject({ personId });
const WHICH = 'Name the merge to take back: GET the person shows those that stand.';
const splitBody = z.strictObject({
  merge: z
    .string(WHICH)
    .regex(MERGE_ID, WHICH)
    .meta({ description: 'The merge to take back. Asked again, it is refused as taken back.' }),
  reason,
});
const splitAnswer = z.strictObject({
  merge: mergeId.meta({ description: 'The merge that was taken back.' }),
  people: z
    .array(z.strictObject({ person: personId.nullable(), contacts: z.array(contactId) }))
    .meta({ description: 'Who they are now; person null: a contact on its own.' }),
});

/** Takes a merge back; later merges stay in force. */
async function split({
  context,
  key,
  params,
  body,
}: ApiRequest<{ params: typeof personParams; body: typeof splitBody }>) {
  const asked = { person: params.personId, merge: body.merge };
  const done = await splitPerson(context, asked, { by: key.id, reason: body.reason });
  if (done.kind === 'no-person') throw new Problem('not-found', done.why);
  if (done.kind === 'refused') throw new Problem('not-possible', done.why);
  const { kind: _, ...answer } = done;
  context.log.info({ key: key.id, person: params.personId, merge: answer.merge }, 'a merge was taken back');
  return answer;
}

const record = { by: z.string(), reason: z.string(), at: time };

const personAnswer = z.strictObject({
  id: personId,
  contacts: z.array(
    z.strictObject({
      id: contactId,
      masked: z.string().nullable().meta({ description: 'Null where it was erased, or cannot be opened.' }),
      current: z.boolean().meta({ description: 'False once the number has another holder.' }),
    }),
  ),
  merges: z
    .array(
      z.strictObject({
        id: mergeId,
        contacts: z.array(contactId),
        ...record,
        undone: z.strictObject(record).nullable(),
      }),
    )
    .meta({ description: 'Oldest first: who said so, when and why; those taken back too.' }),
});

async function showPerson({ context, params }: ApiRequest<{ params: typeof personParams }>) {
  const numbers = await findNumbers(context.store, [params.personId]);
  if (numbers.length === 0) throw new Problem('not-found', await becameOf(context, params.personId));
  const merges = await mergesOf(
    context.store,
    numbers.map((number) => number._id),
  );
  return {
    id: params.personId,
    contacts: numbers.map((number) => ({
      id: number._id,
      masked: maskedOf(context, number),
      current: number.current,
    })),
    merges: merges.map(({ _id: id, contacts, undone, ...one }) => ({
      id,
      contacts: [...contacts],
      ...recordOf(one),
      undone: undone === null ? null : recordOf(undone),
    })),
  };
}

const recordOf = ({ by, reason: why, at }: Pick<MergeDoc, 'by' | 'reason' | 'at'>) => ({
  by,
  reason: why,
  at: iso(at),
});

/** Null when the contact was erased or cannot be opened. */
const maskedOf = (context: AppContext, stored: ContactDoc): string | null =>
  stored.sealed === null ? null : unlessClosed(() => mask(openHolder(context.ring, stored, []).number));

const LIST = 'candidates';
const PLACE = /^\d{1,3} k_[\w-]{16}$/;

const candidateId = z
  .string()
  .regex(/^k_[\w-]{16}$/, 'It is not the id of a candidate.')
  .meta({ description: 'Id of a pair that may be one person.', examples: ['k_6f1kQ0rBq0e2Yx9a'] });
const state = z.enum(CANDIDATE_STATES);

const candidate = z.strictObject({
  id: candidateId,
  state,
  score: z.int().meta({ description: 'How likely they are one person, of 100.' }),
  evidence: z.array(
    z.strictObject({
      code: z.enum(Object.keys(EVIDENCE) as [LikenessEvidence, ...LikenessEvidence[]]),
      sentence: z.string().meta({ description: 'What agrees; never the value.' }),
    }),
  ),
  contacts: z.array(
    z.strictObject({
      id: contactId,
      masked: z.string().nullable().meta({ description: 'Null where it was erased, or cannot be opened.' }),
    }),
  ),
  found_at: time,
  changed_at: time,
  decided: z.strictObject({ by: z.string(), reason: z.string(), at: time }).nullable(),
});

const candidatesQuery = z.strictObject({
  ...paging(LIST, PLACE),
  state: state.default('open'),
});
const candidatesAnswer = page(candidate);
const candidateParams = z.strictObject({ id: candidateId });
const decideBody = z.strictObject({ reason });
const reopenBody = z.strictObject({});
const candidateAnswer = candidate;
const mergedAnswer = mergeAnswer;

/** Highest score first. Names, addresses and dates are compared but never shown. */
async function listCandidates({ context, query }: ApiRequest<{ query: typeof candidatesQuery }>) {
  const [score = 0, id = ''] = query.cursor?.split(' ') ?? [];
  const after = query.cursor === undefined ? null : { score: Number(score), id: String(id) };
  const found = await pageCandidates(context.store, { state: query.state, after, limit: query.limit + 1 });
  const { rows, next_cursor } = toPage(
    LIST,
    found,
    query.limit,
    (candidate) => `${candidate.score} ${candidate._id}`,
  );
  return { items: await shown(context, rows), next_cursor };
}

type OfOne = ApiRequest<{ params: typeof candidateParams }>;
type Deciding = ApiRequest<{ params: typeof candidateParams; body: typeof decideBody }>;

/** Records that a pair is two people. The pair comes back only with new evidence. */
async function dismiss({ context, key, params, body }: Deciding) {
  const decided = { by: key.id, reason: body.reason, at: context.now() };
  const done = await dismissCandidate(context.store, params.id, decided);
  if (!done) await refuse(context, params.id, 'dismissed');
  context.log.info({ key: key.id, candidate: params.id }, 'a pair was said to be two people');
  return theOne(context, params.id);
}

/** Takes a dismissal back. */
async function reopen({ context, key, params }: OfOne) {
  if (!(await reopenCandidate(context.store, params.id, context.now())))
    await refuse(context, params.id, 'open');
  context.log.info({ key: key.id, candidate: params.id }, 'the dismissal of a pair was taken back');
  return theOne(context, params.id);
}

/** Merges the two contacts of a pair, as POST /contacts/{id}/merge does. */
async function mergeCandidate({ context, key, params, body }: Deciding) {
  const found = await findCandidate(context.store, params.id);
  if (found === null) throw NONE;
  return mergePair(context, key.id, found.contacts, body.reason);
}

const NONE = new Problem('not-found', 'There is no candidate of this id.');

async function refuse({ store }: ApiRequest<object>['context'], id: string, wanted: string): Promise<never> {
  const found = await findCandidate(store, id);
  if (found === null) throw NONE;
  const next_step =
    found.state === 'merged' ? 'POST /people/{personId}/split takes a merge back.' : undefined;
  const why = `It is ${found.state}, so it cannot become ${wanted}.`;
  throw new Problem('not-possible', why, next_step === undefined ? {} : { next_step });
}

async function theOne(context: ApiRequest<object>['context'], id: string) {
  const found = await findCandidate(context.store, id);
  const [one] = found === null ? [] : await shown(context, [found]);
  if (one === undefined) throw NONE;
  return one;
}

type Shown = z.input<typeof candidate>;

async function shown(
  context: ApiRequest<object>['context'],
  rows: readonly CandidateDoc[],
): Promise<Shown[]> {
  const ids = [...new Set(rows.flatMap(({ contacts }) => contacts))];
  const stored = new Map((await findContacts(context.store, ids)).map((contact) => [contact._id, contact]));
  const numberOf = (id: string) => {
    const one = stored.get(id);
    return { id, masked: one === undefined ? null : maskedOf(context, one) };
  };
  return rows.map(({ _id: id, state: is, score, evidence, contacts, foundAt, changedAt, decided }) => ({
    id,
    state: is,
    score,
    evidence: evidence.map((code) => ({ code, sentence: EVIDENCE[code].sentence })),
    contacts: contacts.map(numberOf),
    found_at: iso(foundAt),
    changed_at: iso(changedAt),
    decided: decided === null ? null : { by: decided.by, reason: decided.reason, at: iso(decided.at) },
  }));
}

const ofCandidate = {
  scope: 'contacts:write',
  params: candidateParams,
  problems: ['not-found', 'not-possible'],
} as const;

/** A person with several numbers. No route here can change consent or permit a message. */
export const PEOPLE_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/contacts/{id}/merge',
    scope: 'contacts:write',
    summary:
      'Say that two contacts are one person. Refusals, pauses and caps of one number then bind the other.',
    params: contactParams,
    body: mergeBody,
    answer: mergeAnswer,
    problems: ['not-found', 'not-possible'],
    handle: mergeContact,
  }),
  // Must come before the route of one person, which would take the path for an id.
  defineRoute({
    method: 'get',
    path: '/people/candidates',
    scope: 'contacts:read',
    summary: 'List pairs of contacts that may be one person, the likeliest first, with what speaks for it.',
    query: candidatesQuery,
    answer: candidatesAnswer,
    handle: listCandidates,
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/dismiss',
    ...ofCandidate,
    summary: 'Say that a pair is two people. It comes back only with evidence that it did not have.',
    body: decideBody,
    answer: candidateAnswer,
    handle: dismiss,
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/reopen',
    ...ofCandidate,
    summary: 'Take the dismissal of a pair back.',
    body: reopenBody,
    answer: candidateAnswer,
    handle: reopen,
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/merge',
    ...ofCandidate,
    summary: 'Say that a pair is one person, as POST /contacts/{id}/merge does.',
    body: decideBody,
    answer: mergedAnswer,
    handle: mergeCandidate,
  }),
  defineRoute({
    method: 'get',
    path: '/people/{personId}',
    scope: 'contacts:read',
    summary: 'Show the numbers of a person, masked, and who merged them, when and why.',
    params: personParams,
    answer: personAnswer,
    problems: ['not-found'],
    handle: showPerson,
  }),
  defineRoute({
    method: 'post',
    path: '/people/{personId}/split',
    scope: 'contacts:write',
    summary: 'Take a merge back. Later merges stand.',
    params: personParams,
    body: splitBody,
    answer: splitAnswer,
    problems: ['not-found', 'not-possible'],
    handle: split,
  }),
];
