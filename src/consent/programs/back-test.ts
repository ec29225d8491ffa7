import { type Actor, actorText } from '../../domain/access/actor.ts';
import { DAY_MS } from '../../domain/durations.ts';
import {
  applyKeywordChanges,
  applyProposedChanges,
  compareReadings,
  type ProposalFault,
  type ProposedChange,
  proposalFaults,
  proposalWarnings,
} from '../../domain/words/proposed-change.ts';
import type { ProgramWords } from '../../domain/words/reading.ts';
import {
  type CompiledWordRules,
  compileWordRules,
  WORD_RULES,
  type WordRules,
  wordRulesAt,
} from '../../domain/words/word-rules.ts';
import type { Readable } from '../../sending/inbound-sms.ts';
import {
  type BackTestDoc,
  type BackTestStep,
  beginBackTest,
  endBackTest,
  findBackTest,
  moveBackTest,
  openBackTests,
  type Unread,
} from '../../store/consent/back-tests.ts';
import {
  countTexts,
  type PastText,
  pastTexts,
  type TextPlace,
  textsOfNobody,
} from '../../store/consent/inbound-texts.ts';
import { findContacts } from '../../store/contacts/contacts.ts';
import { unlessClosed } from '../../store/contacts/open-contact.ts';
import { openHolderKey } from '../../store/sealing/keys.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from '../audit/audit.ts';
import { readableOf } from '../inbound/inbound-record.ts';
import { readSmsWords } from '../inbound/interpret.ts';
import { type BackTestReport, summaryOf } from './back-test-report.ts';

/** Time limit for counting texts, ms. The run begins even if counting takes longer. */
const COUNT_MS = 2000;

type BackTestWish = {
  /** Changes to the rules in force. */
  changes: ProposedChange[];
  days: number;
  actor: Actor;
};

type Begun =
  | { kind: 'begun'; report: BackTestReport }
  | { kind: 'no-changes' }
  | { kind: 'faults'; faults: ProposalFault[] };

/** The source of the rules in force at a moment. */
function rulesAt(now: Date): WordRules {
  const { version } = wordRulesAt(now);
  const rules = WORD_RULES.find((source) => source.version === version);
  if (rules === undefined) throw new Error(`there are no word rules of version ${version}`);
  return rules;
}

/**
 * Begins a run over the texts of the last days; a job reads them. Stores the programs' words and the rule version as
 * they are now.
 */
export async function beginRun(context: AppContext, { changes, days, actor }: BackTestWish): Promise<Begun> {
  const until = context.now();
  if (changes.length === 0) return { kind: 'no-changes' };
  const rules = rulesAt(until);
  const { book, vocabulary } = context.catalog.current();
  const words = book.senders.map(({ number }) => ({ number, vocabulary: vocabulary(number) }));
  const vocabularies = words.map((word) => word.vocabulary);
  const faults = proposalFaults(rules, vocabularies, changes);
  if (faults.length > 0) return { kind: 'faults', faults };
  const span = { since: new Date(until.getTime() - days * DAY_MS), until };
  const run = await beginBackTest(context.store, {
    version: rules.version,
    changes,
    words,
    ...span,
    createdBy: actorText(actor),
    warnings: proposalWarnings(rules, vocabularies, changes),
    texts: await countTexts(context.store, span, COUNT_MS),
  });
  const subject = { kind: 'back-test', id: run._id } as const;
  await recordAudit(context, { actor, act: 'back-test-begun', subject, details: { texts: run.texts } });
  return { kind: 'begun', report: { ...summaryOf(run), groups: [] } };
}

type Done = { read: number; changed: number };

/**
 * Continues every open run, oldest first, batch by batch, and writes nothing but the runs. Stops when `goOn` returns
 * false. An interrupted run ends with the same counts.
 */
export async function runBackTests(context: AppContext, goOn: () => boolean): Promise<Done> {
  const done: Done = { read: 0, changed: 0 };
  for (const run of await openBackTests(context.store)) {
    const readers = readersOf(run, context.now());
    if (readers !== null) await takeOn(context, run, { readers, goOn, done });
    else {
      context.log.error({ backTest: run._id }, 'a back-test failed: its word rules are no longer in force');
      await endBackTest(context.store, run._id, 'failed', context.now());
    }
  }
  return done;
}

type BackTestRun = { readers: Readers; goOn: () => boolean; done: Done };

