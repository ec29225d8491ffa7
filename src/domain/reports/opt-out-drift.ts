import type { EventKind } from '../consent/decision.ts';

/**
 * A sentence for people: how many opt-outs the carrier knew and we did not in so many days, and how many texts
 * could not be processed.
 */
export function driftSentence(found: number, days: number, left: number): string {
  const past = days === 1 ? 'in the last day' : `in the last ${days} days`;
  const texts = left === 1 ? '1 text' : `${left} texts`;
  const rest = left === 0 ? '' : ` ${texts} could not be taken; the log says why.`;
  return `${known(found, past)}.${rest}`;
}

function known(found: number, past: string): string {
  if (found === 0) return `No opt-out was unknown to us ${past}`;
  if (found === 1) return `1 opt-out was unknown to us ${past}; it is in force`;
  return `${found} opt-outs were unknown to us ${past}; each is in force`;
}

/** The fields of a ledger entry that drift needs. `actedAt`: when the person acted. */
export type DriftEntry = {
  contact: string;
  seq: number;
  program: string | null;
  kind: EventKind;
  scope: string | null;
  actor: string;
  actedAt: Date;
};

const OPENING: readonly EventKind[] = ['confirmed', 'topic-on', 'overturned'];

/** After these entries, no prompt for their program is open. */
const ANSWERED: readonly EventKind[] = ['confirmed', 'refused', 'expired', 'superseded'];

/** Kinds of entries that close something for a person, or open it again. */
export const CLOSING_OR_OPENING: readonly EventKind[] = [
  ...new Set<EventKind>(['withdrawn', 'topic-off', 'prompted', ...OPENING, ...ANSWERED]),
];

/**
 * Opt-outs in one person's ledger that were new when written: what they closed was open then. A person who was
 * already opted out and says STOP again, or is refused for it, reveals nothing new.
 */
export function newsIn(chain: readonly DriftEntry[]): DriftEntry[] {
  /** Closed scopes. An opening of anything opens everything, since its own scope may lie within a closed one. */
  const closed = new Set<string>();
  /** Scopes of programs with an open prompt, which an opt-out also closes. */
  const asked = new Set<string>();
  return chain.filter(({ kind, scope, program }) => {
    if (OPENING.includes(kind)) closed.clear();
    if (ANSWERED.includes(kind)) asked.delete(`program:${program}`);
    if (kind === 'prompted') asked.add(`program:${program}`);
    // A topic that lapsed has no scope: nobody asked for that.
    if ((kind !== 'withdrawn' && kind !== 'topic-off') || scope === null) return false;
    const isOpen = !closed.has('all') && !closed.has(scope);
    const isNews = isOpen || (scope === 'all' ? asked.size > 0 : asked.has(scope));
    closed.add(scope);
    if (scope === 'all') asked.clear();
    else asked.delete(scope);
    return isNews;
  });
}
