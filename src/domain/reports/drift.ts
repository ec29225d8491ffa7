import type { EventKind } from '../consent/outcome.ts';

/** What is asked of a ledger entry here; `at`: when the person acted. */
export type Entry = {
  contact: string;
  seq: number;
  kind: EventKind;
  scope: string | null;
  actor: string;
  actedAt: Date;
};

const OPENING: readonly EventKind[] = ['confirmed', 'topic-on', 'overturned'];

/** Kinds of entries that close something for a person, or open it again. */
export const CLOSING_OR_OPENING: readonly EventKind[] = ['withdrawn', 'topic-off', ...OPENING];

/**
 * Opt-outs in one person's ledger that were news when they were written, in its order: what they close was open then.
 * Who was out already and says STOP again, or is refused for it, tells nothing new.
 */
export function newsIn(chain: readonly Entry[]): Entry[] {
  /** Scopes that are closed; an opening of anything opens everything, since its own scope may be within. */
  const closed = new Set<string>();
  return chain.filter(({ kind, scope }) => {
    if (OPENING.includes(kind)) closed.clear();
    // A topic that lapsed has no scope: nobody asked for that.
    if (OPENING.includes(kind) || scope === null) return false;
    const isNews = !closed.has('all') && !closed.has(scope);
    closed.add(scope);
    return isNews;
  });
}
