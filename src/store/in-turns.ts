/** What is looked at at a stretch: a few ms of work. */
const STRETCH = 30;

/** Each of a list. Before every stretch whatever waits has its turn: texts, receipts, messages that have their slots. */
export async function* inTurns<T>(list: readonly T[]): AsyncGenerator<T> {
  for (const [at, one] of list.entries()) {
    await giveWay(at);
    yield one;
  }
}

/** The same of what is no list: `at` counts what was looked at. */
export async function giveWay(at: number): Promise<void> {
  if (at % STRETCH === 0) await new Promise(setImmediate);
}
