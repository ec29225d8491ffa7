import { type ListedInbound, ListTooLong, type MessageList } from '../../sending/carrier/message-list.ts';

/** Lengths of parts, ms. At a second a page of the carrier, one of each may hold 30,000 texts. */
const PARTS_MS = [1_800_000, 300_000, 60_000];

/** What the carrier lists up to a moment; all of it, from where the part before ended. */
export type Part = { listed: ListedInbound[]; until: Date };

/**
 * What the carrier lists since a moment: at once where that can be read in its time, or part by part, the oldest
 * first, in shorter ones from where one takes too long. The last part has no end, since the carrier's clock may be
 * ahead. Rejects where a part cannot be read.
 */
export async function* listInParts(
  list: MessageList['listInbound'],
  to: string,
  since: Date,
  now: Date,
): AsyncGenerator<Part> {
  let length = Number.POSITIVE_INFINITY;
  for (let from = since; ; ) {
    const left = now.getTime() - from.getTime();
    const until = length < left ? new Date(from.getTime() + length) : now;
    const shorter = PARTS_MS.find((one) => one < Math.min(length, left));
    const listed = await list(to, from, ...(until < now ? [until] : [])).catch((error: unknown) => {
      if (error instanceof ListTooLong && shorter !== undefined) return null;
      throw error;
    });
    if (listed === null) {
      length = shorter ?? length;
      continue;
    }
    yield { listed, until };
    if (until >= now) return;
    from = until;
  }
}
