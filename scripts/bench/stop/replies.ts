import { numberOf } from '../people.ts';

/** A STOP as it was posted, ms of the system's clock. */
export type PostedStop = { from: string; at: number };

/** Longest until the last confirmation is at the carrier, ms, and between two looks. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 200;

/** In the confirmation of a STOP. */
const STOPPED = 'you are unsubscribed from all';

/** Each person texts once. `late`: how long after their moments the texts were posted, ms. */
export const postedOf = (
  planned: readonly { at: number }[],
  { first, startsAt, late }: { first: number; startsAt: number; late: readonly number[] },
): PostedStop[] =>
  planned.map(({ at }, place) => ({ from: numberOf(first + place), at: startsAt + at + (late[place] ?? 0) }));

/**
 * Of each STOP, ms until the create call of its confirmation began at the carrier. Rejects where some have not come: lost, or
 * later than anybody waits.
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

/** By number, when the first confirmation of a STOP began at the carrier. */
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
