import { expect } from 'chai';
import { awaitedUntil } from '../../../src/domain/campaigns/experiment.ts';

const HOUR_MS = 3_600_000;

describe('waiting time of an A/B test', () => {
  const table: [what: string, start: string, flownSince: string, spreadHours: number, until: string][] = [
    ['a day from a start at once', '2026-03-01T12:00', '2026-03-01T12:00', 0, '2026-03-02T12:00'],
    ['a day from a later start', '2026-03-05T12:00', '2026-03-01T12:00', 0, '2026-03-06T12:00'],
    ['a day after its spread', '2026-03-01T12:00', '2026-03-01T12:00', 6, '2026-03-02T18:00'],
    ['anew from when it was resumed', '2026-03-01T12:00', '2026-03-04T09:00', 6, '2026-03-05T15:00'],
  ];
  for (const [what, start, flownSince, spreadHours, until] of table) {
    it(`is ${what}`, () => {
      const found = awaitedUntil({
        start: new Date(`${start}Z`),
        flownSince: new Date(`${flownSince}Z`),
        spreadMs: spreadHours * HOUR_MS,
      });
      expect(found).to.deep.equal(new Date(`${until}Z`));
    });
  }
});
