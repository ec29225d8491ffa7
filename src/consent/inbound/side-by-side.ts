import type { Desk } from '../desk.ts';
import { type InboundMessage, readingOf, toOneOfOurs } from './message.ts';
import { isUnnamed } from './unnamed.ts';

/**
 * People whose texts are taken in side by side. An opt-out among them waits for what is under way to its person: one after
 * the other, a thousand texts took minutes, and whoever came last went on being texted.
 */
const PEOPLE_AT_ONCE = 16;

/**
 * Takes texts that nobody was there for: some people's side by side, each one's in turn. `missing` is asked before each
 * sixteen which of theirs are still to be taken. Rejects where `take` does, once those beside it have ended.
 */
export async function takeSideBySide<T extends Pick<InboundMessage, 'from'>>(
  texts: readonly T[],
  take: (text: T) => Promise<void>,
  missing: (some: readonly T[]) => Promise<readonly T[]> = async (some) => some,
): Promise<void> {
  const people = byPerson(texts);
  for (let at = 0; at < people.length; at += PEOPLE_AT_ONCE) {
    const some = byPerson(await missing(people.slice(at, at + PEOPLE_AT_ONCE).flat()));
    const ends = await Promise.allSettled(
      some.map(async (ofOne) => {
        for (const text of ofOne) await take(text);
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

function byPerson<T extends Pick<InboundMessage, 'from'>>(texts: readonly T[]): T[][] {
  const people = new Map<string, T[]>();
  for (const one of texts) {
    const before = people.get(one.from);
    if (before === undefined) people.set(one.from, [one]);
    else before.push(one);
  }
  return [...people.values()];
}

/**
 * Whether a text is taken before all others that nobody was there for: an opt-out of everything. What is older than it does
 * nothing then, and no question to a JOIN from before it leaves. One without a MessageSid waits its turn: by what came before
 * it, it is told from a second try. False where the text cannot be read: that fails, and is told, where it is taken in.
 */
export function goesFirst({ catalog }: Desk, message: InboundMessage): boolean {
  const current = catalog.current();
  try {
    return !isUnnamed(message) && readingOf(toOneOfOurs(message, current), current).kind === 'stop-all';
  } catch {
    return false;
  }
}
