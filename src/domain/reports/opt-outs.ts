import { isOptOutOfAll } from '../consent/review/standing-before.ts';
import { messageBefore } from './attribution.ts';
import { type Entry, movesOf } from './moves.ts';

/**
 * One act by which a person left one program, or several at once; in a report it counts once. `by`: the entry that
 * counts it, the first of the act, or, of one that was overturned, takes it out again.
 */
export type OptOut = { entry: Entry; by: Entry; programs: string[]; at: Date; count: 1 | -1 };

/** The opt-outs in one person's ledger of somebody who was in a program, in its order. */
export function optOutsOf(chain: readonly Entry[]): OptOut[] {
  const firstOf = firstsOf(chain);
  const left = leftBy(chain, firstOf);
  /** Those that count, by their place in the chain. */
  const standing = new Map<number, OptOut>();
  let held: Entry | null = null;
  return chain.flatMap((entry): OptOut[] => {
    const at = actedAt(entry, held);
    if (entry.kind === 'held') held = entry;
    if (entry.kind === 'released' || isOptOutOfAll(entry)) held = null;
    const programs = left.get(entry.seq);
    if (programs !== undefined) {
      const optOut: OptOut = { entry, by: entry, programs, at, count: 1 };
      standing.set(entry.seq, optOut);
      return [optOut];
    }
    const { kind, answers } = entry;
    if (kind !== 'overturned' || answers === null) return [];
    const overturned = standing.get(firstOf.get(answers) ?? answers);
    if (overturned === undefined) return [];
    standing.delete(overturned.entry.seq);
    return [{ ...overturned, by: entry, count: -1 }];
  });
}

/** Programs that each opt-out took its person out of, by the place in the chain of its first entry. */
function leftBy(chain: readonly Entry[], firstOf: ReadonlyMap<number, number>): Map<number, string[]> {
  const left = new Map<number, string[]>();
  for (const { kind, program, entry } of movesOf(chain)) {
    const first = firstOf.get(entry.seq) ?? entry.seq;
    if (kind === 'opted-out') left.set(first, [...(left.get(first) ?? []), program]);
  }
  return left;
}

/** The first entry of the act that wrote each withdrawal, by their places: an act writes one for each program that it names. */
function firstsOf(chain: readonly Entry[]): Map<number, number> {
  const firsts = new Map<number, number>();
  let before: Entry | null = null;
  for (const entry of chain) {
    const first = before !== null && isSameAct(before, entry) ? firsts.get(before.seq) : undefined;
    if (entry.kind === 'withdrawn') firsts.set(entry.seq, first ?? entry.seq);
    before = entry;
  }
  return firsts;
}

const isSameAct = (one: Entry, other: Entry): boolean =>
  one.kind === other.kind &&
  one.actor === other.actor &&
  one.actedAt.getTime() === other.actedAt.getTime() &&
  one.recordedAt.getTime() === other.recordedAt.getTime();

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
