import { DAY_MS } from '../durations.ts';
import type { Measure } from './rules.ts';
import type { Judged } from './score.ts';

/** Whose quality it is: that of a program's subscribers, or of all numbers that one source brought. */
export type Subject = { kind: 'program' | 'source'; id: string };

/**
 * A rule that fails for a subject, from when it was seen to fail first until it is seen to fail no longer. `failedAt`: when it
 * was seen to last.
 */
export type Alarm = Subject & {
  rule: Measure;
  openSince: Date;
  failedAt: Date;
  share: number;
  sample: number;
  acknowledged: { by: string; at: Date; note: string } | null;
  closedAt: Date | null;
};

/** Days after which an alarm of a sample that became too small closes, where its rule looks back over none of its own. */
const FEW_DAYS = 30;

/**
 * The alarm after a look: opened, as it stands, or closed. One of which nothing was told stays as it is; one whose sample
 * became too small to say anything closes once all is past that failed. Null where there is none and need be none.
 */
export function alarmAfter(
  before: Alarm | null,
  { kind, id }: Subject,
  { rule, share, of, level, told, thresholds }: Judged,
  now: Date,
): Alarm | null {
  const open = before !== null && before.closedAt === null ? before : null;
  if (!told) return before;
  if (level === 'fail' && share !== null) {
    if (open !== null) return { ...open, failedAt: now, share, sample: of };
    const seen = { openSince: now, failedAt: now, share, sample: of };
    return { kind, id, rule, ...seen, acknowledged: null, closedAt: null };
  }
  if (open === null) return before;
  const isPast = now.getTime() - open.failedAt.getTime() >= (thresholds.days ?? FEW_DAYS) * DAY_MS;
  return level === 'few' && !isPast ? open : { ...open, closedAt: now };
}
