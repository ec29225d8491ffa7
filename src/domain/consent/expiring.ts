import { draft, type EventDraft } from './outcome.ts';
import { type Person, subscriptionTo, withPromptsClosed, withSubscription } from './person.ts';

/** Prompts whose window is over: closed, and what was pending under them expired. Silence is never consent. */
export function expirePrompts(before: Person, now: Date): { person: Person; events: EventDraft[] } {
  const over = before.prompts.filter((one) => one.state === 'open' && one.expiresAt <= now);
  let person = withPromptsClosed(before, 'expired', (one) => over.includes(one));
  for (const prompt of over) {
    const current = subscriptionTo(person, prompt.program);
    if (current?.state === 'pending') {
      person = withSubscription(person, { ...current, state: 'expired', since: now });
    }
  }
  const events = over.map(({ program, topics, disclosure }) =>
    draft('expired', { program, topics, disclosure, reason: 'no answer in time' }),
  );
  return { person: { ...person, seq: before.seq + events.length }, events };
}
