import { applyKeywordChanges, applyProposedChanges } from '../../domain/words/proposed-change.ts';
import type { ProgramWords } from '../../domain/words/reading.ts';
import { compileWordRules } from '../../domain/words/word-rules.ts';
import {
  type BackTestDoc,
  endBackTest,
  findBackTest,
  moveBackTest,
  openBackTests,
} from '../../store/consent/back-tests.ts';
import type { Desk } from '../desk.ts';
import { rulesAt } from './begin.ts';
import { type Readers, testSlice } from './slice.ts';

type Done = { read: number; changed: number };

/**
 * Takes every open run on, oldest first, slice by slice, and writes nothing but the runs. Stops where `goOn` says so; cut
 * off anywhere it goes on to the same counts.
 */
export async function runBackTests(desk: Desk, goOn: () => boolean): Promise<Done> {
  const done: Done = { read: 0, changed: 0 };
  for (const run of await openBackTests(desk.store)) {
    const readers = readersOf(run, desk.now());
    if (readers !== null) await takeOn(desk, run, { readers, goOn, done });
    else {
      desk.log.error({ backTest: run._id }, 'a back-test began by rules that are no longer in force');
      await endBackTest(desk.store, run._id, 'failed', desk.now());
    }
  }
  return done;
}

type Going = { readers: Readers; goOn: () => boolean; done: Done };

async function takeOn(desk: Desk, begun: BackTestDoc, { readers, goOn, done }: Going): Promise<void> {
  let run: BackTestDoc | null = begun;
  while (run?.open === true && goOn()) {
    const step = await testSlice(desk, run, readers);
    if (!(await moveBackTest(desk.store, run, step, desk.now()))) return;
    done.read += step.read;
    done.changed += step.found.length;
    run = await findBackTest(desk.store, run._id);
  }
}

/** Null where other rules are in force than those by which the run began: half of its texts were read by those. */
function readersOf({ version, changes, words }: BackTestDoc, now: Date): Readers | null {
  const rules = rulesAt(now);
  if (rules.version !== version) return null;
  const wordsBy = (change: (one: ProgramWords) => ProgramWords) =>
    new Map(words.map(({ number, vocabulary }) => [number, change(vocabulary)]));
  return {
    today: { rules: compileWordRules(rules), words: wordsBy((one) => one) },
    changed: {
      rules: compileWordRules(applyProposedChanges(rules, changes)),
      words: wordsBy((one) => applyKeywordChanges(one, changes)),
    },
  };
}
