import type { FindCursor } from 'mongodb';

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
