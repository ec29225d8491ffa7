import { z } from 'zod';
import { CANDIDATE_STATES } from '../../domain/merging/candidates.ts';
import { EVIDENCE, type Evidence } from '../../domain/merging/likeness.ts';
import { findContacts } from '../../store/people/contacts.ts';
import {
  type CandidateDoc,
  dismissCandidate,
  findCandidate,
  pageCandidates,
  reopenCandidate,
} from '../../store/people/merge-candidates.ts';
import { contactId, iso, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { maskedOf, mergeAnswer, mergePair, reason } from './people.ts';

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
      code: z.enum(Object.keys(EVIDENCE) as [Evidence, ...Evidence[]]),
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

export const candidatesQuery = z.strictObject({
  ...paging(LIST, PLACE),
  state: state.default('open'),
});
export const candidatesAnswer = page(candidate);
export const candidateParams = z.strictObject({ id: candidateId });
export const decideBody = z.strictObject({ reason });
export const reopenBody = z.strictObject({});
export const candidateAnswer = candidate;
export const mergedAnswer = mergeAnswer;

/** Highest score first. Names, addresses and dates are compared, and stand in no answer. */
export async function listCandidates({ desk, query }: Call<{ query: typeof candidatesQuery }>) {
  const [score = 0, id = ''] = query.cursor?.split(' ') ?? [];
  const after = query.cursor === undefined ? null : { score: Number(score), id: String(id) };
  const found = await pageCandidates(desk.store, { state: query.state, after, limit: query.limit + 1 });
  const { rows, next_cursor } = cut(LIST, found, query.limit, (one) => `${one.score} ${one._id}`);
  return { items: await shown(desk, rows), next_cursor };
}

type OfOne = Call<{ params: typeof candidateParams }>;
type Deciding = Call<{ params: typeof candidateParams; body: typeof decideBody }>;

/** Says that they are two people. The pair comes back only with evidence that it did not have. */
export async function dismiss({ desk, key, params, body }: Deciding) {
  const decided = { by: key.id, reason: body.reason, at: desk.now() };
  const done = await dismissCandidate(desk.store, params.id, decided);
  if (!done) await refuse(desk, params.id, 'dismissed');
  desk.log.info({ key: key.id, candidate: params.id }, 'a pair was said to be two people');
  return theOne(desk, params.id);
}

/** Takes a dismissal back. */
export async function reopen({ desk, key, params }: OfOne) {
  if (!(await reopenCandidate(desk.store, params.id, desk.now()))) await refuse(desk, params.id, 'open');
  desk.log.info({ key: key.id, candidate: params.id }, 'the dismissal of a pair was taken back');
  return theOne(desk, params.id);
}

/** Merges the two, as POST /contacts/{id}/merge does. */
export async function mergeCandidate({ desk, key, params, body }: Deciding) {
  const found = await findCandidate(desk.store, params.id);
  if (found === null) throw NONE;
  return mergePair(desk, key.id, found.contacts, body.reason);
}

const NONE = new Problem('not-found', 'There is no candidate of this id.');

async function refuse({ store }: Call<object>['desk'], id: string, wanted: string): Promise<never> {
  const found = await findCandidate(store, id);
  if (found === null) throw NONE;
  const next_step =
    found.state === 'merged' ? 'POST /people/{personId}/split takes a merge back.' : undefined;
  const why = `It is ${found.state}, so it cannot become ${wanted}.`;
  throw new Problem('not-possible', why, next_step === undefined ? {} : { next_step });
}

async function theOne(desk: Call<object>['desk'], id: string) {
  const found = await findCandidate(desk.store, id);
  const [one] = found === null ? [] : await shown(desk, [found]);
  if (one === undefined) throw NONE;
  return one;
}

type Shown = z.input<typeof candidate>;

async function shown(desk: Call<object>['desk'], rows: readonly CandidateDoc[]): Promise<Shown[]> {
  const ids = [...new Set(rows.flatMap(({ contacts }) => contacts))];
  const stored = new Map((await findContacts(desk.store, ids)).map((one) => [one._id, one]));
  const numberOf = (id: string) => {
    const one = stored.get(id);
    return { id, masked: one === undefined ? null : maskedOf(desk, one) };
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
