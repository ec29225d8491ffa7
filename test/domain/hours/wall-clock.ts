import { HOUR_RULES, hoursOn } from '../../../src/domain/hours/state-hours.ts';

/** A clock of the tests' own, so that the rules are not checked against themselves. */

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** British Columbia and Alberta no longer turn their clocks back, which older runtimes do not know. */
const SUMMER_EVER_SINCE = Date.UTC(2026, 9, 31);
const SUMMER_EVER: Record<string, string> = {
  'America/Vancouver': 'Etc/GMT+7',
  'America/Edmonton': 'Etc/GMT+6',
};

type Shown = { date: string; seconds: number };

/** What was read last: the borders of an hour are looked at again for every minute of it. */
const READ = new Map<string, Shown>();
const MOST_READ = 10_000;

/** Date, and seconds since midnight, that a zone's clock shows. */
export function shows(name: string, at: number): Shown {
  const zone = (at > SUMMER_EVER_SINCE && SUMMER_EVER[name]) || name;
  const key = `${zone} ${Math.floor(at / 1000)}`;
  const known = READ.get(key);
  if (known !== undefined) return known;
  const shown = readClock(zone, at);
  if (READ.size >= MOST_READ) READ.clear();
  READ.set(key, shown);
  return shown;
}

function readClock(zone: string, at: number): Shown {
  let format = FORMATS.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    FORMATS.set(zone, format);
  }
  const [date = '', time = ''] = format.format(at).split(' ');
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
  return { date, seconds: hour * 3600 + minute * 60 + second };
}

/** What the clock shows as if in UTC, less the moment, in ms. */
export function offset(zone: string, at: number): number {
  const { date, seconds } = shows(zone, at);
  return Date.parse(`${date}T00:00:00Z`) + seconds * 1000 - Math.floor(at / 1000) * 1000;
}

/** No clock goes forth and back within a week. */
const WEEK = 7 * 86_400_000;

/** Every moment at which a zone's clock changes, from 1 January 2026 to the end of 2027. */
export function changesOf(zone: string): number[] {
  const found: number[] = [];
  const end = Date.UTC(2028, 0, 1);
  let next = offset(zone, Date.UTC(2026, 0, 1));
  for (let start = Date.UTC(2026, 0, 1); start < end; start += WEEK) {
    const here = next;
    next = offset(zone, start + WEEK);
    if (here === next) continue;
    let [before, after] = [start, start + WEEK];
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000;
      if (offset(zone, middle) === here) before = middle;
      else after = middle;
    }
    found.push(after);
  }
  return found;
}

export const ALL_ZONES: string[] = Intl.supportedValuesOf('timeZone');

/** Whether every jurisdiction allows a text by the clock of every zone, read from the table of rules as it stands. */
export function isOpen(jurisdictions: readonly string[], zones: readonly string[], at: number): boolean {
  return HOUR_RULES.filter(({ jurisdiction }) => jurisdictions.includes(jurisdiction)).every((rule) =>
    (rule.clock === null ? zones : [rule.clock]).every((zone) => {
      const { date, seconds } = shows(zone, at);
      if (rule.effectiveFrom !== null && date < rule.effectiveFrom) return true;
      if (rule.effectiveTo !== null && date >= rule.effectiveTo) return true;
      const hours = hoursOn(rule, date);
      return hours !== null && seconds >= hours.from * 60 && seconds < hours.to * 60;
    }),
  );
}
