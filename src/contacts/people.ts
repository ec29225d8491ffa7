import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { maskedNumber } from '../consent/contact-refs.ts';
import { type Actor, storedActor } from '../domain/access/actor.ts';
import type { CandidateState, LikenessEvidence } from '../domain/contacts/duplicates.ts';
import { contactNamed } from '../domain/contacts/person.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { findContacts, findNumbers } from '../store/contacts/contacts.ts';
import {
  type CandidateDoc,
  dismissCandidate,
  findCandidate,
  mergesOf,
  pageCandidates,
  reopenCandidate,
} from '../store/contacts/duplicates.ts';
import { becameOf, mergeContacts, splitPerson } from './merge.ts';

/** `masked`: null when the contact was erased or the keys of this process cannot open it. */
type NumberOfPerson = { id: string; masked: string | null };

/** Who decided, why and when. `by`: id of the API key, or an actor in its stored form. */
type Decision = { by: string; reason: string; at: Date };

type Deciding = { actor: Actor; reason: string };

/** A person with several numbers. `current`: false once the number has another holder. */
type PersonView = {
  contacts: (NumberOfPerson & { current: boolean })[];
  /** Oldest first; merges that were taken back too. */
  merges: (Decision & { id: string; contacts: string[]; undone: Decision | null })[];
};

/** The numbers of a person and the merges that joined them; when there is no such person, what became of them. */
export async function showPerson(
  context: AppContext,
  id: string,
): Promise<{ kind: 'person'; person: PersonView } | { kind: 'no-person'; why: string }> {
  const numbers = await findNumbers(context.store, [id]);
  if (numbers.length === 0) return { kind: 'no-person', why: await becameOf(context, id) };
  const merges = await mergesOf(
    context.store,
    numbers.map((number) => number._id),
  );
  const contacts = numbers.map((number) => ({
    id: number._id,
    masked: maskedNumber(context, number),
    current: number.current,
  }));
  const records = merges.map(({ _id, contacts: pair, by, reason, at, undone }) => ({
    ...{ id: _id, contacts: [...pair], by, reason, at },
    undone: undone === null ? null : { by: undone.by, reason: undone.reason, at: undone.at },
  }));
  return { kind: 'person', person: { contacts, merges: records } };
}

/**
 * Records that two contacts are one person, and writes an audit entry. Writes none when they were one person already:
 * the entry of the earlier merge says so.
 */
export async function mergePair(
  context: AppContext,
  pair: readonly [string, string],
  { actor, reason }: Deciding,
): ReturnType<typeof mergeContacts> {
  const merged = await mergeContacts(context, pair, { by: storedActor(actor), reason });
  if (merged.kind === 'one-person' && merged.merge !== null) {
    const details = { other: pair[1], person: merged.person, merge: merged.merge };
    const subject = personSubject(pair[0]);
    await recordAudit(context, { actor, act: 'contacts-merged', subject, reason, details });
  }
  return merged;
}

/** Takes one merge of a person back, and writes an audit entry. */
export async function undoMerge(
  context: AppContext,
  asked: { person: string; merge: string },
  { actor, reason }: Deciding,
): ReturnType<typeof splitPerson> {
  const done = await splitPerson(context, asked, { by: storedActor(actor), reason });
  if (done.kind === 'split') {
    const details = { person: asked.person, merge: done.merge };
    const subject = personSubject(contactNamed(asked.person));
    await recordAudit(context, { actor, act: 'merge-undone', subject, reason, details });
  }
  return done;
}

/** Two contacts that may be one person. Names, addresses and dates are compared and never shown. */
export type CandidateView = {
  id: string;
  state: CandidateState;
  score: number;
  evidence: LikenessEvidence[];
  contacts: NumberOfPerson[];
  foundAt: Date;
  changedAt: Date;
  decided: Decision | null;
};

/** The position of a pair in the list: its score, then its id. */
type CandidatePosition = { score: number; id: string };

