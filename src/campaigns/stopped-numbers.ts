import type { Desk } from '../consent/desk.ts';
import type { Sender } from '../domain/program.ts';
import { readTrouble } from '../store/senders/stops.ts';

/** One of our numbers from which nothing leaves until somebody resumes it, and what is to be done before. */
export type StoppedNumber = { number: string; why: string };

/** Of some of our numbers those that are stopped, in their order. */
export async function stoppedNumbers(
  { store }: Pick<Desk, 'store'>,
  pool: readonly Pick<Sender, 'number'>[],
): Promise<StoppedNumber[]> {
  const troubles = await Promise.all(pool.map(({ number }) => readTrouble(store, number)));
  return pool.flatMap(({ number }, at) => {
    const stopped = troubles[at]?.stopped ?? null;
    return stopped === null ? [] : [{ number, why: stopped.why }];
  });
}
