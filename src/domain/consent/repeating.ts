import type { Person, Prompt } from './person.ts';
import { readScope, type Scope, type Suppression, standsForAll } from './suppression.ts';

/** Ends the source of an opt-out that was heard by nobody: the next one is its first to be confirmed. */
export const NOT_CONFIRMED = ', not confirmed';

/** True where a text of the person's own closed it, or everything, and that text was answered. */
export const isAnswered = (person: Person, scope: Scope): boolean => answeredBy(person, scope) !== undefined;

/** Of a part: the row of that part, or of everything, that was closed by a text that was answered. */
export const answeredBy = (person: Person, scope: Scope): Suppression | undefined =>
  repeated(person, scope) ?? repeated(person, 'all');

/** The row of a scope of which nothing has opened since the person's own text closed it: that text was answered, this one is not. */
function repeated(person: Person, scope: Scope): Suppression | undefined {
  const row = person.suppressions.find((one) => one.scope === scope && countsAsConfirmed(one));
  if (row === undefined || person.unconfirmed?.includes(scope)) return undefined;
  const asked = person.prompts.some((prompt) => prompt.issuedAt > row.since && inScope(scope, prompt));
  return asked ? undefined : row;
}

/** An opt-out by the person's own text that was to be confirmed and that nothing has lifted; whether that left, its row tells. */
export const countsAsConfirmed = (row: Suppression): boolean =>
  row.kind === 'opt-out' &&
  row.source.startsWith('VIA_TEXT') &&
  !row.source.endsWith(NOT_CONFIRMED) &&
  standsForAll(row);

/** A prompt that names a topic turned off since asks a question that no longer stands. */
export function inScope(scope: Scope, { program, topics }: Pick<Prompt, 'program' | 'topics'>): boolean {
  const over = readScope(scope);
  if (over.kind === 'topic') return over.program === program && topics.includes(over.topic);
  return over.kind === 'all' || (over.kind === 'program' && over.program === program);
}
