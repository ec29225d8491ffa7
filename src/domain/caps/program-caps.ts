import type { Cap, Frequency, Program } from '../program.ts';
import { OVERALL } from './cap-rules.ts';
import { promisedBy } from './promised-frequency.ts';

/** One limit on how much a person gets from a program, and why it holds. */
export type ProgramLimit = {
  /** "at most 4 in 30 days" */
  most: string;
  why: 'promised' | 'cap' | 'overall';
  /** The topic that it is about; null: all of the program. */
  topic: string | null;
};

const HOURS_WORDS: Readonly<Record<number, string>> = { 1: 'an hour', 24: 'a day', 168: 'a week' };

/** "4 a week", "2 in 48 hours", "4 in 30 days". */
export function capWords({ count, hours }: Cap): string {
  const known = HOURS_WORDS[hours];
  if (known !== undefined) return `${count} ${known}`;
  return hours % 24 === 0 ? `${count} in ${hours / 24} days` : `${count} in ${hours} hours`;
}

const inHours = ({ count, days }: Frequency): Cap => ({ count, hours: 24 * days });

/** The limits that a program sets itself, the strictest kind first: promises, caps, the cap over all programs. */
export function programLimits(program: Program): ProgramLimit[] {
  if (program.capping === 'off') return [];
  const limit = (cap: Cap, why: ProgramLimit['why'], topic: string | null = null): ProgramLimit => ({
    most: `at most ${capWords(cap)}`,
    why,
    topic,
  });
  const ofProgram = promisedBy(program, program.languages);
  return [
    ...(ofProgram === null ? [] : [limit(inHours(ofProgram), 'promised')]),
    ...(program.caps ?? []).map((cap) => limit(cap, 'cap')),
    limit(program.overallCap ?? OVERALL, 'overall'),
    ...program.topics.flatMap((topic) => {
      const promised = promisedBy(topic, program.languages);
      return [
        ...(promised === null ? [] : [limit(inHours(promised), 'promised', topic.id)]),
        ...(topic.caps ?? []).map((cap) => limit(cap, 'cap', topic.id)),
      ];
    }),
  ];
}
