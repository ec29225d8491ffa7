import { LANGUAGES, type Language, type Program } from '../program.ts';
import { normalise } from './normalise.ts';
import type { ProgramWords, TopicRef } from './reading.ts';

/** The words of the programs that share one number. */
export function programWordsOf(programs: Program[]): ProgramWords {
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

/** What one word of the programs names. */
export type NamedTarget = { program: string } | TopicRef;

/** Programs and topics by the normalised words that name them. */
export const topicAndProgramNames = derived((programWords): ReadonlyMap<string, NamedTarget> => {
  const names = new Map<string, NamedTarget>();
  for (const program of programWords.programs) {
    for (const { word } of program.keywords) names.set(normalise(word), { program: program.id });
    for (const topic of program.topics) {
      const ref = { program: program.id, topic: topic.id };
      names.set(normalise(topic.code), ref).set(normalise(topic.word), ref);
    }
  }
  names.delete('');
  return names;
});

/** The normalised names of the programs. */
export const programNamesIn = derived((programWords): readonly string[] =>
  programWords.programs.map(({ name }) => normalise(name)).filter((name) => name !== ''),
);

/** The meaning of a word that is a whole text. */
type KeywordMeaning = { program: string; language: Language; word: string } | 'confirm';

/**
 * Meanings of normalised keywords, alone and with the program's name as our texts write it ("JOIN (Fernway Deals)"),
 * and of confirmation words. A word that occurs twice belongs to the first.
 */
export const keywordMeanings = derived((programWords): ReadonlyMap<string, KeywordMeaning> => {
  const asked: [string, KeywordMeaning][] = programWords.programs.flatMap(
    ({ id, name, keywords, confirmWords }) => [
      ...keywords.flatMap(({ word, language }) =>
        [word, `${word} ${name}`].map((said): [string, KeywordMeaning] => [
          normalise(said),
          { program: id, language, word: normalise(word) },
        ]),
      ),
      ...confirmWords.map((word): [string, KeywordMeaning] => [normalise(word), 'confirm']),
    ],
  );
  return new Map(asked.reverse());
});

/** Caches a derived value per `ProgramWords` object, which never changes and is used for every text on its number. */
function derived<T>(make: (programWords: ProgramWords) => T): (programWords: ProgramWords) => T {
  const made = new WeakMap<ProgramWords, { value: T }>();
  return (programWords) => {
    const entry = made.get(programWords) ?? { value: make(programWords) };
    made.set(programWords, entry);
    return entry.value;
  };
}
