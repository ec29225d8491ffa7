import type { FindCursor } from 'mongodb';

/** What is looked at at a stretch: a few ms of work. */
const STRETCH = 30;

/** Each of a list. Before every stretch whatever waits has its turn: texts, receipts, messages that have their slots. */
export async function* yieldingEach<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const [at, one] of list.entries()) {
    await yieldToEventLoop(at);
    yield one;
  }
}

/** The same of what is no list: `at` counts what was looked at. */
export async function yieldToEventLoop(at: number): Promise<void> {
  if (at % STRETCH === 0) await new Promise(setImmediate);
}

/** What a cursor finds, so many rows at a time. */
export async function* inBatches<T>(cursor: FindCursor<T>, size: number): AsyncIterable<T[]> {
  let batch: T[] = [];
  for await (const row of cursor.batchSize(size)) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** People whose items are taken at once: each waits for writes of its own, and such waits are shared. */
const PEOPLE_AT_ONCE = 16;

/**
 * Takes items of many people: some people's side by side, each one's in their order. `missing` is asked before each sixteen
 * people which of their items are still to be taken. Rejects where `take` does, once those beside it have ended.
 */
export async function perPersonInParallel<T>(
  items: readonly T[],
  personOf: (item: T) => string,
  take: (item: T) => Promise<void>,
  missing: (some: readonly T[]) => Promise<readonly T[]> = async (some) => some,
): Promise<void> {
  const people = byPerson(items, personOf);
  for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE) {
    const some = byPerson(await missing(people.slice(at, at + PEOPLE_AT_ONCE).flat()), personOf);
    const ends = await Promise.allSettled(
      some.map(async (ofOne) => {
        for (const item of ofOne) await take(item);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

function byPerson<T>(items: readonly T[], personOf: (item: T) => string): T[][] {
  const people = new Map<string, T[]>();
  for (const one of items) {
    const before = people.get(personOf(one));
    if (before === undefined) people.set(personOf(one), [one]);
    else before.push(one);
  }
  return [...people.values()];
}
