import type { Language, Program, ProgramFault, Topic } from '../program.ts';
import { type MissingItem, missingItems, type RequiredKind } from '../text/required-content.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import { normalise } from '../words/normalise.ts';
import { CONSENT_AGE } from './consent-age.ts';
import type { RenderText } from './decision.ts';
import { programValues, topicValues } from './program-text.ts';

/**
 * Why a program with subscribers cannot change to this minimum age; null when it can. The age gate asks only at YES:
 * existing subscribers would get texts for a higher age without being asked, and a dropped age could never be
 * restored.
 */
export function ageFault(before: number | null, after: number | null): string | null {
  if (after === null) {
    if (before === null) return null;
    return `People are in the program, which asks whether they are ${before} or over. Without an age nobody would be asked any more, and the age could not be set again. Keep ${before}, or save it as another program.`;
  }
  if (before !== null && before >= after) return null;
  return `People are in the program who may never have stated that they are ${after} or over. Save it as another program, which they can join.`;
}

type Aged = Pick<Program, 'consentAge'>;

/**
 * Why consent in a program with subscribers cannot lapse earlier; null when it can. Everybody with older consent
 * would lose it the next night, without a renewal prompt or against the date that the prompt named.
 */
export function consentAgeFault(before: Aged, after: Aged): string | null {
  const { months } = before.consentAge ?? CONSENT_AGE;
  if ((after.consentAge ?? CONSENT_AGE).months >= months) return null;
  return `People are in the program whose consent lasts ${months} months, and older consent would end without a question. Keep ${months} or more, or save it as another program, which they can join.`;
}

/** Texts of a program whose content carriers and the law prescribe. */
const PLAIN: readonly RequiredKind[] = ['prompt', 'welcome', 'help', 'stop-all'];

/** The prompt and welcome about one topic alone. */
const OF_TOPIC: readonly [TemplateKey, RequiredKind][] = [
  ['topics-on-needs-prompt', 'prompt'],
  ['welcome-topic', 'welcome'],
];

/** What one text of a program lacks, or says and must not. */
export type TextFault = MissingItem & {
  language: Language;
  /** Set where only the renewal, or only the texts about one topic, have the fault. */
  only: 'renewal' | { topic: string } | null;
};

/**
 * What a program's texts lack, or say and must not, in each of its languages. A fault of the plain text is not repeated
 * for each topic. `before`: the saved program; a fault that it already has in the same words is tolerated. Empty for an
 * ended program, which sends no prompt or welcome.
 */
export function textFaults(program: Program, say: RenderText, before: Program | null = null): TextFault[] {
  if (program.status === 'ended') return [];
  const standing = before?.status === 'active' ? before : null;
  return program.languages.flatMap((language) => {
    const spoken = standing?.languages.includes(language) ? standing : null;
    return faultsIn(language, newFaults(program, spoken, language, say));
  });
}

/** The same as `textFaults`, one sentence each. */
export const faultsOfTexts = (program: Program, say: RenderText, before: Program | null = null): string[] =>
  textFaults(program, say, before).map(
    ({ language, only, sentence, source }) => `${language}${onlyWords(only)}: ${sentence} (${source})`,
  );

function onlyWords(only: TextFault['only']): string {
  if (only === null) return '';
  return only === 'renewal' ? ', to renew consent' : `, for topic "${only.topic}"`;
}

/** Finds what one text of a program lacks. */
type Judge = (kind: RequiredKind, key: TemplateKey, topic?: string) => MissingItem[];

type Judged = { topics: readonly string[]; judge: Judge };

function newFaults(program: Program, before: Program | null, language: Language, say: RenderText): Judged {
  const judge: Judge = (kind, key, topic) => {
    const text = textOf(program, key, language, say, topic);
    if (text === null) return [];
    const found = missingItems(kind, text, program, language);
    if (found.length === 0 || before === null || textOf(before, key, language, say, topic) !== text)
      return found;
    const known = missingItems(kind, text, before, language);
    return found.filter(({ item }) => !known.some((missingItem) => missingItem.item === item));
  };
  return { topics: program.topics.map(({ id }) => id), judge };
}

