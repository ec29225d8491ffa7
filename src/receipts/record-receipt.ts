import type { AppContext } from '../consent/app-context.ts';
import { carrierOptOut } from '../consent/carrier-opt-out.ts';
import { isNews, refusalBy } from '../domain/carrier-trouble.ts';
import { isCarrierOptOut } from '../domain/consent/carrier-block.ts';
import {
  type IncomingReceipt,
  joined,
  type Receipt,
  receiptOf,
  stateOfStatus,
} from '../domain/receipt-order.ts';
import { markDayStale } from '../reports/daily-figures.ts';
import { stop } from '../sending/circuit-breaker.ts';
import { markPromptHandedOver } from '../store/contacts/prompts.ts';
import { applyReceipts, promptsAmong } from '../store/deliveries/apply-receipts.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import { dropReceipts, keepWaitingReceipts, type ReceiptDoc } from '../store/deliveries/waiting-receipts.ts';
import { rescanIncidentsFrom } from '../store/senders/incidents.ts';
import { anyResumedSince } from '../store/senders/sender-state.ts';
import type { Store } from '../store/store.ts';
import { retryOnce } from '../store/transaction.ts';

export type RecordReceipt = (incoming: IncomingReceipt) => Promise<void>;

/**
 * Folds each receipt into its delivery, or keeps it until it can be. Durable when it resolves, and an opt-out that it
 * tells of is done, a sender that it says is refused stopped; without a `desk` the one is left to the job and the other to
 * the next receipt. Rejects where the database did not take it.
 */
export function createReceiptRecorder(store: Store, desk: AppContext | null): RecordReceipt {
  const writer = createReceiptWriter(store);
  return async ({ attempt, to, from, ...posted }) => {
    if (stateOfStatus(posted.status) === null) return;
    const parties = () => partiesOf(desk, to, from);
    if (attempt === null)
      return keepWaitingReceipts(store, [{ ...posted, delivery: null, epoch: null, ...parties() }]);
    const receipt = receiptOf(attempt, posted);
    if (receipt === null) return;
    const { delivery, error: code } = receipt;
    const tells = code !== null && isCarrierOptOut(code);
    const kept = [{ ...posted, ...attempt, ...(tells ? parties() : { index: null }) }];
    // Written down first: whoever dies between here and the end leaves it to the job.
    if (tells) await keepWaitingReceipts(store, kept);
    const folded = await writer.fold(receipt);
    if (!folded) return keepWaitingReceipts(store, kept);
    if (code === null || desk === null) return;
    await stopRefusedSender(desk, delivery, code);
    if (!tells) return;
    await carrierOptOut(desk, { delivery, code, at: posted.at });
    await dropReceipts(store, [posted]);
  };
}

/** Whom a message was to, by blind index, and the number of ours that it came from: a number that is none is not kept. */
function partiesOf(
  desk: AppContext | null,
  to: string | null,
  from: string | null,
): Pick<ReceiptDoc, 'index' | 'sender'> {
  if (desk === null || to === null) return { index: null };
  const sender = from === null ? null : desk.catalog.current().sender(from);
  return { index: desk.indexOf(to), ...(sender === null ? {} : { sender: sender.number }) };
}

