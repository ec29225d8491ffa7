import { joined, type Receipt } from '../domain/receipt-order.ts';
import { foldReceipts } from '../store/deliveries/delivery-receipts.ts';
import { onceMore } from '../store/once-more.ts';
import type { Store } from '../store/store.ts';
import { notePrompts } from './note-prompts.ts';

export type ReceiptWriter = {
  /**
   * True once it is folded into its delivery and durable; false where it cannot be yet: no such delivery, or a later
   * attempt of it is under way. Rejects where the database did not take it.
   */
  fold: (receipt: Receipt) => Promise<boolean>;
};

type Item = { receipt: Receipt; done: (folded: boolean) => void; failed: (error: unknown) => void };

/** Receipts of one write: past a few hundred, a larger one costs no less each. */
const MOST = 500;

/** Group commit: receipts that come while a write is under way share the next one, those of one message as one. */
export function createReceiptWriter(store: Store): ReceiptWriter {
  const waiting: Item[] = [];
  let busy = false;
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, MOST);
      await write(store, group);
    }
    busy = false;
  };
  return {
    fold: (receipt) =>
      new Promise((done, failed) => {
        waiting.push({ receipt, done, failed });
        if (busy) return;
        busy = true;
        // Once the receipts that this tick read from their sockets are all here.
        setImmediate(() => void run());
      }),
  };
}

async function write(store: Store, group: readonly Item[]): Promise<void> {
  try {
    const merged = merge(group.map((one) => one.receipt));
    // kill point: before-fold
    // To fold twice is to fold once.
    const unfolded = await onceMore(() => foldReceipts(store, [...merged.values()]));
    // kill point: after-fold
    const left = new Set(unfolded.map(keyOf));
    const folded = [...merged.values()].filter((one) => !left.has(keyOf(one)));
    await notePrompts(store, [...new Set(folded.map((one) => one.delivery))]);
    for (const { receipt, done } of group) done(!left.has(keyOf(receipt)));
  } catch (error) {
    for (const { failed } of group) failed(error);
  }
}

function merge(receipts: readonly Receipt[]): Map<string, Receipt> {
  const merged = new Map<string, Receipt>();
  for (const one of receipts) {
    const known = merged.get(keyOf(one));
    merged.set(keyOf(one), known === undefined ? one : joined(known, one));
  }
  return merged;
}

const keyOf = ({ delivery, epoch, carrierSid }: Receipt): string => `${delivery}.${epoch} ${carrierSid}`;
