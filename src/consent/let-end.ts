import { isRefused } from '../domain/consent/questions/answering.ts';
import type { Reading } from '../domain/words/reading.ts';
import { letSettle, quench } from '../sending/quench.ts';
import { findOthers } from '../store/people/joined.ts';
import type { Desk } from './desk.ts';
import type { Prepared } from './prepare.ts';
import { closedIn, closingOf, mayClose } from './scopes.ts';

/**
 * When this resolves, what a text ends is over.
 * - An opt-out, by its words or as an answer to a question, and a hold: what they forbid is canceled or has settled (`quench`).
 * - A NO, or a birth date, that refuses a question and ends nothing: so is that question, which may not have left yet.
 * - PAUSE: offers under way to any number of the person have left or were put back.
 * False, and nothing done, where the text ends nothing.
 */
export async function letEnd(
  { store, monotonic }: Desk,
  {
    contact,
    rev,
    personId,
    follows,
    person,
    change,
  }: Pick<Prepared, 'contact' | 'rev' | 'personId' | 'follows' | 'person' | 'change'>,
  reading: Reading,
): Promise<boolean> {
  const { scopes: stated, hold } = closingOf(reading);
  const scopes = stated.length > 0 ? stated : closedIn(change.events);
  const { prompts } = person;
  const refuses = mayClose(reading.kind) && prompts.some(isRefused);
  if (scopes.length > 0 || refuses) {
    await quench(store, { contact, rev, scopes, hold, prompts, personId, follows }, monotonic);
  } else if (reading.kind === 'pause') {
    const others = await findOthers(store, [{ _id: contact, ...(personId && { personId }) }]);
    await letSettle(store, [contact, ...others(contact).map(({ _id }) => _id)], monotonic);
  } else return false;
  return true;
}
