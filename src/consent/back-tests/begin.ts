import { DAY_MS } from '../../domain/durations.ts';
import type { ProposedChange } from '../../domain/words/proposed-change.ts';
import { type ProposalFault, proposalFaults, proposalWarnings } from '../../domain/words/proposed-change.ts';
import { WORD_RULES, type WordRules, wordRulesAt } from '../../domain/words/word-rules.ts';
import { type BackTestDoc, beginBackTest } from '../../store/consent/back-tests.ts';
import { countTexts } from '../../store/consent/past-texts.ts';
import type { Desk } from '../desk.ts';

/** Longest that counting may take, ms: a run begins all the same. */
const COUNT_MS = 2000;

export type BackTestWish = {
  /** What is changed of the rules in force. */
  changes: ProposedChange[];
  days: number;
  by: string;
};

export type Begun =
  | { kind: 'begun'; run: BackTestDoc }
  | { kind: 'no-changes' }
  | { kind: 'faults'; faults: ProposalFault[] };

/** The rules in force at a moment, as they are written. */
export function rulesAt(now: Date): WordRules {
  const { version } = wordRulesAt(now);
  const rules = WORD_RULES.find((source) => source.version === version);
  if (rules === undefined) throw new Error(`rules ${version} have no source`);
  return rules;
}

/** Begins a run over the texts of the last days; a job does the rest. Programs' words and versions are kept as they are now. */
export async function beginRun(desk: Desk, { changes, days, by }: BackTestWish): Promise<Begun> {
  const until = desk.now();
  if (changes.length === 0) return { kind: 'no-changes' };
  const rules = rulesAt(until);
  const { book, vocabulary } = desk.catalog.current();
  const words = book.senders.map(({ number }) => ({ number, vocabulary: vocabulary(number) }));
  const vocabularies = words.map((one) => one.vocabulary);
  const faults = proposalFaults(rules, vocabularies, changes);
  if (faults.length > 0) return { kind: 'faults', faults };
  const span = { since: new Date(until.getTime() - days * DAY_MS), until };
  const run = await beginBackTest(desk.store, {
    version: rules.version,
    changes,
    words,
    ...span,
    createdBy: by,
    warnings: proposalWarnings(rules, vocabularies, changes),
    texts: await countTexts(desk.store, span, COUNT_MS),
  });
  return { kind: 'begun', run };
}
