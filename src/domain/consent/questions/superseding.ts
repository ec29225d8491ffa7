import type { Program } from '../../program.ts';
import { draft, type EventDraft, type Turn } from '../outcome.ts';
import {
  asksForTopic,
  isOwnQuestion,
  isRenewal,
  openPrompt,
  type Person,
  type Prompt,
  withPendingEnded,
  withPromptsClosed,
} from '../person.ts';

/**
 * They asked for the open question themselves, or answered it in part: nobody else's form ends it. Nobody asked for a
 * renewal, and one that is superseded is put again. A question about the program that they have from another number of ours
 * stands too: their answer goes there.
 */
export function isAnswering({ person, act }: Turn, program: Program): boolean {
  const isTheirs = (one: Prompt): boolean => one.step === 'birth-date' || isOwnQuestion(one);
  const beside = askedElsewhere(person, act.number, program);
  return [openPrompt(person, act.number), ...beside].some(
    (open) =>
      open !== null &&
      open.expiresAt > act.receivedAt &&
      (isTheirs(open) || (open.number !== act.number && open.handedOverAt !== null)),
  );
}

/** Open questions whether to join a program, from other numbers of ours than one. */
const askedElsewhere = ({ prompts }: Person, number: string, { id }: Program): Prompt[] =>
  prompts.filter(
    (one) =>
      one.state === 'open' &&
      one.program === id &&
      one.number !== number &&
      !isRenewal(one) &&
      !asksForTopic(one),
  );

/** The person with what is open on the number ended for another question; and whether to join `about`, on the others. */
export function superseding(
  { person, act }: Turn,
  about: Program | null = null,
): { person: Person; events: EventDraft[] } {
  const here = person.prompts.filter((old) => old.state === 'open' && old.number === act.number);
  const lost = [...here, ...(about === null ? [] : askedElsewhere(person, act.number, about))];
  const closed = withPromptsClosed(person, 'superseded', (old) => lost.includes(old));
  const events = lost.map(({ program, topics, disclosure }) =>
    draft('superseded', { program, topics, disclosure }),
  );
  const ended = lost.reduce(
    (one, { program }) => withPendingEnded(one, program, 'expired', act.receivedAt),
    closed,
  );
  return { person: ended, events };
}
