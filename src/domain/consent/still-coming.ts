import { type Language, type Program, programById, type Topic } from '../program.ts';
import { fitsTwilio } from '../text/parts.ts';
import type { TopicRef } from '../words/reading.ts';
import { languageFor, namesWithin, programValues, topicNames, topicsOn } from './naming.ts';
import type { Reply, Turn } from './outcome.ts';
import { isSubscribed } from './person.ts';
import { isHeld } from './unsettled.ts';

/** Where the answer would be longer than one message: characters of what ended, and of the programs that still come. */
const SHORT = { ended: 600, still: 600 };

/**
 * What answers an opt-out of some programs and topics: what ended, what still comes and that STOP ends all, in one
 * message. Where there is no room for it all, programs go without their topics, and what is left out is counted.
 */
export function whatStillComes(
  turn: Turn,
  programs: readonly string[],
  topics: readonly TopicRef[],
): Reply | null {
  const named = programs[0] ?? topics[0]?.program ?? null;
  const program = programById(turn.book, named);
  if (program === null || turn.sender === null) return null;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const left = turn.book.programs.filter(
    (one) =>
      one.status === 'active' && isSubscribed(turn.person, one.id) && topicsOn(turn.person, one).length > 0,
  );
  const coming = left.filter((one) => !isHeld(turn, one));
  const noneComes = left.length === 0 ? 'stop-some-nothing-left' : 'stop-some-held';
  const template = coming.length === 0 ? noneComes : 'stop-some';
  const ended = namesOfEnded(turn, programs, topics, language);
  const said = (names: string, still: string): string =>
    turn.say(template, language, { ...programValues(program, language), topics: names, still });
  const whole = said(ended.join(', '), coming.map((one) => withTopics(turn, one, language)).join(', '));
  const names = coming.map(({ name }) => name);
  const text = fitsTwilio(whole)
    ? whole
    : said(namesWithin(ended, SHORT.ended), namesWithin(names, SHORT.still));
  return { class: 'opt-out-confirmation', template, program: program.id, language, text, prompt: null };
}

function namesOfEnded(
  turn: Turn,
  programs: readonly string[],
  topics: readonly TopicRef[],
  language: Language,
): string[] {
  return [
    ...turn.book.programs.filter((one) => programs.includes(one.id)).map((one) => one.name),
    ...topics.map((ref) => topicOf(turn, ref)?.name[language] ?? ref.topic),
  ];
}

const withTopics = ({ person }: Turn, program: Program, language: Language): string =>
  `${program.name} (${topicNames(topicsOn(person, program), language)})`;

export const topicOf = ({ book }: Turn, { program, topic }: TopicRef): Topic | undefined =>
  programById(book, program)?.topics.find(({ id }) => id === topic);
