import { expect } from 'chai';
import { isRecordingDue } from '../../../src/domain/campaigns/send-history.ts';

const ENDED = new Date('2026-03-01T12:00:00.000Z');
const hoursAfter = (hours: number): Date => new Date(ENDED.getTime() + hours * 3_600_000);

describe('recording who got a campaign', () => {
  const passes: [passes: number, hours: number, due: boolean][] = [
    [0, 0, true],
    [1, 0.9, false],
    [1, 1, true],
    [2, 23, false],
    [2, 24, true],
    [3, 72, false],
    [3, 73, true],
    [4, 9999, false],
  ];
  for (const [done, hours, due] of passes) {
    it(`is ${due ? 'due' : 'not due'} ${hours} hours past the end after ${done} passes`, () => {
      expect(isRecordingDue(ENDED, done, hoursAfter(hours))).to.equal(due);
    });
  }
});
