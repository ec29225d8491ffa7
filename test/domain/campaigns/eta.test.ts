import { expect } from 'chai';
import { doneAt, type Queue } from '../../../src/domain/campaigns/forecast.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const within = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const QUEUE: Queue = { rate: 10, own: 100, later: 0, latest: null, parts: 1, others: 0 };

describe('estimated end of a campaign', () => {
  const table: [what: string, queues: Partial<Queue>[], seconds: number | null][] = [
    ['at the speed of its number', [{}], 10],
    ['by parts, not messages', [{ parts: 2.5 }], 25],
    ['after what goes before it and beside it', [{ others: 300 }], 40],
    [
      'not before the last may go, behind those that wait with it',
      [{ later: 50, latest: within(3600) }],
      3605,
    ],
    ['with the slowest of its numbers', [{}, { rate: 1 }], 100],
    ['where one number has nothing of it', [{}, { rate: 1, own: 0, others: 900 }], 10],
    ['where nothing waits', [{ own: 0 }], null],
    ['where no number may send', [{ rate: 0 }], null],
    ['without a number', [], null],
  ];
  for (const [what, queues, seconds] of table) {
    it(`is computed ${what}`, () => {
      const found = doneAt(
        queues.map((queue) => ({ ...QUEUE, ...queue })),
        NOW,
      );
      expect(found).to.deep.equal(seconds === null ? null : within(seconds));
    });
  }
});
