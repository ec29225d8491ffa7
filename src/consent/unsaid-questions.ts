import type { Person, Prompt } from '../domain/consent/person.ts';
import { findQuestions } from '../store/deliveries/confirmations.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import type { Store } from '../store/store.ts';

/** A transaction that took no longer than this, ms, has asked at once: nobody answers a question sooner. */
export const AT_ONCE_MS = 500;

/** So long after its text was written, ms, an answer in TwiML has been given, or will not be. */
const GIVEN_WITHIN_MS = 10_000;

/**
 * A question that goes in the answer to a text counts as asked from when its transaction began, and can be read before that
 * answer was given. While nobody has noted that it was, these people were asked later than `now`: a YES that is here
 * already came before they can have heard anything. Every other person is given back as they are.
 */
export async function readUnsaid(
  store: Store,
  contacts: readonly Pick<ContactDoc, '_id' | 'prompts'>[],
  now: Date,
): Promise<(person: Person) => Person> {
  const isYoung = ({
    state,
    step,
    handedOverAt,
  }: Pick<Prompt, 'state' | 'step' | 'handedOverAt'>): boolean => {
    if (state !== 'open' || step !== 'confirm' || handedOverAt === null) return false;
    const age = now.getTime() - handedOverAt.getTime();
    return age > AT_ONCE_MS && age <= GIVEN_WITHIN_MS;
  };
  const asked = contacts.filter(({ prompts }) => prompts.some(isYoung));
  if (asked.length === 0) return (person) => person;
  const unsaid = await unsaidAmong(
    store,
    asked.map(({ _id }) => _id),
    asked.flatMap(({ prompts }) => prompts.filter(isYoung)),
  );
  return (person) =>
    person.prompts.some(({ id }) => unsaid.has(id))
      ? { ...person, prompts: person.prompts.map((one) => (unsaid.has(one.id) ? askedAfter(one, now) : one)) }
      : person;
}

/** Later than a text that came in the very millisecond of `at`: one from the moment of its question counts. */
const askedAfter = (prompt: Prompt, at: Date): Prompt => ({
  ...prompt,
  handedOverAt: new Date(at.getTime() + 1),
});

/** Which questions were flagged for the answer to a text, which nobody is known to have given. */
async function unsaidAmong(
  store: Store,
  contacts: readonly string[],
  asked: readonly Pick<Prompt, 'id' | 'issuedAt'>[],
): Promise<Set<string>> {
  const rows = await findQuestions(store, contacts, asked);
  const taken = rows.filter(({ acceptedAt, carrierSid }) => acceptedAt ?? carrierSid);
  const given = new Set(taken.map(({ prompt }) => prompt));
  const flagged = rows.filter(
    ({ owner, state }) => owner === null && (state === 'sending' || state === 'unknown'),
  );
  return new Set(flagged.flatMap(({ prompt }) => (given.has(prompt) ? [] : prompt)));
}
