import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import type { LanguageFile } from '../../../src/domain/words/word-files.ts';
import type { CompiledWordRules } from '../../../src/domain/words/word-rules.ts';

const KINDS = { 'opt-out': 'stop-all', 'perhaps-opt-out': 'unsure', hint: null } as const;

/** How a text is read, for people: "an opt-out (rule threat)". */
export function sayReading({ kind, rule }: Reading): string {
  const named = rule === kind ? '' : ` (${rule.replace(/^phrase:/, 'rule ')})`;
  if (kind === 'stop-all') return `an opt-out${named}`;
  if (kind === 'unsure') return `perhaps an opt-out, held for a person${named}`;
  return kind === 'unknown' ? `no opt-out${named}` : `${kind}${named}`;
}

/** Every example of a file that its rule does not read as it means, and every counterexample that it does not leave alone. */
export function misreadExamples({ language, rules }: LanguageFile, compiled: CompiledWordRules): string[] {
  const reading = (text: string) => readText(text, { programs: [] }, compiled);
  return rules.flatMap(({ id, means, examples, counterexamples }) => {
    const place = (kind: string, at: number, text: string) =>
      `templates/words/${language}.json: rule "${id}", ${kind} no. ${at + 1} ("${text}")`;
    const missed = examples.flatMap((text, at) => {
      const read = reading(text);
      return read.kind === KINDS[means] && read.rule === `phrase:${id}`
        ? []
        : `${place('examples', at, text)} must be read as ${means} by this rule. It is read as ${sayReading(read)}.`;
    });
    const taken = counterexamples.flatMap((text, at) => {
      const read = reading(text);
      const isTaken = read.kind === 'stop-all' || (means === 'perhaps-opt-out' && read.kind === 'unsure');
      return isTaken || read.rule === `phrase:${id}`
        ? `${place('counterexamples', at, text)} must be left alone. It is read as ${sayReading(read)}.`
        : [];
    });
    return [...missed, ...taken];
  });
}
