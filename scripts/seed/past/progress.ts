import { z } from 'zod';
import { defineSetting } from '../../../src/store/settings.ts';
import { DATABASE, openStore } from '../../../src/store/store.ts';

/** How far the past is played: the number of scenes that are over. The rest is the same at every start. */
export type PastProgress = { people: number; start: Date; end: Date; done: number; finished: boolean };

export const PAST_PROGRESS = defineSetting<PastProgress, null>(
  'demo past',
  z.strictObject({
    people: z.number(),
    start: z.date(),
    end: z.date(),
    done: z.number(),
    finished: z.boolean(),
  }),
  null,
);

/** Whether the past must still be played: in a database without people, and where an earlier start was interrupted. */
export async function isPastMissing(uri: string, database = DATABASE): Promise<boolean> {
  const store = await openStore({ uri, database });
  try {
    const progress = await PAST_PROGRESS.read(store);
    if (progress !== null) return !progress.finished;
    return (await store.contacts.findOne({}, { projection: { _id: 1 } })) === null;
  } finally {
    await store.close();
  }
}
