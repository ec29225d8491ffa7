import type { FindCursor } from 'mongodb';

/** Items processed before yielding to the event loop: a few ms of work. */
const STRETCH = 30;

/**
 * Iterates over a list and yields to the event loop before every 30 items, so that texts, delivery reports and
 * messages with a time slot do not wait for the whole list.
 */
export async function* yieldingEach<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const [at, one] of list.entries()) {
    await yieldToEventLoop(at);
    yield one;
  }
}

/** Yields to the event loop at every 30th item, for loops that have no list. `at` is the number of items done. */
async function yieldToEventLoop(at: number): Promise<void> {
  if (at % STRETCH === 0) await new Promise(setImmediate);
}

/** Yields the documents of a cursor in batches of `size`. */
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

/** People processed at once. Each person's items wait for their own writes, so these waits overlap. */
const PEOPLE_AT_ONCE = 16;

/**
 * Calls `take` for the items of many people: sixteen people in parallel, the items of one person in order. Before
 * each sixteen people `missing` returns which of their items must still be taken. Rejects when a `take` rejects,
 * once the other people of the same sixteen have ended.
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
  for (const item of items) {
    const before = people.get(personOf(item));
    if (before === undefined) people.set(personOf(item), [item]);
    else before.push(item);
  }
  return [...people.values()];
}
