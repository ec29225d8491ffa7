import type { EventKind } from '../consent/outcome.ts';
import type { Scope } from '../consent/suppression.ts';

/** An entry of a ledger, as far as it may be an opt-out. */
export type Entry = { kind: EventKind; scope: string | null; actedAt: Date };

/** What a campaign's messages are about. */
export type About = { program: string; topic: string };

/** Kinds of entries by which somebody opts out of everything, of a program or of a topic. */
export const OPTING_OUT: readonly EventKind[] = ['withdrawn', 'topic-off'];

/** Scopes of the opt-outs after which somebody gets a campaign no more. */
export const scopesOf = ({ program, topic }: About): Scope[] => [
  'all',
  `program:${program}`,
  `topic:${program}/${topic}`,
];

/**
 * When somebody first opted out of a campaign's messages from a moment on; null: they did not. A topic that lapsed has
 * no scope in its entry: nobody asked for that. Entries may come in any order.
 */
export function firstOptOut(entries: readonly Entry[], about: About, from: Date): Date | null {
  const scopes: readonly string[] = scopesOf(about);
  const times = entries
    .filter(({ kind, scope }) => OPTING_OUT.includes(kind) && scope !== null && scopes.includes(scope))
    .map(({ actedAt }) => actedAt)
    .filter((at) => at >= from);
  return times.reduce<Date | null>((first, at) => (first === null || at < first ? at : first), null);
}
