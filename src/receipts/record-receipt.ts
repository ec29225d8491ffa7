import type { Desk } from '../consent/desk.ts';
import { carrierOptOut } from '../consent/list/carrier-opt-out.ts';
import { isCarrierOptOut } from '../domain/consent/carrier-opting-out.ts';
import { type Attempt, type Posted, receiptOf, stateOfStatus } from '../domain/receipt-order.ts';
import { dropReceipts, keepReceipts, type ReceiptDoc } from '../store/deliveries/receipts.ts';
import type { Store } from '../store/store.ts';
import { createReceiptWriter } from './receipt-writer.ts';
import { stopRefused } from './stop-refused.ts';

/**
 * A receipt as its callback brought it. `to`: the recipient, where it is a phone number, and no delivery is named or the message
 * failed; `from`: its sender, as the carrier writes it.
 */
export type Incoming = Posted & { attempt: Attempt | null; to: string | null; from: string | null };

export type RecordReceipt = (incoming: Incoming) => Promise<void>;

/**
 * Folds each receipt into its delivery, or keeps it until it can be. Durable when it resolves, and an opt-out that it
 * tells of is done, a sender that it says is refused stopped; without a `desk` the one is left to the job and the other to
 * the next receipt. Rejects where the database did not take it.
 */
export function createRecorder(store: Store, desk: Desk | null): RecordReceipt {
  const writer = createReceiptWriter(store);
  return async ({ attempt, to, from, ...posted }) => {
    if (stateOfStatus(posted.status) === null) return;
    const parties = () => partiesOf(desk, to, from);
    if (attempt === null)
      return keepReceipts(store, [{ ...posted, delivery: null, epoch: null, ...parties() }]);
    const receipt = receiptOf(attempt, posted);
    if (receipt === null) return;
    const { delivery, error: code } = receipt;
    const tells = code !== null && isCarrierOptOut(code);
    const kept = [{ ...posted, ...attempt, ...(tells ? parties() : { index: null }) }];
    // Written down first: whoever dies between here and the end leaves it to the job.
    if (tells) await keepReceipts(store, kept);
    const folded = await writer.fold(receipt);
    if (!folded) return keepReceipts(store, kept);
    if (code === null || desk === null) return;
    await stopRefused(desk, delivery, code);
    if (!tells) return;
    await carrierOptOut(desk, { delivery, code, at: posted.at });
    await dropReceipts(store, [posted]);
  };
}

/** Whom a message was to, by blind index, and the number of ours that it came from: a number that is none is not kept. */
function partiesOf(
  desk: Desk | null,
  to: string | null,
  from: string | null,
): Pick<ReceiptDoc, 'index' | 'sender'> {
  if (desk === null || to === null) return { index: null };
  const sender = from === null ? null : desk.catalog.current().sender(from);
  return { index: desk.indexOf(to), ...(sender === null ? {} : { sender: sender.number }) };
}
