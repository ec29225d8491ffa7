import type { Likeness } from './likeness.ts';

export const CANDIDATE_STATES = ['open', 'merged', 'dismissed'] as const;
export type CandidateState = (typeof CANDIDATE_STATES)[number];

/** Two contacts that may be one person, and what somebody said of it. */
export type Candidate = Likeness & {
  state: CandidateState;
  /** Marks that were there when it was dismissed: these alone do not bring it back. */
  dismissed: readonly string[];
  foundAt: Date;
  /** When it came back, was decided, or its evidence changed. */
  changedAt: Date;
};

/**
 * What a pair is after a look at both contacts; `found` null: nothing speaks for it any more. Null: it is no candidate.
 * What was merged stays so; what was dismissed comes back with evidence that it did not have, not with less, and is
 * dismissed again without that. The same look again gives the same candidate, itself.
 */
export function candidateAfter<C extends Candidate>(
  before: C | null,
  found: Likeness | null,
  now: Date,
): C | Candidate | null {
  if (before === null) {
    return found === null ? null : { ...found, state: 'open', dismissed: [], foundAt: now, changedAt: now };
  }
  if (before.state === 'merged') return before;
  const wasDismissed = before.dismissed.length > 0;
  if (found === null && before.state === 'open' && !wasDismissed) return null;
  if (found === null || (wasDismissed && found.marks.every((mark) => before.dismissed.includes(mark)))) {
    return before.state === 'dismissed'
      ? before
      : { ...before, ...found, state: 'dismissed', changedAt: now };
  }
  const isSame = before.score === found.score && sameList(before.evidence, found.evidence);
  if (before.state === 'open' && isSame && sameList(before.marks, found.marks)) return before;
  return { ...before, ...found, state: 'open', changedAt: now };
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at]);
