import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/durations.ts';
import type { PageLanguage } from './viewer.ts';

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
] as const;

/** "in 6 days 5 h" before a moment, "3 hours ago" after it. Two units before it: the hour of a deadline matters. */
export function fromNow(at: Date, now: Date, language: PageLanguage): string {
  const ms = at.getTime() - now.getTime();
  const [unit, size] = unitOf(ms);
  const count = Math.trunc(ms / size);
  const format = new Intl.RelativeTimeFormat(language, { numeric: count === 0 ? 'auto' : 'always' });
  const words = format.format(count, unit);
  return ms > 0 ? `${words}${restOf(ms)}` : words;
}

/** "6 days 5 h", "3 hours": how much time is left; at least a minute. */
export function timeLeft(ms: number, language: PageLanguage): string {
  const [unit, size] = unitOf(ms);
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' });
  return `${format.format(Math.max(1, Math.floor(ms / size)))}${restOf(ms)}`;
}

const unitOf = (ms: number) => UNITS.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? UNITS[2];

/** What remains below the largest unit, in the next one: " 5 h" after days. Both languages write it so. */
function restOf(ms: number): string {
  if (ms >= DAY_MS) {
    const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
    return hours === 0 ? '' : ` ${hours} h`;
  }
  const minutes = ms >= HOUR_MS ? Math.floor((ms % HOUR_MS) / MINUTE_MS) : 0;
  return minutes === 0 ? '' : ` ${minutes} min`;
}

/** "2 h 10 min", for how long something waits. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
