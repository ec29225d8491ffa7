import { numberOf } from '../people.ts';

/** A STOP as it was posted, ms of the clock of the system. */
export type PostedStop = { from: string; at: number };

/** The longest wait for the last confirmation at the carrier, and the time between two polls, ms. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 200;

/** Words that the confirmation of a STOP contains. */
const STOPPED = 'you are unsubscribed from all';

/** Each person texts once. `late`: how long after their intended times the texts were posted, ms. */
export const postedOf = (
  planned: readonly { at: number }[],
  { first, startsAt, late }: { first: number; startsAt: number; late: readonly number[] },
): PostedStop[] =>
  planned.map(({ at }, place) => ({ from: numberOf(first + place), at: startsAt + at + (late[place] ?? 0) }));

/**
 * Resolves with the ms from each STOP to the begin of the create call of its confirmation at the carrier. Rejects if some did
 * not come, or came too late.
 */
export async function replyTimes(simulator: string, posted: readonly PostedStop[]): Promise<number[]> {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const met = await confirmations(simulator);
    const times = posted.flatMap(({ from, at }) => {
      const began = met.get(from);
      return began === undefined ? [] : [began - at];
    });
    if (times.length === posted.length) return times;
    if (performance.now() > giveUp)
      throw new Error(`${posted.length - times.length} of ${posted.length} STOPs were not confirmed`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

type Line = { kind: string; to: string | null; body: string | null; at: string };

/** The time at which the first confirmation of a STOP began at the carrier, by number. */
async function confirmations(simulator: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${simulator}/sim/ledger`)).text();
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (!line.includes(STOPPED)) continue;
    const { kind, to, at } = JSON.parse(line) as Line;
    if (kind === 'create' && to !== null && !found.has(to)) found.set(to, Date.parse(at));
  }
  return found;
}
