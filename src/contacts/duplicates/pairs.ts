import type { Desk } from '../../consent/desk.ts';
import { type Candidate, candidateAfter } from '../../domain/merging/candidates.ts';
import { compare, type Likeness, type Traits } from '../../domain/merging/likeness.ts';
import type { Comparable } from '../../store/people/likeness.ts';
import {
  type CandidateChange,
  type CandidateDoc,
  candidateId,
  linkOf,
} from '../../store/people/merge-candidates.ts';

/** A contact, and what tells who they are. */
export type Someone = { one: Comparable; traits: Traits };

/** Two contacts that may be one person, as they are now. */
export type Alike = Pick<CandidateDoc, '_id' | 'contacts'> & { likeness: Likeness };

/** Keyed hashes, as of numbers: a value of a profile can no more be found in them than a number. */
export const hashed = ({ indexOf }: Pick<Desk, 'indexOf'>, value: string): string =>
  indexOf(`likeness ${value}`);

/** Null where too little says that they are one, or they are one person already. */
export function alikeOf(desk: Pick<Desk, 'indexOf'>, a: Someone, b: Someone): Alike | null {
  if (a.one.personId !== undefined && a.one.personId === b.one.personId) return null;
  const likeness = compare(a.traits, b.traits);
  if (likeness === null) return null;
  const contacts = linkOf(a.one._id, b.one._id);
  const marks = likeness.marks.map((mark) => hashed(desk, mark)).sort();
  return { _id: candidateId(contacts), contacts, likeness: { ...likeness, marks } };
}

/** What a look changes of the pairs on record. */
export function changesOf(
  before: readonly CandidateDoc[],
  alike: ReadonlyMap<string, Alike>,
  now: Date,
): CandidateChange[] {
  const known = new Set(before.map(({ _id }) => _id));
  const again = before.map((one) => {
    const after = candidateAfter(one, alike.get(one._id)?.likeness ?? null, now);
    return { before: one, after: after as CandidateDoc | null };
  });
  const fresh = [...alike.values()].filter(({ _id }) => !known.has(_id));
  const added = fresh.map(({ likeness, ...pair }) => {
    const after = candidateAfter(null, likeness, now) as Candidate;
    return { before: null, after: { ...pair, ...after, decided: null } };
  });
  return [...again.filter((one) => one.before !== one.after), ...added];
}
