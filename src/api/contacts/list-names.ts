import { z } from 'zod';
import { readListNames } from '../../store/people/list-names.ts';
import { cut, page, paging } from '../paging.ts';
import type { Call } from '../route.ts';

export const listsQuery = z.strictObject(paging('lists', /^[a-z0-9-]{1,40}$/));
export const listsAnswer = page(z.strictObject({ name: z.string() }));

/** Names of the lists that people are on. */
export async function showLists({ desk, query }: Call<{ query: typeof listsQuery }>) {
  const found = await readListNames(desk.store, { after: query.cursor ?? null, limit: query.limit + 1 });
  const { rows, next_cursor } = cut('lists', found, query.limit, (name) => name);
  return { items: rows.map((name) => ({ name })), next_cursor };
}
