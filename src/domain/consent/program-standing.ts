import type { Language, Program } from '../program.ts';
import { countParts } from '../text/parts.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import type { RenderText } from './decision.ts';
import { type TextFault, textFaults } from './program-changes.ts';
import { programValues, topicValues } from './program-text.ts';

/**
 * Whether people may join a program, and whether its texts have what the law and the carriers ask; the first that
 * decides. `closed`: nobody can join, because of what is missing.
 */
export type ProgramStanding =
  | { kind: 'ended' }
  | { kind: 'closed'; missing: 'keyword' | 'number' | 'working-number' }
  | { kind: 'lacking'; faults: TextFault[] }
  | { kind: 'live' };

/** What `programStanding` decides by. `stopped`: our numbers that send nothing until a person resumes them. */
type StandingFacts = { program: Program; say: RenderText; stopped: readonly string[] };

/**
 * The standing of a program. A program without a keyword has no call to action, and one that cannot send cannot ask
 * for the confirmation that consent needs (CTIA Messaging Principles 5.1.1 and 5.1.2). What its texts must say follows
 * from `required-content.ts`, which names the source of each item.
 */
export function programStanding({ program, say, stopped }: StandingFacts): ProgramStanding {
  if (program.status === 'ended') return { kind: 'ended' };
  if (Object.values(program.keywords).flat().length === 0) return { kind: 'closed', missing: 'keyword' };
  if (program.numbers.length === 0) return { kind: 'closed', missing: 'number' };
  if (program.numbers.every((number) => stopped.includes(number)))
    return { kind: 'closed', missing: 'working-number' };
  const faults = textFaults(program, say);
  return faults.length > 0 ? { kind: 'lacking', faults } : { kind: 'live' };
}

/** One text of a program as it goes out. */
export type ProgramText = {
  key: TemplateKey;
  /** Set for a text about one topic alone. */
  topic: string | null;
  text: string;
  parts: number;
  /** Characters that make it longer, because GSM-7 lacks them. */
  offenders: readonly string[];
};

const OF_PROGRAM = ['prompt', 'welcome', 'help', 'stop-all', 'renewal'] as const satisfies TemplateKey[];
const OF_EACH_TOPIC = ['topics-on-needs-prompt', 'welcome-topic'] as const satisfies TemplateKey[];

/** The texts of a program whose content is prescribed, in one language, as people get them. */
export function programTexts(program: Program, language: Language, say: RenderText): ProgramText[] {
  const values = programValues(program, language);
  const rendered = (key: TemplateKey, topic: string | null, own: Record<string, string>): ProgramText => {
    const text = say(key, language, { ...values, ...own });
    const { parts, offenders } = countParts(text);
    return { key, topic, text, parts, offenders };
  };
  const isMarketing = program.topics.some(({ purpose }) => purpose === 'marketing');
  return [
    ...OF_PROGRAM.filter((key) => key !== 'renewal' || isMarketing).map((key) => rendered(key, null, {})),
    ...program.topics.flatMap((topic) =>
      OF_EACH_TOPIC.map((key) => rendered(key, topic.id, topicValues(topic, language))),
    ),
  ];
}
