import type { Prompt } from '../domain/consent/person.ts';
import { neverLeft } from '../domain/sending/never-left.ts';
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
  const found = await findQuestions(store, contact, asked);
  return new Set(found.flatMap((row) => (neverLeft(row, now()) ? row.prompt : [])));
}
