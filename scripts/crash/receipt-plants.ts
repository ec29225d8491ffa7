import type { Plant } from './plant.ts';
import { KILLED_BEFORE_THE_FOLD, TROUBLED_UNKILLED, UNKILLED } from './plant-races.ts';

/** Bugs of what becomes of receipts that the carrier is told we have. */
export const RECEIPT_PLANTS: readonly Plant[] = [
  {
    name: 'receipt-dropped',
    about: 'some receipts are answered and dropped',
    patches: [
      {
        file: 'webhooks/status.ts',
        find: 'if (receipt !== null) await record(receipt);',
        replace: 'if (receipt !== null && !/[0-3]$/.test(receipt.carrierSid)) await record(receipt);',
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
        file: 'webhooks/status.ts',
        find: 'if (receipt !== null) await record(receipt);',
        replace: 'if (receipt !== null) record(receipt).catch(() => undefined);',
      },
    ],
    caughtBy: ['endsLost'],
    // Nothing is lost of it while its process lives.
    scenario: KILLED_BEFORE_THE_FOLD,
  },
  {
    name: 'last-receipt-wins',
    about: 'a receipt that comes late moves its row back',
    patches: [
      {
        file: 'src/store/deliveries/delivery-receipts.ts',
        find: "state: { $cond: [{ $lt: [before, '$told.rank'] }, '$told.state', '$state'] },",
        replace: "state: '$told.state',",
      },
    ],
    caughtBy: ['endsLost'],
    // Whose receipts come in any order.
    scenario: TROUBLED_UNKILLED,
  },
];
