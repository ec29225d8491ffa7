import type { Prompt } from '../domain/consent/person.ts';
import type { Unseen } from '../domain/consent/questions/renewing.ts';
import { meaningsWith } from '../domain/hygiene/classed-codes.ts';
import { didNotArrive, isStranded, neverLeft } from '../domain/sending/never-left.ts';
import { findQuestions } from '../store/deliveries/confirmations.ts';
import { readClassedCodes } from '../store/senders/error-classes.ts';
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

/**
 * Which questions of some contacts nobody was asked by: they never left, wait for a number that does not write now
 * (`writes`), or left and did not arrive. One whose words were filtered is left out while no others are published: they
 * would be filtered again.
 */
export async function unseenAmong(
  { store, now, catalog }: Pick<Desk, 'store' | 'now' | 'catalog'>,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt' | 'program' | 'disclosure'>[],
  writes: (sender: string) => boolean,
): Promise<Unseen> {
  const found = asked.length === 0 ? [] : await findQuestions(store, contacts, asked);
  const unsent = found.filter((row) => neverLeft(row, now()) || isStranded(row, writes));
  const lost = new Set(unsent.map(({ prompt }) => prompt));
  const others = found.filter((row) => !lost.has(row.prompt) && didNotArrive(row));
  const meaningOf = meaningsWith(others.length === 0 ? new Map() : await readClassedCodes(store));
  const { disclosure } = catalog.current();
  const oldWords = asked.filter(
    ({ program, disclosure: shown }) => disclosure(program, shown.touchpoint).version <= shown.version,
  );
  const sameAgain = new Set(oldWords.map(({ id }) => id));
  const isFiltered = ({ error }: (typeof others)[number]): boolean =>
    error !== undefined && meaningOf(error)?.class === 'content';
  const missed = others.filter((row) => !isFiltered(row) || !sameAgain.has(row.prompt));
  return { lost, missed: new Set(missed.map(({ prompt }) => prompt)) };
}
