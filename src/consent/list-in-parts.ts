import { type ListedInbound, ListTooLong, type MessageList } from '../sending/message-list.ts';

/** Length of a part, ms. At a second a page of the carrier, it may hold 30,000 texts. */
const PART_MS = 1_800_000;

/** What the carrier lists up to a moment; all of it, from where the part before ended. */
export type Part = { listed: ListedInbound[]; until: Date };

/**
 * What the carrier lists since a moment: at once where that can be read in its time, or part by part, the oldest
 * first. The last part has no end, since the carrier's clock may be ahead. Rejects where a part cannot be read.
 */
export async function* listInParts(
  list: MessageList['listInbound'],
  to: string,
  since: Date,
  now: Date,
): AsyncGenerator<Part> {
  const whole = await list(to, since).catch((error: unknown) => {
    if (error instanceof ListTooLong && now.getTime() - since.getTime() > PART_MS) return null;
    throw error;
  });
  if (whole !== null) {
    yield { listed: whole, until: now };
    return;
  }
  for (let from = since; from < now; ) {
    const end = new Date(from.getTime() + PART_MS);
    const until = end < now ? end : now;
    yield { listed: await list(to, from, ...(end < now ? [end] : [])), until };
    from = until;
  }
}