type ReceiptWriter = {
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
    const unfolded = await retryOnce(() => applyReceipts(store, [...merged.values()]));
    // kill point: after-fold
    const left = new Set(unfolded.map(keyOf));
    const folded = [...merged.values()].filter((one) => !left.has(keyOf(one)));
    await markPromptsHandedOver(store, [...new Set(folded.map((one) => one.delivery))]);
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

/** Prompts among deliveries that left, whose process may not have lived to say so: a YES from after them counts. */
export async function markPromptsHandedOver(store: Store, deliveries: readonly string[]): Promise<void> {
  for (const { contact, prompt, acceptedAt } of await promptsAmong(store, deliveries)) {
    await markPromptHandedOver(store, contact, prompt, acceptedAt, 'carrier');
  }
}

/**
 * Stops the number that a failed message left from where its error says that nothing may leave from there; where it says so
 * of the account, all our numbers. One that was resumed since the message left goes on; of the account's trouble all do, since
 * whoever resumed one of them has seen to it. Durable when it resolves; the same again writes nothing.
 */
export async function stopRefusedSender(desk: AppContext, delivery: string, code: string): Promise<void> {
  const refusal = refusalBy(code);
  if (refusal === null) return;
  const [row] = await findDeliveries(desk.store, [delivery]);
  if (row === undefined) return;
  const leftAt = row.decision?.at ?? row.acceptedAt ?? row.createdAt;
  if (!isNews(leftAt, desk.now())) return;
  const others = refusal.all ? desk.catalog.current().book.senders.map(({ number }) => number) : [];
  const numbers = [...new Set([row.sender, ...others])];
  if (refusal.all && (await anyResumedSince(desk.store, numbers, leftAt))) return;
  for (const number of numbers) await stop(desk, number, { ...refusal.stop, leftAt });
}

/** Status of what is kept of a refused call: the carrier never posts it. */
export const REFUSED = 'refused';

/**
 * Records a create call that the carrier refused, by `record`, and does the opt-out that its code tells of. It is written
 * down first, like a receipt: whoever dies before the end leaves it to the job. No message was made, so what is kept has
 * no id of the carrier's.
 */
export async function recordRefusal(
  desk: AppContext,
  { _id: delivery, epoch }: Pick<DeliveryDoc, '_id' | 'epoch'>,
  code: string,
  record: () => Promise<void>,
): Promise<void> {
  if (!isCarrierOptOut(code)) return record();
  const at = desk.now();
  const refusal = { carrierSid: `${delivery}.${epoch}`, status: REFUSED, error: code, doneDate: null, at };
  await keepWaitingReceipts(desk.store, [{ ...refusal, delivery, epoch, index: null }]);
  await record();
  await carrierOptOut(desk, { delivery, code, at });
  await dropReceipts(desk.store, [refusal]);
}

/** What the carrier's own record says of one message of ours. */
export type ListedWord = {
  sid: string;
  status: string;
  errorCode: string | null;
  createdAt: Date;
  /** When it came to be as it stands; null where that is not told. */
  updatedAt: Date | null;
};

/** The record's word counts like a receipt of this attempt, from when it was updated last. */
export async function applyListedStatus(
  desk: AppContext,
  row: Pick<DeliveryDoc, '_id' | 'epoch' | 'program' | 'decision'>,
  listed: ListedWord,
): Promise<void> {
  const { sid: carrierSid, status, errorCode: error, createdAt: acceptedAt } = listed;
  const at = listed.updatedAt ?? desk.now();
  const attempt = { delivery: row._id, epoch: row.epoch };
  const posted = { carrierSid, status, error, doneDate: null, at };
  const said = receiptOf(attempt, posted) ?? receiptOf(attempt, { ...posted, status: 'accepted' });
  const receipt = said === null ? null : { ...said, acceptedAt };
  const code = receipt?.error ?? null;
  const tells = code !== null && isCarrierOptOut(code);
  // Written down first: whoever dies between here and the end leaves it to the job.
  if (tells) await keepWaitingReceipts(desk.store, [{ ...posted, ...attempt, index: null }]);
  const leftAt = row.decision?.at ?? acceptedAt;
  if (code !== null) await rescanIncidentsFrom(desk.store, leftAt);
  await markDayStale(desk, { program: row.program, at: leftAt });
  if (receipt !== null) await applyReceipts(desk.store, [receipt]);
  await markPromptsHandedOver(desk.store, [row._id]);
  if (code !== null) await stopRefusedSender(desk, row._id, code);
  if (!tells) return;
  await carrierOptOut(desk, { delivery: row._id, code, at });
  await dropReceipts(desk.store, [posted]);
}
