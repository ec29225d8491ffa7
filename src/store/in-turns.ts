/** What is looked at at a stretch: a few ms of work. */
const STRETCH = 30;

/** Each of a list. Before every stretch whatever waits has its turn: texts, receipts, messages that have their slots. */
export async function* inTurns<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const [at, one] of list.entries()) {
    if (at % STRETCH === 0) await new Promise(setImmediate);
    yield one;
  }
}
