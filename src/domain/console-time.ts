import { MINUTE_MS } from './durations.ts';
import { wallTimeAt } from './hours/local-time.ts';

/** The languages of the pages for staff. */
export type ConsoleLanguage = 'en' | 'es';

const LOCALES: Record<ConsoleLanguage, string> = { en: 'en-US', es: 'es-US' };

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(language: ConsoleLanguage, name: string, options: Intl.DateTimeFormatOptions) {
  const key = `${language} ${name}`;
  const known = FORMATS.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(LOCALES[language], options);
  FORMATS.set(key, format);
  return format;
}

const DAY: Intl.DateTimeFormatOptions = {
  timeZone: 'UTC',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
};

const CLOCK: Intl.DateTimeFormatOptions = { timeZone: 'UTC', hour: 'numeric', minute: '2-digit' };

/** Newer runtimes put a narrow space before "AM", which a search for the text of a page does not find. */
const plainSpaces = (text: string): string => text.replace(/[\u00a0\u202f]/gu, ' ');

/** The wall clock of the zone as if it were UTC: it follows changes of law that the runtime may not know. */
function wallClock(at: Date, zone: string): Date {
  const { date, minutes } = wallTimeAt(zone, at);
  const withinMinute = ((at.getTime() % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;
  return new Date(Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS + withinMinute);
}

/** The short name of the zone at a moment, such as EST; GMT-7 where the runtime knows another offset than the law. */
function zoneAt(at: Date, zone: string): string {
  const format = formatOf('en', `zone ${zone}`, { timeZone: zone, hour: 'numeric', timeZoneName: 'short' });
  const hours = formatOf('en', `offset ${zone}`, {
    timeZone: zone,
    hour: 'numeric',
    timeZoneName: 'longOffset',
  });
  const nameIn = (parts: Intl.DateTimeFormatPart[]): string =>
    parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  const offset = Math.round((wallClock(at, zone).getTime() - at.getTime()) / MINUTE_MS);
  const lawful = offsetWords(offset);
  return nameIn(hours.formatToParts(at)) === lawful ? nameIn(format.formatToParts(at)) : lawful;
}

/** "GMT-05:00", as the runtime writes offsets. */
function offsetWords(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `GMT${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** "Dec 1, 2026, 2:53 AM EST": how pages for staff write a moment. With seconds where steps follow within a minute. */
export const showTime = (
  at: Date,
  zone: string,
  language: ConsoleLanguage,
  to: 'minute' | 'second' = 'minute',
): string => `${showDay(at, zone, language)}, ${showClock(at, zone, language, to)} ${zoneAt(at, zone)}`;

/** "Dec 1, 2026", for what is known by the day alone. */
export const showDay = (at: Date, zone: string, language: ConsoleLanguage): string =>
  plainSpaces(formatOf(language, 'day', DAY).format(wallClock(at, zone)));

/** "2:53 AM", or "2:53:36 AM" where entries follow one another within a minute. */
export function showClock(
  at: Date,
  zone: string,
  language: ConsoleLanguage,
  to: 'minute' | 'second' = 'minute',
): string {
  const options: Intl.DateTimeFormatOptions = to === 'second' ? { ...CLOCK, second: '2-digit' } : CLOCK;
  return plainSpaces(formatOf(language, `clock ${to}`, options).format(wallClock(at, zone)));
}
