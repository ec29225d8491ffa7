import type { Scope, Suppression } from '../domain/consent/suppression.ts';
import type { Reading } from '../domain/words/reading.ts';
import type { ConsentEventDoc } from '../store/consent/consent-events.ts';

/** Scopes that a reading closes; empty where it closes none. A hold stops everything until it is decided. */
export function scopesOf(reading: Reading): Scope[] {
  if (reading.kind === 'stop-all' || reading.kind === 'unsure') return ['all'];
  if (reading.kind !== 'stop-some') return [];
  return [
    ...reading.programs.map((program): Scope => `program:${program}`),
    ...reading.topics.map(({ program, topic }): Scope => `topic:${program}/${topic}`),
  ];
}

/** Readings that answer a question, and end what it was about: a program that the person is in, or a topic that is on. */
const ANSWERS = new Set<string>(['no', 'birth-date'] satisfies Reading['kind'][]);

/** True where only the person's state tells what a text of this kind closed. */
export const mayClose = (kind: string): boolean => ANSWERS.has(kind);

/** What the entries of one act closed; a topic that lapsed names no scope. */
export const closedIn = (events: readonly Pick<ConsentEventDoc, 'kind' | 'scope'>[]): Scope[] =>
  events.flatMap(({ kind, scope }) => (CLOSING.has(kind) && scope !== null ? [scope as Scope] : []));

const CLOSING = new Set<string>(['withdrawn', 'topic-off'] satisfies ConsentEventDoc['kind'][]);

/** What a text that reached us then closed, by the rows it raised. */
export const closedAt = (rows: readonly Suppression[], receivedAt: Date): Scope[] =>
  rows
    .filter(({ kind, since }) => kind === 'opt-out' && since.getTime() === receivedAt.getTime())
    .map(({ scope }) => scope);

/** What a reading closes, as `quench` takes it. */
export const closingOf = (reading: Reading): { scopes: Scope[]; hold: boolean } => ({
  scopes: scopesOf(reading),
  hold: reading.kind === 'unsure',
});
