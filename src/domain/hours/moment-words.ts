import { MINUTE_MS } from '../durations.ts';
import { wallTimeAt } from './local-time.ts';

const DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

export const zoneName = (zone: string): string =>
  zone === 'UTC' ? zone : `${zone.replaceAll('_', ' ')} time`;

/** "21 May 2026", of a date as YYYY-MM-DD. */
export const dayWords = (date: string): string => DAY.format(new Date(`${date}T00:00:00Z`));

/** "8:00 on 21 May 2026 (America/Chicago time)", of the minute that has begun. */
export function momentWords(at: Date, zone = 'UTC'): string {
  const { date, minutes } = wallTimeAt(zone, at);
  const time = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return `${time} on ${dayWords(date)} (${zoneName(zone)})`;
}

/** The same of a moment before which nothing happens: a minute that has begun is rounded up. */
export const notBeforeWords = (at: Date, zone = 'UTC'): string =>
  momentWords(new Date(Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS), zone);
