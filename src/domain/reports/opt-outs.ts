import { isOptOutOfAll } from '../consent/standing-before.ts';
import { messageBefore } from './attribution.ts';
import { type Entry, movesOf } from './moves.ts';

/**
 * One act by which a person left one program, or several at once; in a report it counts once. `by`: the entry that
 * counts it, or, of one that was overturned, takes it out again.
 */
export type OptOut = { entry: Entry; by: Entry; programs: string[]; at: Date; count: 1 | -1 };

/** The opt-outs in one person's ledger of somebody who was in a program, in its order. */
export function optOutsOf(chain: readonly Entry[]): OptOut[] {
  const left = leftBy(chain);
  /** Those that count, by their place in the chain. */
  const standing = new Map<number, OptOut>();
  let held: Entry | null = null;
  let last = 0;
  return chain.flatMap((entry): OptOut[] => {
    const at = actedAt(entry, held);
    if (entry.kind === 'held') held = entry;
    if (entry.kind === 'released' || isOptOutOfAll(entry)) held = null;
    const programs = left.get(entry.seq);
    if (programs !== undefined) {
      const optOut: OptOut = { entry, by: entry, programs, at, count: 1 };
      standing.set(entry.seq, optOut);
      last = entry.seq;
      return [optOut];
    }
    const overturned = entry.kind === 'overturned' ? standing.get(entry.answers ?? last) : undefined;
    if (overturned === undefined) return [];
    standing.delete(overturned.entry.seq);
    return [{ ...overturned, by: entry, count: -1 }];
  });
}

/** Programs that each opt-out took its person out of, by its place in the chain. */
function leftBy(chain: readonly Entry[]): Map<number, string[]> {
  const left = new Map<number, string[]>();
  for (const { kind, program, entry } of movesOf(chain)) {
    if (kind === 'opted-out') left.set(entry.seq, [...(left.get(entry.seq) ?? []), program]);
  }
  return left;
}

/** When the person did what opted them out: what a timer or staff ends, they wrote when it was put on hold. */
const actedAt = (entry: Entry, held: Entry | null): Date =>
  held !== null && (entry.actor === 'job:end-holds' || entry.reason?.startsWith('review:') === true)
    ? held.actedAt
    : entry.actedAt;

type Message = { campaign: string; program: string | null; at: Date };

/** The campaign that an opt-out counts for, and the program: the campaign's own where they left it, else the first that they left. */
export function countedFor(
  { programs, at }: Pick<OptOut, 'programs' | 'at'>,
  messages: readonly Message[],
): { campaign: string | null; program: string } {
  const message = messageBefore(messages, at);
  const own = programs.find((program) => program === message?.program);
  return { campaign: message?.campaign ?? null, program: own ?? (programs[0] as string) };
}
