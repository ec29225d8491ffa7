import type { Program, Topic } from '../../program.ts';
import { ask, join, topicAskedFor, topicTouchpoint } from '../joining.ts';
import { languageFor } from '../naming.ts';
import { draft, type Outcome, type Turn } from '../outcome.ts';
import { asksForTopic, isRenewal, isSubscribed, type Prompt } from '../person.ts';
import { yesToWhatIsGone } from './stray-yes.ts';
import { superseding } from './superseding.ts';

/**
 * Why a YES to a question is none to what its topics are for now, so that it is put anew; null where it is one. A question that
 * named a topic which the program has no more is put anew too: a renewal where none is left, since what is left was agreed to
 * before.
 */
export function whyAskAnew(prompt: Prompt, program: Program): string | null {
  const { purposes } = prompt;
  const asked = program.topics.filter(({ id }) => prompt.topics.includes(id));
  if (asked.length === 0 || (!isRenewal(prompt) && namesGone(prompt, program))) {
    return 'the program has topics of it no more';
  }
  return asked.every(({ id, purpose }) => purposes[id] === purpose)
    ? null
    : 'its topics are for another purpose now';
}

const namesGone = ({ topics }: Prompt, program: Program): boolean =>
  topics.some((topic) => program.topics.every(({ id }) => id !== topic));

/**
 * YES that does not count for what the topics are for now: it has no effect, and asks for that. Of one more topic that is gone
 * it asks nobody who is in the program: a NO to a question about all of it would end what they get.
 */
export function askAnew(turn: Turn, prompt: Prompt, program: Program, reason: string): Outcome {
  const { topics, disclosure, seq: answers } = prompt;
  const spent = draft('ineffective', { program: program.id, topics, disclosure, answers, reason });
  const { person: freed, events: superseded } = superseding(turn);
  const before = [spent, ...superseded];
  const next = { ...turn, person: { ...freed, seq: turn.person.seq + before.length } };
  const asked = askedInstead(next, prompt, program);
  return { ...asked, events: [...before, ...asked.events] };
}

function askedInstead(turn: Turn, prompt: Prompt, program: Program): Outcome {
  const topic = topicAskedFor(prompt, program);
  if (topic !== undefined) return askForTopic(turn, program, topic);
  const isGone = asksForTopic(prompt) && isSubscribed(turn.person, program.id);
  return isGone ? yesToWhatIsGone(turn, program) : join(turn, program);
}

function askForTopic(turn: Turn, program: Program, { id }: Topic): Outcome {
  const language = languageFor(program, turn.act.reading.language, turn.person);
  return ask(turn, { program, topics: [id], touchpoint: topicTouchpoint(id, language) }, language);
}
