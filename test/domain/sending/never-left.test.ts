import { expect } from 'chai';
import { neverLeft, type Tried } from '../../../src/domain/sending/unknown-outcome.ts';
import { ago, MINUTE, NOW } from './requests.ts';

const look = (found: number, epoch = 1) => ({ at: ago(MINUTE), epoch, found });

describe('confirmation of an opt-out', () => {
  const CASES: [left: 'never left' | 'may have left', row: Partial<Tried> & { state: string }][] = [
    ['never left', { state: 'skipped' }],
    ['never left', { state: 'expired' }],
    ['never left', { state: 'canceled' }],
    ['never left', { state: 'failed' }],
    ['never left', { state: 'planned', answers: { receivedAt: ago(5 * MINUTE + 1) } }],
    ['never left', { state: 'unknown', lookups: [look(0), look(0)] }],
    ['never left', { state: 'unknown', epoch: 2, lookups: [look(0), look(0), look(0, 2), look(0, 2)] }],
    ['never left', { state: 'unknown', epoch: 2, lookups: [look(0, 2), look(0, 2)] }],
    ['may have left', { state: 'unknown', epoch: 2, lookups: [look(0), look(0)] }],
    ['may have left', { state: 'unknown', epoch: 3, lookups: [look(0), look(0, 2)] }],
    ['may have left', { state: 'planned', answers: { receivedAt: ago(5 * MINUTE) } }],
    ['may have left', { state: 'sending' }],
    ['may have left', { state: 'accepted', acceptedAt: ago(MINUTE) }],
    ['may have left', { state: 'undelivered', acceptedAt: ago(MINUTE) }],
    ['may have left', { state: 'failed', carrierSid: 'SM1' }],
    ['may have left', { state: 'skipped', extraSids: ['SM1'] }],
    ['may have left', { state: 'unknown' }],
    ['may have left', { state: 'unknown', lookups: [look(0)], lookUpAt: NOW }],
    ['may have left', { state: 'unknown', lookups: [look(0), look(2)] }],
    ['may have left', { state: 'unknown', epoch: 2, lookups: [look(1), look(0, 2)] }],
    ['may have left', { state: 'unknown', lookups: [look(0), look(0)], acceptedAt: ago(MINUTE) }],
  ];
  for (const [left, row] of CASES) {
    it(`${left} as a row ${JSON.stringify(row)}`, () => {
      const tried = { answers: { receivedAt: ago(10 * MINUTE) }, epoch: 1, ...row };
      expect(neverLeft(tried, NOW)).to.equal(left === 'never left');
    });
  }
});
