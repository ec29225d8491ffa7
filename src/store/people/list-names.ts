import type { Store } from '../store.ts';

const LISTS = 'profile.lists';

/**
 * Names of lists that somebody is on, in their order: one step into the index for each, however many people there are.
 * `after`: the name to begin behind.
 */
export async function readListNames(
  store: Store,
  { after, limit }: { after: string | null; limit: number },
): Promise<string[]> {
  const names: string[] = [];
  // Of all texts the next one behind a name is the name and a NUL.
  let from = after === null ? '' : `${after}\u0000`;
  while (names.length < limit) {
    const step = { min: { [LISTS]: from }, hint: { [LISTS]: 1 }, returnKey: true, limit: 1 } as const;
    const [key] = await store.contacts.find<Record<string, string>>({}, step).toArray();
    const name = key?.[LISTS];
    if (name === undefined) break;
    names.push(name);
    from = `${name}\u0000`;
  }
  return names;
}
