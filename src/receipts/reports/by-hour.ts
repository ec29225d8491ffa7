import { wallTimeAt } from '../../domain/hours/local-time.ts';
import type { Counted } from '../../domain/reports/tally.ts';

/** Counts by a moment as counts by the hour that the clock of a zone showed, "09". */
export const byHour = (counts: readonly Counted[], zone: string): Counted[] =>
  counts.map((one) => {
    const { minutes } = wallTimeAt(zone, new Date(one.key));
    return { ...one, key: String(Math.floor(minutes / 60)).padStart(2, '0') };
  });
