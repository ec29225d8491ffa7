import { DAY_MS } from '../../durations.ts';
import type { Person, Prompt } from '../person.ts';

/** Between two prompts to a person who keeps asking for the same; long enough that an impatient second text is no second prompt. */
const OWN_JOIN_GAP_MS = 10_000;

/** Prompts older than this no longer count toward any limit. */
const PROMPT_MEMORY_MS = 30 * DAY_MS;

/** To a number, over all doors. */
const MOST_PROMPTS = 3;

/**
 * Why one more prompt may not go now, or null. From another door: one per number and program in 24 hours and
 * three per number in 30 days, over all doors together. The person's own text: a minimum gap only, while a question
 * about the same topics is still open.
 */
export function promptLimit(
  person: Person,
  { program, topics }: Pick<Prompt, 'program' | 'topics'>,
  own: boolean,
  now: Date,
): string | null {
  if (own) {
    const justAsked = person.prompts.some(
      (one) =>
        one.state === 'open' &&
        one.program === program &&
        one.topics.join() === topics.join() &&
        isWithin(one.issuedAt, OWN_JOIN_GAP_MS, now),
    );
    return justAsked ? 'asked a moment ago' : null;
  }
  const sentToday = sentWithin(person, DAY_MS, now).some((sent) => sent.program === program);
  if (sentToday) return 'one prompt per program in 24 hours';
  const isFull = sentWithin(person, PROMPT_MEMORY_MS, now).length >= MOST_PROMPTS;
  return isFull ? 'three prompts per number in 30 days' : null;
}

const isWithin = (at: Date, ms: number, now: Date): boolean => now.getTime() - at.getTime() < ms;

const sentWithin = ({ promptsSent }: Pick<Person, 'promptsSent'>, ms: number, now: Date) =>
  promptsSent.filter(({ at }) => isWithin(at, ms, now));

/** The person with one more prompt on record, which counts whether or not it leaves; forgets those that no longer count. */
export function withPromptSent(person: Person, program: string, own: boolean, at: Date): Person {
  const kept = person.promptsSent.filter((sent) => at.getTime() - sent.at.getTime() < PROMPT_MEMORY_MS);
  return { ...person, promptsSent: [...kept, { at, program, own }] };
}
