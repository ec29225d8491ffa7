import { KILLED_BEFORE_THE_FOLD, TROUBLED_UNKILLED, UNKILLED } from '../../race/variants/stressed-races.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs in what happens to a receipt after the carrier was told that we have it. */
export const RECEIPT_BUGS: readonly PlantedBug[] = [
  {
    name: 'receipt-dropped',
    about: 'some receipts are answered and dropped',
    patches: [
      {
        in: 'handleReceiptPost',
        find: 'receipt !== null',
        replace: 'receipt !== null && !/[0-3]$/.test(receipt.carrierSid)',
      },
    ],
    caughtBy: ['endsLost'],
    scenario: UNKILLED,
  },
  {
    name: 'answered-before-fold',
    about: 'a receipt is answered before it is folded',
    patches: [
      {
        in: 'handleReceiptPost',
        find: 'await record(receipt)',
        replace: 'record(receipt).catch(() => undefined)',
      },
    ],
    caughtBy: ['endsLost'],
    // Nothing of the receipt is lost while its process lives.
    scenario: KILLED_BEFORE_THE_FOLD,
  },
  {
    name: 'last-receipt-wins',
    about: 'a receipt that comes late moves its row back',
    patches: [
      {
        in: 'FOLD',
        find: "state: { $cond: [{ $lt: [before, '$told.rank'] }, '$told.state', '$state'] }",
        replace: "state: '$told.state'",
      },
    ],
    caughtBy: ['endsLost'],
    // There receipts come in any order.
    scenario: TROUBLED_UNKILLED,
  },
];
