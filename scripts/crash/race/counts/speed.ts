import { grouped } from '../../../../src/domain/grouped.ts';
import type { RaceEvidence } from '../evidence/evidence.ts';
import type { RaceFacts } from '../evidence/facts.ts';

const SECOND_NS = 1_000_000_000n;

/** An excess below this share, or by one segment, is the jitter of processes that share two cores. */
const SLACK = 0.03;

/** The input of the speed check. */
type Timed = { evidence: Pick<RaceEvidence, 'begun' | 'rates'>; rows: RaceFacts['rows'] };

export type Speed = {
  /** Sliding seconds, one from each hand-over, in which a sender exceeded its limit. */
  over: string[];
  /** The most segments in any second divided by the limit, over all senders. */
  highest: number;
};

/** Counts segments in every sliding second by the stamps of the processes. */
export function speedOf({ evidence, rows }: Timed): Speed {
  const speed: Speed = { over: [], highest: 0 };
  for (const [sender, own] of grouped(evidence.begun, (attempt) => attempt.sender)) {
    const rate = evidence.rates[sender];
    if (rate === undefined) continue;
    const limit = rate + Math.max(1, rate * SLACK);
    const marks = own
      .map((attempt) => ({ at: attempt.checked, parts: rows.get(attempt.delivery)?.parts ?? 1 }))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    let first = 0;
    let sum = 0;
    for (const { at, parts } of marks) {
      sum += parts;
      for (; at - (marks[first]?.at ?? at) >= SECOND_NS; first += 1) sum -= marks[first]?.parts ?? 0;
      speed.highest = Math.max(speed.highest, sum / rate);
      if (sum > limit) speed.over.push(`${sum} of ${rate} in a second`);
    }
  }
  return speed;
}
