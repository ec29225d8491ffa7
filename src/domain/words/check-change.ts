import { type Collision, collisions } from './collisions.ts';
import { normalise } from './normalise.ts';
import type { Vocabulary } from './reading.ts';
import {
  changeRules,
  changeWords,
  isPhrases,
  type ListChange,
  listOf,
  type RuleList,
  ruleName,
} from './rule-change.ts';
import { compileRules, type RuleSource } from './rule-sets.ts';

/** `change`: its place in the list of changes, from 0. */
export type RuleFault = { change: number; message: string };

/** What keeps a change from being tried: words that are none, and what is to be taken but stands nowhere. */
export function faultsOf(
  rules: RuleSource,
  words: readonly Vocabulary[],
  changes: readonly ListChange[],
): RuleFault[] {
  return changes.flatMap((one, change) => {
    const fault = (message: string): RuleFault => ({ change, message });
    const programs = words.flatMap((each) => each.programs).filter(({ id }) => id === one.program);
    if (one.list === 'join' && programs.length === 0) return [fault('There is no program of this id.')];
    if (one.list !== 'join' && one.program !== null) return [fault('Only keywords belong to a program.')];
    if (one.add.length + one.take.length === 0) return [fault('It adds nothing and takes nothing.')];
    const keywords = programs.flatMap((each) => each.keywords.map(({ word }) => normalise(word)));
    const standing = one.list === 'join' ? new Set(keywords) : standingIn(rules, one.list);
    const name = isPhrases(one.list) ? ruleName : normalise;
    // What was written is not repeated: it may hold anything.
    return [
      ...one.add.flatMap((word, at) =>
        normalise(word) === '' ? fault(`No. ${at + 1} to add has no letter and no digit.`) : [],
      ),
      ...one.take.flatMap((word, at) =>
        standing.has(name(word)) ? [] : fault(`No. ${at + 1} to take does not stand in this list.`),
      ),
    ];
  });
}

function standingIn(rules: RuleSource, list: Exclude<RuleList, 'join'>): ReadonlySet<string> {
  if (list === 'opt-out') return new Set(rules.optOut.flatMap(({ words }) => words));
  if (!isPhrases(list)) return new Set(rules.commands.flatMap((one) => (one.kind === list ? one.words : [])));
  const all = rules.phrases.flatMap((one) => one.rules);
  return new Set(all.filter(({ means }) => listOf(means) === list).map(({ id }) => id));
}

/** What should be known before such rules are adopted, whatever past texts say: law and carriers, programs' words. */
export function warningsOf(
  rules: RuleSource,
  words: readonly Vocabulary[],
  changes: readonly ListChange[],
): string[] {
  const listed = [...rules.optOut.map((one) => ({ ...one, kind: 'opt-out' })), ...rules.commands];
  const demanded = changes.flatMap(({ list, take }) =>
    take
      .map(normalise)
      .flatMap((word) =>
        listed
          .filter((one) => one.kind === list && one.words.includes(word) && !/^own choice/.test(one.source))
          .map(({ source }) => `"${word}" must stand in ${list}: ${source}.`),
      ),
  );
  const compiled = compileRules(changeRules(rules, changes));
  const clashing: Collision[] = words.flatMap((each) => collisions(changeWords(each, changes), compiled));
  return [...new Set([...demanded, ...clashing.map(({ message }) => message)])];
}
