import type { Program, ProgramFault, Topic } from '../../program.ts';
import { normalise } from '../../words/normalise.ts';

/** Why a program that people are in cannot be saved with these topics; none where nothing that they were told turns untrue. */
export function topicFaults(before: Program, after: Program): ProgramFault[] {
  return after.topics.flatMap((topic, place) =>
    [...purposeFault(before, topic), ...wordFaults(before, after, topic)].map(({ field, message }) => ({
      field: `topics.${place}.${field}`,
      message,
    })),
  );
}

/** The program as it is saved: with the topics that it had and has no more, what each was for. */
export function keepingFormerTopics(before: Program | null, after: Program): Program {
  const { formerTopics: _, ...program } = after;
  const gone = before === null ? [] : topicsEver(before).filter(({ id }) => !hasTopic(after, id));
  return gone.length === 0 ? program : { ...program, formerTopics: gone };
}

const topicsEver = ({ topics, formerTopics = [] }: Program): Pick<Topic, 'id' | 'purpose'>[] => [
  ...topics.map(({ id, purpose }) => ({ id, purpose })),
  ...formerTopics,
];

const hasTopic = ({ topics }: Program, id: string): boolean => topics.some((one) => one.id === id);

/** A topic that goes on, or comes back, is for another purpose: whoever chose it agreed to the one before. */
function purposeFault(before: Program, { id, purpose }: Topic): ProgramFault[] {
  const old = topicsEver(before).find((one) => one.id === id);
  if (old === undefined || old.purpose === purpose) return [];
  const message = `People are in the program, and who chose "${id}" agreed to it as ${old.purpose}. Say ${old.purpose}, or save it as another topic, which they can choose.`;
  return [{ field: 'purpose', message }];
}

/** A code or word is another topic's, though the one that people know by it goes on: they would turn off what they wanted. */
function wordFaults(before: Program, after: Program, topic: Topic): ProgramFault[] {
  const goesOn = (id: string): boolean => id !== topic.id && hasTopic(after, id);
  return (['code', 'word'] as const).flatMap((field) => {
    const known = before.topics.find(
      (one) => goesOn(one.id) && wordsOf(one).includes(normalise(topic[field])),
    );
    if (known === undefined) return [];
    const message = `People are in the program who know "${known.id}" by "${topic[field]}". Leave it that, and give "${topic.id}" another ${field}.`;
    return { field, message };
  });
}

const wordsOf = ({ code, word }: Topic): string[] => [normalise(code), normalise(word)];