async function takeOn(
  context: Pick<AppContext, 'now' | 'ring' | 'store'>,
  begun: BackTestDoc,
  { readers, goOn, done }: BackTestRun,
): Promise<void> {
  let run: BackTestDoc | null = begun;
  while (run?.open === true && goOn()) {
    const step = await testSlice(context, run, readers);
    if (!(await moveBackTest(context.store, run, step, context.now()))) return;
    done.read += step.read;
    done.changed += step.found.length;
    run = await findBackTest(context.store, run._id);
  }
}

/**
 * Null when other rules are in force than those with which the run began: part of its texts were compared with those.
 */
function readersOf({ version, changes, words }: BackTestDoc, now: Date): Readers | null {
  const rules = rulesAt(now);
  if (rules.version !== version) return null;
  const wordsBy = (change: (programWords: ProgramWords) => ProgramWords) =>
    new Map(words.map(({ number, vocabulary }) => [number, change(vocabulary)]));
  return {
    today: { rules: compileWordRules(rules), words: wordsBy((programWords) => programWords) },
    changed: {
      rules: compileWordRules(applyProposedChanges(rules, changes)),
      words: wordsBy((programWords) => applyKeywordChanges(programWords, changes)),
    },
  };
}

/** One way to read every text: the rules, and the programs' words by sender number. */
type Reader = { rules: CompiledWordRules; words: ReadonlyMap<string, ProgramWords> };
type Readers = { today: Reader; changed: Reader };

/** Texts in one batch: about 20 ms of reading, so that a worker that sends meanwhile is not held up. */
const SLICE = 200;

/** Reads the next batch of a run by the rules in force and by the changed rules. Writes nothing. */
async function testSlice(
  context: Pick<AppContext, 'ring' | 'store'>,
  run: BackTestDoc,
  readers: Readers,
): Promise<BackTestStep> {
  const texts = await pastTexts(context.store, run, placeAt(run.cursor), SLICE);
  const keys = await keysOf(context, texts);
  const step: BackTestStep = { cursor: run.cursor, read: 0, unread: {}, found: [], complete: false };
  for (const text of texts) {
    const words = wordsToRead(text, keys.get(text.contact) ?? 'erased');
    if (typeof words === 'string') step.unread[words] = (step.unread[words] ?? 0) + 1;
    else {
      step.read += 1;
      step.found.push(...compare(text, words, readers));
    }
  }
  const last = texts.at(-1);
  if (last !== undefined) step.cursor = `${last.contact} ${last.receivedAt.getTime()}`;
  if (texts.length >= SLICE) return step;
  step.unread.of_nobody = await textsOfNobody(context.store, run);
  return { ...step, complete: true };
}

function placeAt(cursor: string | null): TextPlace | null {
  if (cursor === null) return null;
  const [contact = '', at] = cursor.split(' ');
  return { contact, at: new Date(Number(at)) };
}

type OpenedKey = Buffer | Extract<Unread, 'erased' | 'unreadable'>;

async function keysOf(
  { store, ring }: Pick<AppContext, 'ring' | 'store'>,
  texts: readonly PastText[],
): Promise<Map<string, OpenedKey>> {
  const holders = await findContacts(store, [...new Set(texts.map(({ contact }) => contact))]);
  return new Map(
    holders.map(({ _id, sealed, keys }): [string, OpenedKey] => {
      if (sealed === null) return [_id, 'erased'];
      return [_id, unlessClosed(() => openHolderKey(ring, _id, keys, 'profile')) ?? 'unreadable'];
    }),
  );
}

function wordsToRead(text: PastText, key: OpenedKey): Readable | Unread {
  if (typeof key === 'string') return key;
  const opened = unlessClosed(() => ({ words: readableOf(text, key) }));
  if (opened === null) return 'unreadable';
  const { words } = opened;
  // The words of a birth date are not kept after the text was read.
  return words === null || text.forgotten === true ? 'not_kept' : words;
}

function compare(text: PastText, words: Readable, { today, changed }: Readers): BackTestStep['found'] {
  const [is, would] = [readAs(text, words, today), readAs(text, words, changed)];
  const difference = compareReadings(is, would);
  if (difference === null) return [];
  const { _id, contact, receivedAt: at } = text;
  const sample = { text: _id, contact, at, rule: is.rule, wouldRule: would.rule };
  return [{ ...difference, sample }];
}

const NO_WORDS = { programs: [] };
const readAs = ({ to }: PastText, readable: Readable, { words, rules }: Reader) =>
  readSmsWords(readable, words.get(to) ?? NO_WORDS, rules);
