import { LANGUAGES, type Language, type Program } from '../program.ts';
import { normalise } from './normalise.ts';
import type { TopicRef, Vocabulary } from './reading.ts';

/** The words of the programs that share one number. */
export function vocabularyOf(programs: Program[]): Vocabulary {
  return {
    programs: programs.map(({ id, name, keywords, confirmWords, topics }) => ({
      id,
      name,
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
export const namesIn = derived((vocabulary): ReadonlyMap<string, Named> => {
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
});

/** The names of the programs, each as `normalise` leaves it. */
export const calledIn = derived((vocabulary): readonly string[] =>
  vocabulary.programs.map(({ name }) => normalise(name)).filter((name) => name !== ''),
);

/** A word that is a whole text, and what it asks. */
type Asked = { program: string; language: Language; word: string } | 'confirm';

/**
 * Keywords, alone and with the name of their program as our texts write it ("JOIN (Fernway Deals)"), and confirming
 * words, as `normalise` leaves them; one that stands twice belongs to the first.
 */
export const askedIn = derived((vocabulary): ReadonlyMap<string, Asked> => {
  const asked: [string, Asked][] = vocabulary.programs.flatMap(({ id, name, keywords, confirmWords }) => [
    ...keywords.flatMap(({ word, language }) =>
      [word, `${word} ${name}`].map((said): [string, Asked] => [
        normalise(said),
        { program: id, language, word: normalise(word) },
      ]),
    ),
    ...confirmWords.map((word): [string, Asked] => [normalise(word), 'confirm']),
  ]);
  return new Map(asked.reverse());
});

/** Worked out once for each vocabulary, which never changes: every text on its number asks for it. */
function derived<T>(make: (vocabulary: Vocabulary) => T): (vocabulary: Vocabulary) => T {
  const made = new WeakMap<Vocabulary, { value: T }>();
  return (vocabulary) => {
    const one = made.get(vocabulary) ?? { value: make(vocabulary) };
    made.set(vocabulary, one);
    return one.value;
  };
}
