import type { Language, Program, Topic } from '../program.ts';
import type { TemplateKey } from '../text/messages.ts';
import { topicAskedFor } from './joining.ts';
import { topicValues } from './naming.ts';
import type { Reply, Turn } from './outcome.ts';
import type { Prompt } from './person.ts';
import { replyAbout } from './preferences.ts';
import { isHeld, isKeptBack, pauseOver } from './unsettled.ts';

/**
 * What answers a YES that counted, of the person as they stand after it: what they agreed to and how often it comes, and
 * what keeps it back for now. Source: CTIA 5.1.2.1.
 */
export function welcome(turn: Turn, prompt: Prompt, program: Program): Reply {
  const { language } = prompt;
  const date = pauseOver(turn, program, prompt.topics, language);
  const topic = topicAskedFor(prompt, program);
  const until = { date: date ?? '' };
  if (topic === undefined) {
    return replyAbout(turn, program, programTemplate(turn, program, date !== null), language, until);
  }
  const values = { ...until, ...valuesOf(topic, language) };
  return replyAbout(
    turn,
    program,
    topicTemplate(turn, program, prompt.topics, date !== null),
    language,
    values,
  );
}

function valuesOf(topic: Topic, language: Language): Record<string, string> {
  return {
    ...topicValues(topic, language),
    topics: `${topic.name[language]}, ${topic.frequency[language]}`,
  };
}

function topicTemplate(turn: Turn, program: Program, topics: string[], paused: boolean): TemplateKey {
  if (isKeptBack(turn, program, topics)) return 'topics-on-held';
  return paused ? 'topics-on-paused' : 'welcome-topic';
}

/** Not of a STOP on another number of theirs: this YES is their newer word. */
function programTemplate(turn: Turn, program: Program, paused: boolean): TemplateKey {
  if (isHeld(turn, program)) return 'welcome-held';
  return paused ? 'welcome-paused' : 'welcome';
}
