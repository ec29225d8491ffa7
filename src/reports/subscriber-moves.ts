import type { AppContext } from '../consent/app-context.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import type { Program } from '../domain/program.ts';
import {
  ATTRIBUTION_HOURS,
  countedFor,
  type GrowthEntry,
  MOVING,
  movesOf,
  type OptOut,
  optOutsOf,
  sourceOf,
} from '../domain/reports/growth.ts';
import { dayAt } from '../domain/reports/period.ts';
import { databaseTime } from '../store/connection.ts';
import { StaleRead } from '../store/consent/commit.ts';
import {
  addMoves,
  type CampaignMessage,
  campaignMessages,
  type DailyMoves,
  ledgerAfter,
  movesId,
  movingChains,
  readMoveMark,
} from '../store/reports/growth.ts';
import { type TimeLeft, WHOLE_TIME } from '../store/reports/limits.ts';

const BATCH = 500;

/**
 * Entries younger than this wait for the next run, ms: their transactions may commit in another order than their
 * ids, and after an election another server's clock makes the ids.
 */
const SETTLED_MS = 60_000;

/**
 * Counts new ledger entries into the days of each program, each entry once. May be cut off anywhere or run twice at
 * once.
 */
export async function countMoves(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  goOn: () => boolean = () => true,
  settledMs = SETTLED_MS,
): Promise<{ entries: number }> {
  const until = new Date((await databaseTime(context.store)).getTime() - settledMs);
  let entries = 0;
  while (goOn()) {
    const from = await readMoveMark(context.store);
    const found = await ledgerAfter(context.store, from, until, BATCH);
    if (found.last === null) break;
    const rows = await rowsOf(context, found.entries);
    try {
      await addMoves(context.store, rows, { from, to: found.last, at: context.now() });
    } catch (error) {
      if (error instanceof StaleRead) break;
      throw error;
    }
    entries += found.entries.length;
  }
  return { entries };
}

/** With more entries than this not yet counted, a request fails instead of counting them. */
const MOST_UNCOUNTED = 20_000;

/** The ledger has more uncounted entries than a request may count. */
export class NotCounted extends Error {
  override name = 'NotCounted';
}

/** How often a report reads again because the job counted meanwhile. */
const TRIES = 5;

/**
 * Moves of some programs: the stored counts, and the ledger entries after the mark, counted now and not stored.
 * Reads again when the mark moved meanwhile, so that no entry counts twice or not at all. Throws `NotCounted`.
 */
export async function allMoves(
  context: Pick<AppContext, 'catalog' | 'store'>,
  kept: () => Promise<DailyMoves[]>,
  left = WHOLE_TIME,
): Promise<DailyMoves[]> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const mark = await readMoveMark(context.store);
    const found = [...(await kept()), ...(await uncountedMoves(context, mark, left))];
    if ((await readMoveMark(context.store)) === mark) return found;
  }
  throw new NotCounted('the ledger is being counted');
}

async function uncountedMoves(
  context: Pick<AppContext, 'catalog' | 'store'>,
  mark: string | null,
  left: TimeLeft,
): Promise<DailyMoves[]> {
  const rows: DailyMoves[] = [];
  let after = mark;
  for (let read = 0; ; read += BATCH) {
    const { entries, last } = await ledgerAfter(context.store, after, null, BATCH, left());
    rows.push(...(await rowsOf(context, entries, left)));
    if (last === null || entries.length < BATCH) return rows;
    if (read >= MOST_UNCOUNTED)
      throw new NotCounted('too many ledger entries are not counted yet; try again later');
    after = last;
  }
}

async function rowsOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  entries: readonly GrowthEntry[],
  left = WHOLE_TIME,
): Promise<DailyMoves[]> {
  const zones = new Map(
    context.catalog.current().book.programs.map((program: Program) => [program.id, program.zone]),
  );
  const dayOf = (program: string, at: Date): string => dayAt(zones.get(program) ?? 'UTC', at);
  const { chains, isNew } = await chainsOf(context, entries, left);
  const moves = chains.flatMap(movesOf).filter(({ entry }) => isNew(entry));
  const optOuts = chains.flatMap(optOutsOf).filter(({ by }) => isNew(by));
  const messages = await messagesBefore(context, optOuts, left);
  const rows: Omit<DailyMoves, '_id'>[] = [
    ...moves.map(({ kind, program, entry }) => {
      const day = dayOf(program, entry.recordedAt);
      return { program, day, kind, campaign: null, source: null, count: 1 };
    }),
    ...optOuts.map((optOut) => {
      const { program, campaign } = countedFor(optOut, messages.get(optOut.entry.contact) ?? []);
      const { at, count } = optOut;
      const key = { program, day: dayOf(program, at), campaign, source: sourceOf(optOut.entry), count };
      return { ...key, kind: 'opt-out' as const };
    }),
  ];
  return [...grouped(rows, movesId)].flatMap(([_id, alike]) => {
    const [first] = alike;
    const count = alike.reduce((sum, day) => sum + day.count, 0);
    return first === undefined ? [] : { _id, ...first, count };
  });
}

/**
 * The whole ledgers of the people in these entries: what an entry does depends on all entries before it. `isNew`:
 * true for the given entries.
 */
async function chainsOf(
  context: Pick<AppContext, 'store'>,
  entries: readonly GrowthEntry[],
  left: TimeLeft,
): Promise<{ chains: GrowthEntry[][]; isNew: (entry: GrowthEntry) => boolean }> {
  const moving = entries.filter(({ kind }) => MOVING.includes(kind));
  const contacts = [...new Set(moving.map(({ contact }) => contact))];
  const found = contacts.length === 0 ? [] : await movingChains(context.store, contacts, left());
  const wanted = new Set(moving.map(({ contact, seq }) => `${contact} ${seq}`));
  return {
    chains: [...grouped(found, ({ contact }) => contact).values()],
    isNew: ({ contact, seq }) => wanted.has(`${contact} ${seq}`),
  };
}

async function messagesBefore(
  context: Pick<AppContext, 'store'>,
  optOuts: readonly OptOut[],
  left: TimeLeft,
): Promise<Map<string, CampaignMessage[]>> {
  if (optOuts.length === 0) return new Map();
  const times = optOuts.map(({ at }) => at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const contacts = [...new Set(optOuts.map(({ entry }) => entry.contact))];
  const during = { from: new Date(first - ATTRIBUTION_HOURS * HOUR_MS), to: new Date(last) };
  return grouped(await campaignMessages(context.store, contacts, during, left()), ({ contact }) => contact);
}
