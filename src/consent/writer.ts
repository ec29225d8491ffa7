import type { Monotonic } from '../sending/gate.ts';
import { type Change, commitChanges, lostRace } from '../store/commit.ts';
import { findHolders } from '../store/contacts.ts';
import { type Holder, newHolder, openHolder } from '../store/holder.ts';
import { findInbound, type InboundDoc } from '../store/inbound.ts';
import type { KeyRing } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { findSuppressions } from '../store/suppressions.ts';

/** When an attempt began: before anything was read or any flag asked for. */
export type Start = { at: Date; monotonic: number };

/** One act of one person, to be decided on what is read and written with it. */
export type Work<T> = {
  index: string;
  number: string;
  /** MessageSid, where the act is a text: written once. */
  sid: string | null;
  /** Opt-outs share no transaction with anyone. */
  alone: boolean;
  /** Decides; called again on fresh facts whenever the write lost a race. Null: nothing to write. */
  prepare: (holder: Holder, start: Start) => { change: Change; result: T } | null;
};

export type Done<T> =
  | { kind: 'written'; result: T }
  | { kind: 'nothing' }
  | { kind: 'repeated'; inbound: InboundDoc };

export type Writer = {
  /** Durable when it resolves. Rejects where the database could not be read or written in time. */
  submit: <T>(work: Work<T>) => Promise<Done<T>>;
  drain: () => Promise<void>;
};

type Item = { work: Work<unknown>; done: (value: Done<unknown>) => void; failed: (error: unknown) => void };

/** A further group starts beside one under way only when so many wait: larger groups cost far less an act, but the database must not idle meanwhile. */
const LIMITS = { groups: 3, secondAt: 16, perGroup: 250, attempts: 12, budgetMs: 6000 };

/**
 * Group commit: acts that wait for the same journal write share one transaction. At most one act per person
 * is under way here; a group that loses a race is halved down to single acts, so that one act never fails another.
 */
export function createWriter(deps: {
  store: Store;
  ring: KeyRing;
  now: () => Date;
  monotonic: Monotonic;
}): Writer {
  const queue: Item[] = [];
  const busy = new Set<string>();
  let groups = 0;
  let pumping = false;
  const idle: (() => void)[] = [];

  const run = async (items: Item[]): Promise<void> => {
    for (const { work } of items) busy.add(work.index);
    await attempt(deps, items, 1);
    for (const { work } of items) busy.delete(work.index);
  };
  const pump = (): void => {
    pumping = false;
    for (const item of take(queue, busy, (one) => one.work.alone, LIMITS.perGroup)) {
      void run([item]).finally(pump);
    }
    while (groups === 0 || (groups < LIMITS.groups && queue.length >= LIMITS.secondAt)) {
      const group = take(queue, busy, (one) => !one.work.alone, LIMITS.perGroup);
      if (group.length === 0) break;
      groups += 1;
      void run(group).finally(() => {
        groups -= 1;
        pump();
      });
    }
    if (queue.length === 0 && busy.size === 0) for (const wake of idle.splice(0)) wake();
  };
  return {
    submit: (work) =>
      new Promise((done, failed) => {
        queue.push({ work, done, failed } as Item);
        // Once the texts that this tick read from their sockets are all in the queue.
        if (!pumping) setImmediate(pump);
        pumping = true;
      }),
    drain: () =>
      new Promise((resolve) => {
        idle.push(resolve);
        pump();
      }),
  };
}

/** Takes up to `most` items of different people, none of whom is under way. */
function take(
  queue: Item[],
  busy: ReadonlySet<string>,
  wanted: (item: Item) => boolean,
  most: number,
): Item[] {
  const taken: Item[] = [];
  const seen = new Set(busy);
  for (let at = 0; at < queue.length && taken.length < most; ) {
    const item = queue[at] as Item;
    // Whoever came first for a person goes first, also before an opt-out of the same person.
    const free = !seen.has(item.work.index);
    seen.add(item.work.index);
    if (free && wanted(item)) taken.push(...queue.splice(at, 1));
    else at += 1;
  }
  return taken;
}

type Deps = Parameters<typeof createWriter>[0];

async function attempt(deps: Deps, items: Item[], tries: number): Promise<void> {
  try {
    await commit(deps, items);
  } catch (error) {
    if (!lostRace(error) || tries >= LIMITS.attempts) {
      for (const item of items) item.failed(error);
    } else if (items.length === 1) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * tries));
      await attempt(deps, items, tries + 1);
    } else {
      const half = items.length >> 1;
      await attempt(deps, items.slice(0, half), tries);
      await attempt(deps, items.slice(half), tries);
    }
  }
}

async function commit(deps: Deps, items: Item[]): Promise<void> {
  const start = { at: deps.now(), monotonic: deps.monotonic() };
  const { holders, repeated } = await read(deps, items);
  const ready: { item: Item; change: Change; result: unknown }[] = [];
  for (const item of items) {
    const before = item.work.sid === null ? undefined : repeated.get(item.work.sid);
    if (before !== undefined) {
      item.done({ kind: 'repeated', inbound: before });
      continue;
    }
    try {
      const prepared = item.work.prepare(holderOf(deps, holders, item.work), start);
      if (prepared === null) item.done({ kind: 'nothing' });
      else ready.push({ item, ...prepared });
    } catch (error) {
      item.failed(error);
    }
  }
  if (ready.length > 0)
    await commitChanges(
      deps.store,
      ready.map((one) => one.change),
      LIMITS.budgetMs,
    );
  for (const { item, result } of ready) item.done({ kind: 'written', result });
}

type Read = {
  contacts: Map<string, Awaited<ReturnType<typeof findHolders>>[number]>;
  suppressions: Map<string, Awaited<ReturnType<typeof findSuppressions>>>;
};

async function read(
  deps: Deps,
  items: Item[],
): Promise<{ holders: Read; repeated: Map<string, InboundDoc> }> {
  const indexes = items.map(({ work }) => work.index);
  const sids = items.flatMap(({ work }) => work.sid ?? []);
  const [contacts, rows, inbound] = await Promise.all([
    findHolders(deps.store, indexes),
    findSuppressions(deps.store, indexes),
    sids.length === 0 ? [] : findInbound(deps.store, sids),
  ]);
  const suppressions: Read['suppressions'] = new Map();
  for (const row of rows) suppressions.set(row.index, [...(suppressions.get(row.index) ?? []), row]);
  const holders = { contacts: new Map(contacts.map((one) => [one.index, one])), suppressions };
  return { holders, repeated: new Map(inbound.map((one) => [one._id, one])) };
}

function holderOf(deps: Deps, read: Read, { index, number }: Work<unknown>): Holder {
  const rows = read.suppressions.get(index) ?? [];
  const contact = read.contacts.get(index);
  return contact === undefined
    ? newHolder(deps.ring, number, index, rows)
    : openHolder(deps.ring, contact, rows);
}
