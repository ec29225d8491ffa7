import { z } from 'zod';
import {
  dismissPair,
  listCandidates,
  mergeCandidate,
  mergePair,
  reopenPair,
  showPerson,
  undoMerge,
} from '../contacts/people.ts';
import { CANDIDATE_STATES, EVIDENCE, type LikenessEvidence } from '../domain/contacts/duplicates.ts';
import { contactParams } from './contact-status.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { answerPage, contactId, iso, page, paging, plainLine, shape, time } from './http/shapes.ts';
import { emptyBody } from './segments.ts';

const personParams = z.strictObject({
  personId: z
    .string()
    .regex(/^p_[\w-]{16}$/, 'It must be the id of a person with several numbers: p_ and 16 characters.')
    .meta({ description: 'Id of a person with several numbers.', examples: ['p_6f1kQ0rBq0e2Yx9a'] }),
});
const { personId } = personParams.shape;
const MERGE_ID = /^m_[\w-]{16}$/;
const mergeId = z.string().regex(MERGE_ID);

const reason = plainLine(3, 300).meta({
  description:
    'Why, for anybody who asks later. The reason is kept for good in the clear, so it may hold no number.',
});

const mergeAnswer = shape('MergedPerson', {
  person: personId,
  contacts: z.array(contactId),
  merge: mergeId.nullable().meta({ description: 'Null when the contacts were one person already.' }),
});

type Merged = Awaited<ReturnType<typeof mergePair>>;

/** Throws a `Problem` when the contacts were not merged. */
function mergedAnswer(pair: readonly [string, string], merged: Merged) {
  if (merged.kind === 'refused') throw new Problem('not-possible', merged.why);
  if (merged.kind === 'no-contact') {
    if (merged.contact === pair[0]) throw new Problem('not-found', 'There is no contact of this id.');
    throw unusable('with', 'There is no contact of this id.');
  }
  const { kind: _, ...answer } = merged;
  return answer;
}

const WHICH = 'It must be the id of a merge to take back, as GET /people/{personId} shows it.';

const record = { by: z.string(), reason: z.string(), at: time };
const decision = shape('PersonDecision', record);

type Decision = { by: string; reason: string; at: Date };

const shownDecision = ({ by, reason: why, at }: Decision) => ({ by, reason: why, at: iso(at) });
const decisionOrNull = (decided: Decision | null) => (decided === null ? null : shownDecision(decided));

const masked = z.string().nullable().meta({
  description: 'Null when the contact was erased, and when the keys of this process cannot open it.',
});

const personAnswer = shape('Person', {
  id: personId,
  contacts: z.array(
    shape('NumberOfPerson', {
      id: contactId,
      masked,
      current: z.boolean().meta({ description: 'False once the number has another holder.' }),
    }),
  ),
  merges: z
    .array(
      shape('PersonMerge', {
        id: mergeId,
        contacts: z.array(contactId),
        ...record,
        undone: decision.nullable(),
      }),
    )
    .meta({
      description:
        'The merges that joined the numbers, oldest first: who decided, when and why. Merges that were taken back too.',
    }),
});

const LIST = 'candidates';

const candidateParams = z.strictObject({
  id: z
    .string()
    .regex(/^k_[\w-]{16}$/, 'It must be the id of a candidate, as GET /people/candidates lists it.')
    .meta({ description: 'Id of a pair that may be one person.', examples: ['k_6f1kQ0rBq0e2Yx9a'] }),
});
const state = z.enum(CANDIDATE_STATES).meta({ id: 'MergeCandidateState' });
const candidateState = state.meta({ description: 'Only pairs in this state.' });

const candidate = shape('MergeCandidate', {
  id: candidateParams.shape.id,
  state,
  score: z.int().meta({ description: 'How likely the two are one person, of 100.' }),
  evidence: z.array(
    shape('LikenessEvidence', {
      code: z.enum(Object.keys(EVIDENCE) as [LikenessEvidence, ...LikenessEvidence[]]),
      sentence: z.string().meta({ description: 'What agrees; never the value.' }),
    }),
  ),
  contacts: z.array(shape('CandidateContact', { id: contactId, masked })),
  found_at: time,
  changed_at: time,
  decided: decision.nullable(),
});

type Candidate = Awaited<ReturnType<typeof listCandidates>>['items'][number];

const shownCandidate = ({ evidence, foundAt, changedAt, decided, ...pair }: Candidate) => ({
  id: pair.id,
  state: pair.state,
  score: pair.score,
  evidence: evidence.map((code) => ({ code, sentence: EVIDENCE[code].sentence })),
  contacts: pair.contacts,
  found_at: iso(foundAt),
  changed_at: iso(changedAt),
  decided: decisionOrNull(decided),
});

function candidateAt(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const [score = 0, id = ''] = cursor.split(' ');
  return { score: Number(score), id };
}

const noCandidate = (): Problem => new Problem('not-found', 'There is no candidate of this id.');

