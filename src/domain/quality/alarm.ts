import type { Measure } from './rules.ts';
import type { Judged } from './score.ts';

/** Whose quality it is: that of a program's subscribers, or of all numbers that one source brought. */
export type Subject = { kind: 'program' | 'source'; id: string };

/** A rule that fails for a subject, from when it was seen first until it no longer does. */
export type Alarm = Subject & {
  rule: Measure;
  openSince: Date;
  share: number;
  sample: number;
  acknowledged: { by: string; at: Date; note: string } | null;
  closedAt: Date | null;
};

/**
 * The alarm after a look: opened, as it stands, or closed. One of which the sample says nothing any more stays as it is.
 * Null where there is none and need be none.
 */
export function alarmAfter(
  before: Alarm | null,
  { kind, id }: Subject,
  { rule, share, of, level }: Judged,
  now: Date,
): Alarm | null {
  const open = before !== null && before.closedAt === null ? before : null;
  if (level === 'fail' && share !== null) {
    if (open !== null) return { ...open, share, sample: of };
    return { kind, id, rule, openSince: now, share, sample: of, acknowledged: null, closedAt: null };
  }
  return open === null || level === 'few' ? before : { ...open, closedAt: now };
}
