import { compareReadings } from '../../domain/words/proposed-change.ts';
import type { ProgramWords } from '../../domain/words/reading.ts';
import type { CompiledWordRules } from '../../domain/words/word-rules.ts';
import type { BackTestDoc, BackTestStep, Unread } from '../../store/consent/back-tests.ts';
import { type PastText, pastTexts, type TextPlace, textsOfNobody } from '../../store/consent/past-texts.ts';
import { findContacts } from '../../store/people/contacts.ts';
import { unlessClosed } from '../../store/people/holder.ts';
import { openHolderKey } from '../../store/sealing/keys.ts';
import type { Desk } from '../desk.ts';
import { type Readable, readBy } from '../inbound/message.ts';
import { readableOf } from '../inbound/words.ts';

/** One way to read every text: the rules, and the programs' words by our number. */
export type Reader = { rules: CompiledWordRules; words: ReadonlyMap<string, ProgramWords> };
export type Readers = { today: Reader; changed: Reader };

/** Texts of one slice: some 20 ms of reading, so that a worker that sends meanwhile is not held up. */
const SLICE = 200;

/** The next texts of a run, each read as it is today and as it would be. Writes nothing. */
export async function testSlice(desk: Desk, run: BackTestDoc, readers: Readers): Promise<BackTestStep> {
  const texts = await pastTexts(desk.store, run, placeAt(run.cursor), SLICE);
  const keys = await keysOf(desk, texts);
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
  step.unread.of_nobody = await textsOfNobody(desk.store, run);
  return { ...step, complete: true };
}

function placeAt(cursor: string | null): TextPlace | null {
  if (cursor === null) return null;
  const [contact = '', at] = cursor.split(' ');
  return { contact, at: new Date(Number(at)) };
}

type OpenedKey = Buffer | Extract<Unread, 'erased' | 'unreadable'>;

async function keysOf({ store, ring }: Desk, texts: readonly PastText[]): Promise<Map<string, OpenedKey>> {
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
  // A birth date is read when it comes, and not kept.
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
  readBy(readable, words.get(to) ?? NO_WORDS, rules);
