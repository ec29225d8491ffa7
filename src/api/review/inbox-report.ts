import { z } from 'zod';
import { DAY_MS } from '../../domain/durations.ts';
import { answerTimes } from '../../domain/inbox/times.ts';
import { answeredSince, openItems } from '../../store/consent/inbox.ts';
import { isoOrNull, time } from '../fields.ts';
import type { Call } from '../route.ts';
import { ifTooLong } from '../too-long.ts';

const WEEK_MS = 7 * DAY_MS;
/** Weeks that the report looks back, and most items that it reads. */
const WEEKS = 8;
const MOST_ITEMS = 50_000;

export const inboxReportQuery = z.strictObject({});
export const inboxReportAnswer = z.strictObject({
  open: z.number(),
  oldest: time.nullable().meta({ description: 'When the oldest words came that wait in an open item.' }),
  weeks: z.array(
    z.strictObject({
      program: z.string().nullable(),
      week: z.iso.date().meta({ description: 'Its Monday, in UTC.' }),
      answered: z.number(),
      median_seconds: z.number(),
      p90_seconds: z.number(),
    }),
  ),
});

const uncounted = ifTooLong('Counting the open items of the inbox took too long.', 'Ask again later.');

/** How long people waited for an answer of staff, by program and the week in which they wrote. */
export async function inboxReport({ desk }: Call<object>) {
  const since = new Date(desk.now().getTime() - WEEKS * WEEK_MS);
  const [{ count, oldest }, rows] = await Promise.all([
    openItems(desk.store),
    answeredSince(desk.store, since, MOST_ITEMS),
  ]).catch(uncounted);
  const answered = rows.map(({ receivedAt, ended: { program, at } }) => ({
    program,
    receivedAt,
    answeredAt: at,
  }));
  const weeks = answerTimes(answered).map(({ median, p90, ...rest }) => ({
    ...rest,
    median_seconds: median,
    p90_seconds: p90,
  }));
  return { open: count, oldest: isoOrNull(oldest), weeks };
}
