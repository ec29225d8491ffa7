import type { Prompt } from '../domain/consent/person.ts';
import type { Unseen } from '../domain/consent/questions/renewing.ts';
import { didNotArrive, neverLeft } from '../domain/sending/never-left.ts';
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

/** Which questions of some contacts nobody was asked by, though they may have left. */
export async function unseenAmong(
  { store, now }: Pick<Desk, 'store' | 'now'>,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
): Promise<Unseen> {
  const found = asked.length === 0 ? [] : await findQuestions(store, contacts, asked);
  const [unsent, others] = [found.filter((row) => neverLeft(row, now())), found.filter(didNotArrive)];
  const lost = new Set(unsent.map(({ prompt }) => prompt));
  return { lost, missed: new Set(others.flatMap(({ prompt }) => (lost.has(prompt) ? [] : prompt))) };
}
