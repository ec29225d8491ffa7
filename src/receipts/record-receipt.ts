import { stateOfStatus, statesBefore } from '../domain/receipt-order.ts';
import { moveByReceipt } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';

export type Receipt = { delivery: string; carrierSid: string; status: string; errorCode: string | null };

/** Folds one receipt into its delivery: forward only, whatever the order they come in. */
export async function recordReceipt(store: Store, receipt: Receipt): Promise<void> {
  const state = stateOfStatus(receipt.status);
  if (state === null) return;
  await moveByReceipt(store, { ...receipt, state, from: statesBefore(state) });
}
