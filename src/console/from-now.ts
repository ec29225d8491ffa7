import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/durations.ts';
import type { PageLanguage } from './viewer.ts';

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
] as const;

/** "in 2 days", "3 hours ago". Whole units, the largest that fits. */
export function fromNow(at: Date, now: Date, language: PageLanguage): string {
  const ms = at.getTime() - now.getTime();
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const [unit, size] = UNITS.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? UNITS[2];
  return format.format(Math.trunc(ms / size), unit);
}

/** "2 days", "3 hours": how much time is left. Whole units, the largest that fits; at least a minute. */
export function timeLeft(ms: number, language: PageLanguage): string {
  const [unit, size] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? UNITS[2];
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.max(1, Math.floor(ms / size)));
}

/** "2 h 10 min", for how long something waits. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
