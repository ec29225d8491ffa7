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
  /** Rules to begin with; null: today's. */
  version: string | null;
  changes: ProposedChange[];
  days: number;
  by: string;
};

export type Begun =
  | { kind: 'begun'; run: BackTestDoc }
  | { kind: 'no-such-version' }
  /** Neither other rules nor a change of them. */
  | { kind: 'the-same' }
  | { kind: 'faults'; faults: ProposalFault[] };

/** The rules of a version; null where this program has none of it. */
export const sourceOf = (version: string): WordRules | null =>
  WORD_RULES.find((one) => one.version === version) ?? null;

/** Begins a run over the texts of the last days; a job does the rest. Programs' words and versions are kept as they are now. */
export async function beginRun(desk: Desk, { version, changes, days, by }: BackTestWish): Promise<Begun> {
  const until = desk.now();
  const today = wordRulesAt(until).version;
  const base = sourceOf(version ?? today);
  if (base === null) return { kind: 'no-such-version' };
  if (base.version === today && changes.length === 0) return { kind: 'the-same' };
  const { book, vocabulary } = desk.catalog.current();
  const words = book.senders.map(({ number }) => ({ number, vocabulary: vocabulary(number) }));
  const vocabularies = words.map((one) => one.vocabulary);
  const faults = proposalFaults(base, vocabularies, changes);
  if (faults.length > 0) return { kind: 'faults', faults };
  const span = { since: new Date(until.getTime() - days * DAY_MS), until };
  const run = await beginBackTest(desk.store, {
    today,
    base: base.version,
    changes,
    words,
    ...span,
    createdBy: by,
    warnings: proposalWarnings(base, vocabularies, changes),
    texts: await countTexts(desk.store, span, COUNT_MS),
  });
  return { kind: 'begun', run };
}
