import { expect } from 'chai';
import fc from 'fast-check';
import { type ReceiptState, stateOfStatus, statesBefore } from '../../../src/domain/receipt-order.ts';

const STATUSES: [string, ReceiptState | null][] = [
  ['scheduled', 'accepted'],
  ['accepted', 'accepted'],
  ['queued', 'accepted'],
  ['sending', 'accepted'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['undelivered', 'undelivered'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
  ['received', null],
  ['toString', null],
  ['', null],
];

/** What a row is after the receipts, taken in this order. */
const endOf = (first: string, statuses: readonly string[]): string =>
  statuses.reduce((state, status) => {
    const next = stateOfStatus(status);
    return next !== null && statesBefore(next).includes(state) ? next : state;
  }, first);

describe('receipts', () => {
  for (const [status, state] of STATUSES) {
    it(`"${status}" stands for ${state ?? 'nothing we know'}`, () => {
      expect(stateOfStatus(status)).to.equal(state);
    });
  }

  it('of one life end in the same state, in any order and however often they come', () => {
    for (const last of ['delivered', 'undelivered', 'failed']) {
      const life = ['queued', 'sending', 'sent', last];
      const orders = fc.shuffledSubarray([...life, ...life], { minLength: 1 });
      fc.assert(
        fc.property(
          orders,
          fc.constantFrom('sending', 'accepted', 'unknown', 'canceled', 'expired'),
          (some, first) => {
            const state = endOf(first, some);
            if (some.includes(last)) expect(state).to.equal(last);
            else expect(state).to.be.oneOf([first, 'accepted', 'sent']);
          },
        ),
      );
    }
  });

  it('never move a row from one final state to another, nor back', () => {
    for (const final of ['delivered', 'undelivered', 'failed', 'skipped']) {
      for (const [status] of STATUSES) expect(endOf(final, [status])).to.equal(final);
    }
    expect(endOf('sent', ['queued', 'sending'])).to.equal('sent');
  });
});
