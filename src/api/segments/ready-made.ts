import { z } from 'zod';
import { readSayer } from '../../campaigns/audience/segments.ts';
import { READY_MADE } from '../../domain/segments/ready-made.ts';
import { slug } from '../fields.ts';
import { findProgram } from '../programs/find-program.ts';
import type { Call } from '../route.ts';

export const readyMadeQuery = z.strictObject({
  program: slug.optional().meta({ description: 'Of the people of one program; without it, of any.' }),
});

export const readyMadeAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      sentence: z.string(),
      tree: z.unknown().meta({ override: { type: 'object' } }),
    }),
  ),
});

/** Trees to start from: to preview, or to save under an id of one's own. */
export async function listReadyMade({ desk, query }: Call<{ query: typeof readyMadeQuery }>) {
  const { book } = desk.catalog.current();
  const of = query.program === undefined ? {} : { program: findProgram(book, query.program).id };
  const made = READY_MADE.map(({ id, name, tree }) => ({ id, name, tree: tree(of) }));
  const say = await readSayer(
    desk.store,
    book,
    made.map(({ tree }) => tree),
  );
  return { items: made.map(({ id, name, tree }) => ({ id, name, sentence: say(tree), tree })) };
}