/** Throws a `Problem` when the pair was not changed. `wanted`: the state that was asked for. */
function changedCandidate(outcome: Awaited<ReturnType<typeof dismissPair>>, wanted: string) {
  if (outcome.kind === 'unknown') throw noCandidate();
  if (outcome.kind === 'changed') return shownCandidate(outcome.candidate);
  const why = `It is ${outcome.state}, so it cannot become ${wanted}.`;
  const next = { next_step: 'POST /people/{personId}/split takes a merge back.' };
  throw new Problem('not-possible', why, outcome.state === 'merged' ? next : {});
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
    id: 'mergeContacts',
    returns: 'The person, and the merge by which it can be taken back.',
    summary:
      'Say that two contacts are one person. Refusals, pauses and caps of one number then bind the other.',
    params: contactParams,
    body: shape('MergeContactsRequest', {
      with: contactId.meta({ description: 'The other contact of the same person.' }),
      reason,
    }),
    answer: mergeAnswer,
    problems: ['not-found', 'not-possible'],
    handle: async ({ context, key, params, body }) => {
      const pair = [params.id, body.with] as const;
      return mergedAnswer(pair, await mergePair(context, pair, { actor: actorOf(key), reason: body.reason }));
    },
  }),
  // Must come before the route of one person, which would take the path for an id.
  defineRoute({
    method: 'get',
    path: '/people/candidates',
    scope: 'contacts:read',
    id: 'listMergeCandidates',
    returns: 'One page of pairs, the likeliest on top.',
    summary: 'List pairs of contacts that may be one person, the likeliest first, with the evidence.',
    query: z.strictObject({
      ...paging(LIST, /^\d{1,3} k_[\w-]{16}$/),
      state: candidateState.default('open'),
    }),
    answer: page(candidate),
    handle: async ({ context, query }) => {
      const asked = { state: query.state, after: candidateAt(query.cursor), limit: query.limit };
      const found = await listCandidates(context, asked);
      return answerPage(LIST, found, shownCandidate, ({ score, id }) => `${score} ${id}`);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/dismiss',
    id: 'dismissMergeCandidate',
    returns: 'The pair as it is now.',
    ...ofCandidate,
    summary: 'Say that a pair is two people. The pair comes back only with new evidence.',
    body: shape('DismissMergeCandidateRequest', { reason }),
    answer: candidate,
    handle: async ({ context, key, params, body }) => {
      const deciding = { actor: actorOf(key), reason: body.reason };
      return changedCandidate(await dismissPair(context, params.id, deciding), 'dismissed');
    },
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/reopen',
    id: 'reopenMergeCandidate',
    returns: 'The pair as it is now.',
    ...ofCandidate,
    summary: 'Take the dismissal of a pair back.',
    body: emptyBody,
    answer: candidate,
    handle: async ({ context, key, params }) =>
      changedCandidate(await reopenPair(context, params.id, actorOf(key)), 'open'),
  }),
  defineRoute({
    method: 'post',
    path: '/people/candidates/{id}/merge',
    id: 'mergeCandidate',
    returns: 'The person, and the merge by which it can be taken back.',
    ...ofCandidate,
    summary: 'Say that a pair is one person, as POST /contacts/{id}/merge does.',
    body: shape('MergeCandidateRequest', { reason }),
    answer: mergeAnswer,
    handle: async ({ context, key, params, body }) => {
      const done = await mergeCandidate(context, params.id, { actor: actorOf(key), reason: body.reason });
      if (done === null) throw noCandidate();
      return mergedAnswer(done.pair, done.merged);
    },
  }),
  defineRoute({
    method: 'get',
    path: '/people/{personId}',
    scope: 'contacts:read',
    id: 'getPerson',
    returns: 'The numbers of the person, and the merges that joined them.',
    summary: 'Show the masked numbers of a person, and who merged them, when and why.',
    params: personParams,
    answer: personAnswer,
    problems: ['not-found'],
    handle: async ({ context, params: { personId: id } }) => {
      const found = await showPerson(context, id);
      if (found.kind === 'no-person') throw new Problem('not-found', found.why);
      const { contacts, merges } = found.person;
      return {
        id,
        contacts,
        merges: merges.map(({ undone, ...merge }) => ({
          id: merge.id,
          contacts: merge.contacts,
          ...shownDecision(merge),
          undone: decisionOrNull(undone),
        })),
      };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/people/{personId}/split',
    scope: 'contacts:write',
    id: 'splitPerson',
    returns: 'The people after the split.',
    summary: 'Take a merge back. Later merges stay in force.',
    params: personParams,
    body: shape('SplitPersonRequest', {
      merge: z.string().regex(MERGE_ID, WHICH).meta({
        description:
          'The merge to take back. The same request again is refused: the merge is taken back already.',
      }),
      reason,
    }),
    answer: shape('PersonSplit', {
      merge: mergeId.meta({ description: 'The merge that was taken back.' }),
      people: z
        .array(shape('PersonAfterSplit', { person: personId.nullable(), contacts: z.array(contactId) }))
        .meta({ description: 'The people after the split. `person` null: a contact on its own.' }),
    }),
    problems: ['not-found', 'not-possible'],
    handle: async ({ context, key, params, body }) => {
      const asked = { person: params.personId, merge: body.merge };
      const done = await undoMerge(context, asked, { actor: actorOf(key), reason: body.reason });
      if (done.kind === 'no-person') throw new Problem('not-found', done.why);
      if (done.kind === 'refused') throw new Problem('not-possible', done.why);
      return { merge: done.merge, people: done.people };
    },
  }),
];