/** Null when the program has no such topic. */
function textOf(
  program: Program,
  key: TemplateKey,
  language: Language,
  say: RenderText,
  topic?: string,
): string | null {
  const values = programValues(program, language);
  if (topic === undefined) return say(key, language, values);
  const about = program.topics.find(({ id }) => id === topic);
  return about === undefined ? null : say(key, language, { ...values, ...topicValues(about, language) });
}

function faultsIn(language: Language, { topics, judge }: Judged): TextFault[] {
  const plain = new Map(PLAIN.map((kind) => [kind, judge(kind, kind)]));
  const beyond = (kind: RequiredKind, found: MissingItem[]) =>
    found.filter(({ item }) => !plain.get(kind)?.some((known) => known.item === item));
  const faults = (only: TextFault['only'], found: readonly MissingItem[]): TextFault[] =>
    found.map((missing) => ({ ...missing, language, only }));
  return [
    ...[...plain.values()].flatMap((found) => faults(null, found)),
    ...faults('renewal', beyond('prompt', judge('prompt', 'renewal'))),
    ...topics.flatMap((topic) =>
      OF_TOPIC.flatMap(([key, kind]) => faults({ topic }, beyond(kind, judge(kind, key, topic)))),
    ),
  ];
}

/**
 * Why a program with subscribers cannot be saved with these topics; empty when nothing that they were told becomes
 * untrue.
 */
export function topicFaults(before: Program, after: Program): ProgramFault[] {
  return after.topics.flatMap((topic, place) =>
    [...purposeFault(before, topic), ...wordFaults(before, after, topic)].map(({ field, message }) => ({
      field: `topics.${place}.${field}`,
      message,
    })),
  );
}

/** The program to save, with its removed topics and their purposes kept in `formerTopics`. */
export function keepingFormerTopics(before: Program | null, after: Program): Program {
  const { formerTopics: _, ...program } = after;
  const gone = before === null ? [] : topicsEver(before).filter(({ id }) => !hasTopic(after, id));
  return gone.length === 0 ? program : { ...program, formerTopics: gone };
}

const topicsEver = ({ topics, formerTopics = [] }: Program): Pick<Topic, 'id' | 'purpose'>[] => [
  ...topics.map(({ id, purpose }) => ({ id, purpose })),
  ...formerTopics,
];

const hasTopic = ({ topics }: Program, id: string): boolean => topics.some((topic) => topic.id === id);

/** A topic that stays or comes back changes its purpose: the people who chose it agreed to the former one. */
function purposeFault(before: Program, { id, purpose }: Topic): ProgramFault[] {
  const old = topicsEver(before).find((topic) => topic.id === id);
  if (old === undefined || old.purpose === purpose) return [];
  const message = `People are in the program, and who chose "${id}" agreed to it as ${old.purpose}. Keep ${old.purpose}, or save it as another topic, which they can choose.`;
  return [{ field: 'purpose', message }];
}

/**
 * A code or word moves to another topic while the topic that people know by it stays: they would turn off the wrong
 * one.
 */
function wordFaults(before: Program, after: Program, topic: Topic): ProgramFault[] {
  const goesOn = (id: string): boolean => id !== topic.id && hasTopic(after, id);
  return (['code', 'word'] as const).flatMap((field) => {
    const known = before.topics.find(
      (other) => goesOn(other.id) && wordsOf(other).includes(normalise(topic[field])),
    );
    if (known === undefined) return [];
    const message = `People are in the program who know "${known.id}" by "${topic[field]}". Keep that, and give "${topic.id}" another ${field}.`;
    return { field, message };
  });
}

const wordsOf = ({ code, word }: Topic): string[] => [normalise(code), normalise(word)];
