import { DAY_MS, utcDay } from '../durations.ts';

/** One item that a person answered. */
export type AnsweredItem = { program: string | null; receivedAt: Date; answeredAt: Date };

/** How long answers took in one week of one program, seconds. */
export type AnswerTimes = {
  program: string | null;
  /** Monday, yyyy-mm-dd in UTC, of the week in which the texts came. */
  week: string;
  answered: number;
  median: number;
  p90: number;
};

/** Newest week first, programs in the order of their ids. */
export function answerTimes(items: readonly AnsweredItem[]): AnswerTimes[] {
  const groups = new Map<string, AnsweredItem[]>();
  for (const item of items) {
    const key = JSON.stringify([mondayOf(item.receivedAt), item.program]);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const times = [...groups].map(([key, group]): AnswerTimes => {
    const [week, program] = JSON.parse(key) as [string, string | null];
    const took = group
      .map(({ receivedAt, answeredAt }) => Math.max(0, answeredAt.getTime() - receivedAt.getTime()) / 1000)
      .sort((a, b) => a - b);
    return { program, week, answered: took.length, median: share(took, 0.5), p90: share(took, 0.9) };
  });
  return times.sort((a, b) => compare(b.week, a.week) || compare(a.program ?? '', b.program ?? ''));
}

/** Nearest rank: a time that somebody really waited. */
const share = (sorted: readonly number[], part: number): number =>
  Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function mondayOf(at: Date): string {
  const sinceMonday = (at.getUTCDay() + 6) % 7;
  return utcDay(new Date(at.getTime() - sinceMonday * DAY_MS));
}
