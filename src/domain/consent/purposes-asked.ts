import type { Program, Purpose } from '../program.ts';
import { ask, asksForTopic, join, superseding, topicAskedFor, topicTouchpoint } from './joining.ts';
import { languageFor } from './naming.ts';
import { draft, type Outcome, type Turn } from './outcome.ts';
import { isRenewal, type Person, type Prompt, subscriptionTo } from './person.ts';

/**
 * Whether some topic of a question is for another purpose now than when it was put: a YES is to what was asked. Of a question
 * from before purposes were kept nobody knows: as a renewal it counts for purposes that were agreed to before, else for none.
 */
export function hasChangedPurpose(prompt: Prompt, program: Program, person: Person): boolean {
  const subscription = subscriptionTo(person, program.id);
  const renews = isRenewal(prompt) && subscription?.state === 'subscribed' ? subscription.purposes : [];
  const asked = (topic: string, purpose: Purpose): boolean =>
    prompt.purposes === undefined ? renews.includes(purpose) : prompt.purposes[topic] === purpose;
  return program.topics.some(({ id, purpose }) => prompt.topics.includes(id) && !asked(id, purpose));
}

/** YES to a question whose topics are for something else since: it has no effect, and asks for what they are for now. */
export function askAnew(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const { topics, disclosure, seq: answers } = prompt;
  const reason = 'its topics are for another purpose now';
  const spent = draft('ineffective', { program: program.id, topics, disclosure, answers, reason });
  const { person: freed, events: superseded } = superseding(turn);
  const before = [spent, ...superseded];
  const next = { ...turn, person: { ...freed, seq: turn.person.seq + before.length } };
  const asked = asksForTopic(prompt) ? askForTopic(next, prompt, program) : join(next, program);
  return { ...asked, events: [...before, ...asked.events] };
}

function askForTopic(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const topics = prompt.topics;
  const touchpoint = topicTouchpoint(topicAskedFor(prompt, program)?.id ?? '', language);
  return ask(turn, { program, topics, touchpoint }, language);
}
