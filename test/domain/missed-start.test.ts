import { expect } from 'chai';
import { hasMissedStart, type Starts } from '../../src/domain/missed-start.ts';

const NEW_YORK = { cron: '20 2 * * *', zone: 'America/New_York' };
const UTC = { cron: '30 4 * * *', zone: 'UTC' };
const HALF_PAST_ONE = { cron: '30 1 * * *', zone: 'America/New_York' };

const starts = (last: string | null, over: Partial<Starts> = {}): Starts => ({
  last: last === null ? null : new Date(last),
  knownSince: new Date('2026-01-01T00:00:00Z'),
  run: 'ended',
  cutOffs: 0,
  ...over,
});
const cut = (cutOffs: number) => ({ run: 'cut-off', cutOffs }) as const;
const young = { knownSince: new Date('2026-01-05T12:00:00Z') };

type Row = [what: string, at: typeof UTC, starts: Starts, now: string, missed: boolean];
const ROWS: Row[] = [
  ['it ran tonight', UTC, starts('2026-01-05T04:30:02Z'), '2026-01-05T12:00:00Z', false],
  [
    'its worker is ahead of the database',
    UTC,
    starts('2026-01-05T04:29:59.810Z'),
    '2026-01-05T04:31:00Z',
    false,
  ],
  ['its worker is far ahead of it', UTC, starts('2026-01-05T04:29:00Z'), '2026-01-05T12:00:00Z', false],
  ['it ran before its time', UTC, starts('2026-01-05T04:28:59Z'), '2026-01-05T04:31:00Z', true],
  ['it is not yet tonight', UTC, starts('2026-01-04T04:30:02Z'), '2026-01-05T04:29:59Z', false],
  ['its time is this very moment', UTC, starts('2026-01-04T04:30:02Z'), '2026-01-05T04:30:00Z', false],
  ['its time went by', UTC, starts('2026-01-04T04:30:02Z'), '2026-01-05T04:31:00Z', true],
  ['many nights went by', UTC, starts('2026-01-01T04:30:02Z'), '2026-03-05T12:00:00Z', true],
  ['it was made up for by day', UTC, starts('2026-01-05T11:00:00Z'), '2026-01-05T12:00:00Z', false],
  ['it never ran, and is new', UTC, starts(null, young), '2026-01-06T04:00:00Z', false],
  ['it never ran, a night after it came', UTC, starts(null, young), '2026-01-06T08:00:00Z', true],
  ['it runs', UTC, starts('2026-01-01T04:30:02Z', { run: 'under-way' }), '2026-01-05T12:00:00Z', false],
  ['it was cut off', UTC, starts('2026-01-05T04:30:02Z', cut(0)), '2026-01-05T04:33:00Z', true],
  ['it was cut off twice', UTC, starts('2026-01-05T04:33:00Z', cut(1)), '2026-01-05T04:35:00Z', true],
  ['it was cut off three times', UTC, starts('2026-01-05T04:35:00Z', cut(2)), '2026-01-05T04:37:00Z', false],
  ['a night after that', UTC, starts('2026-01-05T04:35:00Z', cut(2)), '2026-01-06T04:31:00Z', true],
  ['winter in New York', NEW_YORK, starts('2026-01-04T07:20:01Z'), '2026-01-05T07:19:00Z', false],
  ['winter in New York, past it', NEW_YORK, starts('2026-01-04T07:20:01Z'), '2026-01-05T07:21:00Z', true],
  ['summer in New York, past it', NEW_YORK, starts('2026-06-04T06:20:01Z'), '2026-06-05T06:21:00Z', true],
  ['the hour that is not', NEW_YORK, starts('2026-03-07T07:20:01Z'), '2026-03-08T06:59:00Z', false],
  ['after the hour that is not', NEW_YORK, starts('2026-03-07T07:20:01Z'), '2026-03-08T07:01:00Z', true],
  ['run after it', NEW_YORK, starts('2026-03-08T07:00:01Z'), '2026-03-08T12:00:00Z', false],
  ['the hour twice', HALF_PAST_ONE, starts('2026-10-31T05:30:01Z'), '2026-11-01T05:31:00Z', true],
  ['run in the first', HALF_PAST_ONE, starts('2026-11-01T05:30:01Z'), '2026-11-01T06:31:00Z', false],
];

describe('nightly job', () => {
  for (const [what, at, known, now, missed] of ROWS) {
    it(`${missed ? 'missed' : 'did not miss'} its start when ${what}`, () => {
      expect(hasMissedStart(at, known, new Date(now))).to.equal(missed);
    });
  }
});
