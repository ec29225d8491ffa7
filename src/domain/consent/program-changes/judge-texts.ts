import type { Language, Program } from '../../program.ts';
import type { TemplateKey } from '../../text/messages.ts';
import { type MissingItem, missingItems } from '../../text/required-items.ts';
import type { RequiredKind } from '../../text/required-rules.ts';
import { programValues, topicValues } from '../naming.ts';
import type { Say } from '../outcome.ts';

/** Texts of a program whose content carriers and the law prescribe. */
const PLAIN: readonly RequiredKind[] = ['prompt', 'welcome', 'help', 'stop-all'];

/** The same question and welcome about one topic alone. */
const OF_TOPIC: readonly [TemplateKey, RequiredKind][] = [
  ['topics-on-needs-prompt', 'prompt'],
  ['welcome-topic', 'welcome'],
];

/**
 * What a program's texts lack in every language it speaks, or say though they must not, one sentence each. What a text
 * lacks in its plain form is said of that alone, not again of each topic. `before`: the program as it stands; what it lacks
 * already in the same words is let be. Nothing of a program that has ended: it asks and welcomes nobody.
 */
export function faultsOfTexts(program: Program, say: Say, before: Program | null = null): string[] {
  if (program.status === 'ended') return [];
  const standing = before?.status === 'active' ? before : null;
  return program.languages.flatMap((language) => {
    const spoken = standing?.languages.includes(language) ? standing : null;
    return faultsIn(language, newFaults(program, spoken, language, say));
  });
}

/** What one text of a program lacks. */
type Judge = (kind: RequiredKind, key: TemplateKey, topic?: string) => MissingItem[];

type Judged = { topics: readonly string[]; judge: Judge };

function newFaults(program: Program, before: Program | null, language: Language, say: Say): Judged {
  const judge: Judge = (kind, key, topic) => {
    const text = textOf(program, key, language, say, topic);
    if (text === null) return [];
    const found = missingItems(kind, text, program, language);
    if (found.length === 0 || before === null || textOf(before, key, language, say, topic) !== text)
      return found;
    const known = missingItems(kind, text, before, language);
    return found.filter(({ item }) => !known.some((one) => one.item === item));
  };
  return { topics: program.topics.map(({ id }) => id), judge };
}

/** Null where the program has no such topic. */
function textOf(
  program: Program,
  key: TemplateKey,
  language: Language,
  say: Say,
  topic?: string,
): string | null {
  const values = programValues(program, language);
  if (topic === undefined) return say(key, language, values);
  const about = program.topics.find(({ id }) => id === topic);
  return about === undefined ? null : say(key, language, { ...values, ...topicValues(about, language) });
}

function faultsIn(language: Language, { topics, judge }: Judged): string[] {
  const plain = new Map(PLAIN.map((kind) => [kind, judge(kind, kind)]));
  const beyond = (kind: RequiredKind, found: MissingItem[]) =>
    found.filter(({ item }) => !plain.get(kind)?.some((known) => known.item === item));
  return [
    ...[...plain.values()].flatMap((found) => written(language, found)),
    ...written(`${language}, to renew consent`, beyond('prompt', judge('prompt', 'renewal'))),
    ...topics.flatMap((topic) =>
      OF_TOPIC.flatMap(([key, kind]) =>
        written(`${language}, for topic "${topic}"`, beyond(kind, judge(kind, key, topic))),
      ),
    ),
  ];
}

const written = (of: string, found: readonly MissingItem[]): string[] =>
  found.map(({ sentence, source }) => `${of}: ${sentence} (${source})`);