/** Lists pairs of contacts that may be one person, the highest score first. */
export async function listCandidates(
  context: Pick<AppContext, 'ring' | 'store'>,
  { state, after, limit }: PageRequest<CandidatePosition> & { state: CandidateState },
): Promise<Page<CandidateView, CandidatePosition>> {
  const found = await pageCandidates(context.store, { state, after, limit: limit + 1 });
  const { items, next } = cutPage(found, limit, ({ score, _id: id }) => ({ score, id }));
  return { items: await viewCandidates(context, items), next };
}

/** A pair, and the person that its contacts are one of; null while they are two. Null when there is no such pair. */
export async function showCandidate(
  context: Pick<AppContext, 'ring' | 'store'>,
  id: string,
): Promise<{ candidate: CandidateView; person: string | null } | null> {
  const found = await findCandidate(context.store, id);
  const [candidate] = found === null ? [] : await viewCandidates(context, [found]);
  if (found === null || candidate === undefined) return null;
  const people = (await findContacts(context.store, [...found.contacts])).map(({ personId }) => personId);
  const [person] = people;
  const isOne = people.length === found.contacts.length && people.every((other) => other === person);
  return { candidate, person: isOne ? (person ?? null) : null };
}

async function viewCandidates(
  context: Pick<AppContext, 'ring' | 'store'>,
  rows: readonly CandidateDoc[],
): Promise<CandidateView[]> {
  const ids = [...new Set(rows.flatMap(({ contacts }) => contacts))];
  const stored = await findContacts(context.store, ids);
  const numbers = new Map(stored.map((contact) => [contact._id, maskedNumber(context, contact)]));
  return rows.map(({ _id, state, score, evidence, contacts, foundAt, changedAt, decided }) => ({
    ...{ id: _id, state, score, evidence },
    contacts: contacts.map((id) => ({ id, masked: numbers.get(id) ?? null })),
    ...{ foundAt, changedAt, decided },
  }));
}

const pairSubject = (id: string) => ({ kind: 'pair', id }) as const;

type CandidateOutcome =
  | { kind: 'changed'; candidate: CandidateView }
  | { kind: 'unknown' }
  /** The pair is in another state than the change begins with. */
  | { kind: 'refused'; state: CandidateState };

/** Records that a pair is two people. The pair comes back only with new evidence. */
export async function dismissPair(
  context: AppContext,
  id: string,
  { actor, reason }: Deciding,
): Promise<CandidateOutcome> {
  const decided = { by: storedActor(actor), reason, at: context.now() };
  if (!(await dismissCandidate(context.store, id, decided))) return notChanged(context, id);
  await recordAudit(context, { actor, act: 'pair-dismissed', subject: pairSubject(id), reason });
  return changed(context, id);
}

/** Takes the dismissal of a pair back. */
export async function reopenPair(context: AppContext, id: string, actor: Actor): Promise<CandidateOutcome> {
  if (!(await reopenCandidate(context.store, id, context.now()))) return notChanged(context, id);
  await recordAudit(context, { actor, act: 'dismissal-undone', subject: pairSubject(id) });
  return changed(context, id);
}

async function notChanged({ store }: Pick<AppContext, 'store'>, id: string): Promise<CandidateOutcome> {
  const found = await findCandidate(store, id);
  return found === null ? { kind: 'unknown' } : { kind: 'refused', state: found.state };
}

async function changed(context: Pick<AppContext, 'ring' | 'store'>, id: string): Promise<CandidateOutcome> {
  const found = await findCandidate(context.store, id);
  const [candidate] = found === null ? [] : await viewCandidates(context, [found]);
  return candidate === undefined ? { kind: 'unknown' } : { kind: 'changed', candidate };
}

/** Merges the two contacts of a pair. Null when there is no such pair. */
export async function mergeCandidate(
  context: AppContext,
  id: string,
  deciding: Deciding,
): Promise<{ pair: readonly [string, string]; merged: Awaited<ReturnType<typeof mergeContacts>> } | null> {
  const found = await findCandidate(context.store, id);
  if (found === null) return null;
  return { pair: found.contacts, merged: await mergePair(context, found.contacts, deciding) };
}
