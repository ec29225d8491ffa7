import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import { DAY_MS } from '../domain/durations.ts';
import { RETENTION, type RetentionRule, USUAL_WORDS_DAYS, walkFrom } from '../domain/retention.ts';
import {
  contactsOfLateItems,
  endRuns,
  endWords,
  nextContacts,
  type RetentionPass,
  type RetentionState,
  readPass,
  readWordsDays,
  writePass,
  writeWordsDays,
} from '../store/retention.ts';

/** What is kept, for how long and why, and how far the deletion of old words has come. */
type RetentionReport = {
  wordsDays: number;
  rules: (Omit<RetentionRule, 'days'> & { days: number | null })[];
  /** All older words are deleted. Null: no pass over all people has ended yet. */
  wordsGoneUntil: Date | null;
  isPassUnderWay: boolean;
};

export async function reportRetention({ store }: Pick<AppContext, 'store'>): Promise<RetentionReport> {
  const [wordsDays, { pass, doneUntil }] = await Promise.all([readWordsDays(store), readPass(store)]);
  return {
    wordsDays,
    rules: RETENTION.map((rule) => ({ ...rule, days: rule.days === 'words' ? wordsDays : rule.days })),
    wordsGoneUntil: doneUntil,
    isPassUnderWay: pass !== null,
  };
}

/**
 * Sets for how many days words are kept. A longer retention counts from the job's next run, a shorter one from its
 * next pass. Words deleted by then do not come back.
 */
export async function setWordsDays(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, days }: { actor: Actor; days: number },
): Promise<void> {
  await writeWordsDays(context.store, days, context.now());
  await recordAudit(context, { actor, act: 'retention-set', subject: null, details: { days } });
}

/** People per batch. */
const SLICE = 200;

/** `people`: people looked at. `left`: 1 when the next run must continue the pass. */
type Done = { people: number; texts: number; messages: number; runs: number; left: number };

type RetentionTurn = {
  /** Counts what would be deleted, over everybody from the start, and writes nothing. */
  dry: boolean;
  goOn: () => boolean;
};

/**
 * Deletes words that are older than their retention, person by person, and old runs. Keeps the facts; never touches
 * ledger, suppressions and consents. When cut off, the next run continues; run again, it writes nothing.
 */
export async function runRetention(
  context: Pick<AppContext, 'now' | 'store'>,
  { dry, goOn }: RetentionTurn,
): Promise<Done> {
  const { store, now } = context;
  const state = await readPass(store);
  const done: Done = { people: 0, texts: 0, messages: 0, runs: 0, left: 1 };
  let pass = await passOf(context, state, dry);
  const write = (next: RetentionState) => (dry ? null : writePass(store, next, now()));
  while (goOn()) {
    const contacts = await nextContacts(store, pass.position, SLICE);
    add(done, await endWords(store, contacts, pass, dry));
    done.people += contacts.length;
    const last = contacts.at(-1);
    if (last !== undefined) {
      pass = { ...pass, position: last };
      await write({ ...state, pass });
    }
    if (contacts.length === SLICE) continue;
    // Texts that belong to nobody are few.
    add(done, await endWords(store, null, { from: new Date(0), until: pass.until }, dry));
    await endLateItems(context, earlier(pass.from, pass.until), { dry, done });
    done.runs = await endRuns(store, before(now(), USUAL_WORDS_DAYS), dry);
    const wholeAt = pass.from.getTime() === 0 ? now() : state.wholeAt;
    await write({ pass: null, doneUntil: pass.until, wholeAt });
    return { ...done, left: 0 };
  }
  return done;
}

/**
 * Inbox items that were open for longer than passes look back. They need not wait for the next pass over
 * everything.
 */
async function endLateItems(
  { store }: Pick<AppContext, 'store'>,
  until: Date,
  { dry, done }: { dry: boolean; done: Done },
): Promise<void> {
  const contacts = await contactsOfLateItems(store, until);
  for (let at = 0; at < contacts.length; at += SLICE) {
    const some = contacts.slice(at, at + SLICE);
    add(done, await endWords(store, some, { from: new Date(0), until }, dry));
  }
}

/**
 * The pass under way, or a new one. A longer retention that was set since the pass began counts at once, a shorter
 * one from the next pass on.
 */
async function passOf(
  context: Pick<AppContext, 'now' | 'store'>,
  state: RetentionState,
  dry: boolean,
): Promise<RetentionPass> {
  const kept = before(context.now(), await readWordsDays(context.store));
  if (dry || state.pass === null) return { from: walkFrom(state, context.now()), until: kept, position: '' };
  return { ...state.pass, until: earlier(state.pass.until, kept) };
}

const earlier = (first: Date, other: Date): Date => (first < other ? first : other);

const before = (moment: Date, days: number): Date => new Date(moment.getTime() - days * DAY_MS);

function add(done: Done, { texts, messages }: { texts: number; messages: number }): void {
  done.texts += texts;
  done.messages += messages;
}
