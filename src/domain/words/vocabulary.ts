import { LANGUAGES, type Program } from '../program.ts';
import { normalise } from './normalise.ts';
import type { TopicRef, Vocabulary } from './reading.ts';

/** The words of the programs that share one number. */
export function vocabularyOf(programs: Program[]): Vocabulary {
  return {
    programs: programs.map(({ id, keywords, confirmWords, topics }) => ({
      id,
      keywords: LANGUAGES.flatMap((language) =>
        (keywords[language] ?? []).map((word) => ({ word, language })),
      ),
      confirmWords,
      topics: topics.map(({ id, code, word }) => ({ id, code, word })),
    })),
  };
}

/** What one word of the vocabulary names. */
export type Named = { program: string } | TopicRef;

/** Programs and topics by the normalised words that name them. */
export function namesIn(vocabulary: Vocabulary): Map<string, Named> {
  const names = new Map<string, Named>();
  for (const program of vocabulary.programs) {
    for (const { word } of program.keywords) names.set(normalise(word), { program: program.id });
    for (const topic of program.topics) {
      const ref = { program: program.id, topic: topic.id };
      names.set(normalise(topic.code), ref).set(normalise(topic.word), ref);
    }
  }
  names.delete('');
  return names;
}
