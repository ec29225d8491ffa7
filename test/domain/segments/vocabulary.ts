import fc from 'fast-check';
import type { FieldDefinition } from '../../../src/domain/contacts/profile.ts';

/** An afternoon after a 29 February that was not: birthdays of leap days are near. */
export const NOW = new Date('2026-03-01T15:30:00.000Z');
export const DAY = 86_400_000;

export const FIELDS: FieldDefinition[] = [
  { name: 'diet', type: 'text', label: 'Diet', identifies: null },
  { name: 'constructor', type: 'text', label: 'Builder', identifies: null },
  { name: 'points', type: 'number', label: 'Points', identifies: null },
  { name: 'member', type: 'boolean', label: 'Member', identifies: null },
  { name: 'renewal', type: 'date', label: 'Renewal', identifies: null },
];
export const PROGRAMS = ['deals', 'orders'].map((id) => ({
  id,
  name: id,
  topics: [{ id: 'news' }, { id: 'sales' }],
}));

/** Words that would do something if they were read as more than words. */
export const words = fc.constantFrom(
  'vegan',
  'veg',
  'v.*',
  '$profile.gender',
  '^v|k',
  'a.b',
  'axb',
  '__proto__',
  '(',
  'é\\d',
);
/** Of lists and interests, one of which begins as another does. */
export const names = fc.constantFrom('vegan', 'veg', 'a-b', 'axb');
export const someOf = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 });
export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
export const events = fc.constantFrom('purchase', 'click', 'purchase-2');
export const stages = fc.constantFrom('lead', 'customer', 'churned');
export const zones = fc.constantFrom('America/Chicago', 'America/New_York');
export const zips = fc.constantFrom('90210', '10001', '90001', 'K1A 0B1');
export const areaCodes = fc.constantFrom('213', '310', '907');
/** One of them a recurrence, by whose id its runs are asked too. */
export const campaigns = fc.constantFrom('spring', 'fall', 'weekly', 'weekly.2603010900', 'weekly-2');
/** Days around those on which people did things, one of them before what is remembered, one still to come. */
export const calendarDays = fc
  .constantFrom(-1, 0, 1, 6, 7, 8, 29, 30, 31, 89, 90, 399, 400, 401)
  .map((days) => new Date(Date.UTC(2026, 2, 1) - days * DAY).toISOString().slice(0, 10));
export const spans = fc.constantFrom(1, 7, 30, 90, 400);
export const moments = fc
  .tuple(fc.constantFrom(0, 1, 7, 8, 29, 30, 31, 90, 100, 400, 500), fc.constantFrom(-1, 0, 1, 3_600_000))
  .map(([days, ms]) => new Date(NOW.getTime() - days * DAY + ms));
export const daysAround = fc.integer({ min: -35, max: 35 }).map((days) => Date.UTC(2026, 2, 1) + days * DAY);
export const birthDates = fc.oneof(
  fc.constantFrom(
    '2008-02-29',
    '2000-02-29',
    '2005-03-01',
    '2005-03-02',
    '2005-02-28',
    '1990-12-31',
    '2026-03-02',
  ),
  fc
    .integer({ min: 0, max: 90 * 365 })
    .map((days) => new Date(NOW.getTime() - days * DAY).toISOString().slice(0, 10)),
);
