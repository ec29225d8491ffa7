import type { Prompt } from '../domain/consent/person.ts';
import { isStranded, neverLeft } from '../domain/sending/never-left.ts';
import { findQuestions } from '../store/deliveries/confirmations.ts';
import type { Desk } from './desk.ts';

/**
 * Which of a contact's questions ended without leaving: a pause or a hold that came between, a number closed for the day,
 * hours that were longer than the time to answer. By their ids.
 */
export async function lostAmong(
  { store, now }: Pick<Desk, 'store' | 'now'>,
  contact: string,
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
): Promise<Set<string>> {
  if (asked.length === 0) return new Set();
  const found = await findQuestions(store, [contact], asked);
  return new Set(found.flatMap((row) => (neverLeft(row, now()) ? row.prompt : [])));
}

/** Which questions of some contacts never left, or wait for a number that does not write now (`writes`). By their ids. */
export async function unsentAmong(
  { store, now }: Pick<Desk, 'store' | 'now'>,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
  writes: (sender: string) => boolean,
): Promise<Set<string>> {
  const found = asked.length === 0 ? [] : await findQuestions(store, contacts, asked);
  const unsent = found.filter((row) => neverLeft(row, now()) || isStranded(row, writes));
  return new Set(unsent.map(({ prompt }) => prompt));
}
