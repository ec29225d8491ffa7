import { expect } from 'chai';
import fc from 'fast-check';
import {
  CARRIER_STATES,
  joined,
  type ReceiptState,
  receiptOf,
  stateOfStatus,
} from '../../../src/domain/receipt-order.ts';
import { compared, deliveryHistories, endOf, orders } from '../../receipts/delivery-histories.ts';
import { type FoldedRow, foldReceipt, markDouble } from '../../receipts/receipt-rule.ts';

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

const [FIRST, SECOND] = [`SM${'1'.repeat(32)}`, `SM${'2'.repeat(32)}`];
const at = new Date(Date.UTC(2026, 0, 5));
const receipt = (status: string, epoch = 1, error: string | null = null, carrierSid = FIRST) => {
  const one = receiptOf({ delivery: 'd', epoch }, { carrierSid, status, error, doneDate: null, at });
  if (one === null) throw new Error(`${status} says nothing`);
  return one;
};
const row = (state: string, epoch = 1, more: Partial<FoldedRow> = {}): FoldedRow => ({
  state,
  epoch,
  ...more,
});

describe('receipts', () => {
  for (const [status, state] of STATUSES) {
    it(`"${status}" stands for ${state ?? 'nothing we know'}`, () => {
      expect(stateOfStatus(status)).to.equal(state);
    });
  }

  it('move a row forward only: accepted, sent, failed, undelivered, delivered', () => {
    for (const [lower, before] of CARRIER_STATES.entries()) {
      for (const [higher, after] of CARRIER_STATES.entries()) {
        const moved = foldReceipt(row(before), receipt(after));
        expect(moved?.state, `${before}, then ${after}`).to.equal(higher > lower ? after : before);
      }
    }
  });

  for (const state of ['planned', 'canceled', 'expired', 'unknown', 'skipped'] as const) {
    it(`of the same and of an earlier attempt settle a row that is ${state}: it did leave`, () => {
      for (const epoch of [2, 1]) {
        const settled = foldReceipt(
          row(state, 2, { open: true, error: 'why', lookUpAt: at }),
          receipt('sent', epoch),
        );
        expect(settled).to.include({ state: 'sent', epoch: 2 });
        expect(settled).to.not.have.any.keys('open', 'error', 'lookUpAt');
      }
    });
  }

  it('of an earlier attempt leave a row under way to its owner, and note the message', () => {
    const flying = row('sending', 2, { open: true });
    expect(foldReceipt(flying, receipt('sent', 1))).to.equal(null);
    expect(markDouble(flying, FIRST)).to.deep.equal({ ...flying, extraSids: [FIRST] });
    expect(foldReceipt(flying, receipt('sent', 2, null, SECOND))).to.include({
      state: 'sent',
      carrierSid: SECOND,
    });
  });

  it('of two attempts that both left keep both messages, and the best that either came to', () => {
    const twice = markDouble(row('accepted', 2, { carrierSid: SECOND }), FIRST);
    const settled = foldReceipt(twice, receipt('delivered', 1));
    expect(settled).to.include({ state: 'delivered', carrierSid: SECOND });
    expect(settled?.extraSids).to.deep.equal([FIRST]);
  });

  it('carry a code only of a failure; the code is that of the state that stands', () => {
    expect(foldReceipt(row('accepted'), receipt('sent', 1, '30003'))?.error).to.equal(undefined);
    expect(foldReceipt(row('sent'), receipt('undelivered', 1, '30003'))?.error).to.equal('30003');
    expect(foldReceipt(row('undelivered', 1, { error: '30003' }), receipt('undelivered'))?.error).to.equal(
      '30003',
    );
    expect(foldReceipt(row('failed', 1, { error: '30007' }), receipt('undelivered'))).to.not.have.property(
      'error',
    );
    expect(foldReceipt(row('undelivered', 1, { error: '30003' }), receipt('delivered'))).to.not.have.property(
      'error',
    );
  });

  it('of one life end in the same row, in any order and however often they come', () => {
    fc.assert(
      fc.property(
        deliveryHistories.chain((life) => fc.tuple(fc.constant(life), orders(life), orders(life))),
        ([life, one, other]) => {
          expect(compared(endOf(life, one))).to.deep.equal(compared(endOf(life, other)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('joined say what they say one after the other', () => {
    const some = fc.array(
      fc.constantFrom(...STATUSES.filter(([, state]) => state !== null).map(([status]) => status)),
      {
        minLength: 2,
        maxLength: 6,
      },
    );
    const codes = fc.constantFrom(null, '30003', '30005');
    fc.assert(
      fc.property(
        some,
        codes,
        fc.constantFrom('sending', 'planned', 'accepted', 'failed'),
        (statuses, code, first) => {
          const receipts = statuses.map((status) => receipt(status, 1, code));
          const start: FoldedRow = row(first);
          const together = foldReceipt(start, receipts.reduce(joined));
          const apart = receipts.reduce<FoldedRow | null>(
            (before, one) => before && foldReceipt(before, one),
            start,
          );
          expect(together).to.deep.equal(apart);
        },
      ),
    );
  });
});
