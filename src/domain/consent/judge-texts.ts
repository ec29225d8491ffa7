import type { Language, Program } from '../program.ts';
import type { TemplateKey } from '../text/messages.ts';
import { type MissingItem, missingItems } from '../text/required-items.ts';
import type { RequiredKind } from '../text/required-rules.ts';
import { programValues, topicValues } from './naming.ts';
import type { Say } from './outcome.ts';

/** Texts of a program whose content carriers and the law prescribe. */
const PLAIN: readonly RequiredKind[] = ['prompt', 'welcome', 'help', 'stop-all'];

/** The same question and welcome about one topic alone. */
const OF_TOPIC: readonly [TemplateKey, RequiredKind][] = [
  ['topics-on-needs-prompt', 'prompt'],
  ['welcome-topic', 'welcome'],
];

/**
 * What a program's texts lack in every language it speaks, or say though they must not, one sentence each. What a text
 * lacks in its plain form is said of that alone, not again of each topic.
 */
export function faultsOfTexts(program: Program, say: Say): string[] {
  return program.languages.flatMap((language) => faultsIn(program, language, say));
}

function faultsIn(program: Program, language: Language, say: Say): string[] {
  const judged = (kind: RequiredKind, key: TemplateKey, about: Record<string, string> = {}) =>
    missingItems(
      kind,
      say(key, language, { ...programValues(program, language), ...about }),
      program,
      language,
    );
  const plain = new Map(PLAIN.map((kind) => [kind, judged(kind, kind)]));
  const beyond = (kind: RequiredKind, found: MissingItem[]) =>
    found.filter(({ item }) => !plain.get(kind)?.some((known) => known.item === item));
  return [
    ...[...plain.values()].flatMap((found) => written(language, found)),
    ...written(`${language}, to renew consent`, beyond('prompt', judged('prompt', 'renewal'))),
    ...program.topics.flatMap((topic) =>
      OF_TOPIC.flatMap(([key, kind]) =>
        written(
          `${language}, for topic "${topic.id}"`,
          beyond(kind, judged(kind, key, topicValues(topic, language))),
        ),
      ),
    ),
  ];
}

const written = (of: string, found: readonly MissingItem[]): string[] =>
  found.map(({ sentence, source }) => `${of}: ${sentence} (${source})`);
