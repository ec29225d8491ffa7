import type { Desk } from '../../consent/desk.ts';
import { utcDay } from '../../domain/durations.ts';
import { dateAfter } from '../../domain/hours/local-time.ts';
import type { Program } from '../../domain/program.ts';
import type { Subject } from '../../domain/quality/alarm.ts';
import type { Measured, Share } from '../../domain/quality/score.ts';
import type { Period } from '../../domain/reports/period.ts';
import { sharesOf, type Tally } from '../../domain/reports/tally.ts';
import { countInParts } from '../reports/count-in-parts.ts';
import { figuresOf, NotSummedUp } from '../reports/figures.ts';

/**
 * Messages that failed for their number, of those that ended, by program and by source. Of a program that is not summed up,
 * and cannot be counted now, they are not told, nor then of any source, which may be in all programs; `failure`: why not.
 */
export type Bounces = { of: (subject: Subject) => Measured; failure: NotSummedUp | null };

/** Of so many days. Null where it is not to go on. */
export async function bouncesOf(desk: Desk, days: number, goOn: () => boolean): Promise<Bounces | null> {
  const { programs } = desk.catalog.current().book;
  const until = utcDay(desk.now());
  const period = { since: dateAfter(until, 1 - days), until };
  const [byProgram, bySource] = [new Map<string, Share>(), new Map<string, Share>()];
  const failures = new Map<string, NotSummedUp>();
  for (const program of programs) {
    if (!goOn()) return null;
    const found = await ofProgram(desk, program, period).catch((error: unknown) => {
      if (!(error instanceof NotSummedUp)) throw error;
      failures.set(program.id, error);
      return [];
    });
    for (const [source, share] of found) {
      add(byProgram, program.id, share);
      add(bySource, source, share);
    }
  }
  if (!goOn()) return null;
  const shares = { program: byProgram, source: bySource };
  const isTold = ({ kind, id }: Subject): boolean =>
    kind === 'program' ? !failures.has(id) : failures.size === 0;
  const [failure = null] = failures.values();
  return {
    of: (subject) =>
      isTold(subject) ? { bounces: shares[subject.kind].get(subject.id) ?? { hits: 0, of: 0 } } : {},
    failure,
  };
}

async function ofProgram(
  desk: Desk,
  program: Program,
  period: Period,
): Promise<[source: string, share: Share][]> {
  const bounced = await figuresOf(desk, [program], period, 'bounce', countInParts);
  const sent = await figuresOf(desk, [program], period, 'source', countInParts);
  return [...sent].map(([source, tally]) => [
    source,
    { hits: endedOf(bounced.get(source)), of: endedOf(tally) },
  ]);
}

const endedOf = (tally: Tally | undefined): number => (tally === undefined ? 0 : sharesOf(tally).settled);

function add(shares: Map<string, Share>, key: string, { hits, of }: Share): void {
  const before = shares.get(key) ?? { hits: 0, of: 0 };
  shares.set(key, { hits: before.hits + hits, of: before.of + of });
}
