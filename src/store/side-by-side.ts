/** People whose items are taken at once: each waits for writes of its own, and such waits are shared. */
const PEOPLE_AT_ONCE = 16;

/**
 * Takes items of many people: some people's side by side, each one's in their order. `missing` is asked before each sixteen
 * people which of their items are still to be taken. Rejects where `take` does, once those beside it have ended.
 */
export async function sideBySide<T>(
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
