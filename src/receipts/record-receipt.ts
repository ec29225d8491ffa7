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
import { type BatchItem, createBatcher } from '../store/batcher.ts';
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
 * Applies each delivery report to its delivery, or keeps the report until that is possible. When the promise
 * resolves, the report is durable, an opt-out that it reports is recorded, and a refused sender is stopped. Without a
 * `desk`, the job records the opt-out and the next report stops the sender. Rejects where the database did not take
 * the write.
 */
export function createReceiptRecorder(store: Store, context: AppContext | null): RecordReceipt {
  const writer = createReceiptWriter(store);
  return async ({ attempt, to, from, ...posted }) => {
    if (stateOfStatus(posted.status) === null) return;
    const parties = () => partiesOf(context, to, from);
    if (attempt === null)
      return keepWaitingReceipts(store, [{ ...posted, delivery: null, epoch: null, ...parties() }]);
    const receipt = receiptOf(attempt, posted);
    if (receipt === null) return;
    const { delivery, error: code } = receipt;
    const tells = code !== null && isCarrierOptOut(code);
    const kept = [{ ...posted, ...attempt, ...(tells ? parties() : { index: null }) }];
    // Kept first: where the process dies before the end, the job finishes the work.
    if (tells) await keepWaitingReceipts(store, kept);
    const folded = await writer.fold(receipt);
    if (!folded) return keepWaitingReceipts(store, kept);
    if (code === null || context === null) return;
    await stopRefusedSender(context, delivery, code);
    if (!tells) return;
    await carrierOptOut(context, { delivery, code, at: posted.at });
    await dropReceipts(store, [posted]);
  };
}

/** The recipient by blind index, and our number that sent the message. A number that is not ours is not kept. */
function partiesOf(
  context: AppContext | null,
  to: string | null,
  from: string | null,
): Pick<ReceiptDoc, 'index' | 'sender'> {
  if (context === null || to === null) return { index: null };
  const sender = from === null ? null : context.catalog.current().sender(from);
  return { index: context.indexOf(to), ...(sender === null ? {} : { sender: sender.number }) };
}

type ReceiptWriter = {
  /**
   * True once the report is applied to its delivery and durable. False where the delivery does not exist yet, or a
   * later attempt is under way. Rejects where the database did not take the write.
   */
  fold: (receipt: Receipt) => Promise<boolean>;
};

/** Most reports of one write. Beyond a few hundred, a larger write costs no less per report. */
const MOST = 500;

/** Group commit: reports that arrive during a write share the next one. Reports about one message are merged. */
export function createReceiptWriter(store: Store): ReceiptWriter {
  const batcher = createBatcher<Receipt, boolean>({
    ...{ most: MOST, lanes: { reports: { batches: 1, furtherAt: 1 } } },
    run: (batch) => write(store, batch),
  });
  return { fold: batcher.submit };
}

async function write(store: Store, batch: readonly BatchItem<Receipt, boolean>[]): Promise<void> {
  const merged = merge(batch.map((entry) => entry.item));
  // kill point: before-fold
  // Idempotent.
  const unfolded = await retryOnce(() => applyReceipts(store, [...merged.values()]));
  // kill point: after-fold
  const left = new Set(unfolded.map(keyOf));
  const folded = [...merged.values()].filter((receipt) => !left.has(keyOf(receipt)));
  await markPromptsHandedOver(store, [...new Set(folded.map((receipt) => receipt.delivery))]);
  for (const { item, done } of batch) done(!left.has(keyOf(item)));
}

function merge(receipts: readonly Receipt[]): Map<string, Receipt> {
  const merged = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const known = merged.get(keyOf(receipt));
    merged.set(keyOf(receipt), known === undefined ? receipt : joined(known, receipt));
  }
  return merged;
}

const keyOf = ({ delivery, epoch, carrierSid }: Receipt): string => `${delivery}.${epoch} ${carrierSid}`;

/**
 * Marks the prompts among deliveries that were sent. Their process may have died before it could, and a YES counts
 * only after its prompt was sent.
 */
export async function markPromptsHandedOver(store: Store, deliveries: readonly string[]): Promise<void> {
  for (const { contact, prompt, acceptedAt } of await promptsAmong(store, deliveries)) {
    await markPromptHandedOver(store, contact, prompt, acceptedAt, 'carrier');
  }
}

/**
 * Stops the number that sent a failed message where the error code says that the number may send nothing; where the
 * code concerns the account, stops all our numbers. A number that was resumed after the message was sent stays
 * active. For an error of the account, one resumed number keeps all active, because that person has seen to the
 * problem. Durable when it resolves. Idempotent.
 */
export async function stopRefusedSender(context: AppContext, delivery: string, code: string): Promise<void> {
  const refusal = refusalBy(code);
  if (refusal === null) return;
  const [row] = await findDeliveries(context.store, [delivery]);
  if (row === undefined) return;
  const leftAt = row.decision?.at ?? row.acceptedAt ?? row.createdAt;
  if (!isNews(leftAt, context.now())) return;
  const others = refusal.all ? context.catalog.current().book.senders.map(({ number }) => number) : [];
  const numbers = [...new Set([row.sender, ...others])];
  if (refusal.all && (await anyResumedSince(context.store, numbers, leftAt))) return;
  for (const number of numbers) await stop(context, number, { ...refusal.stop, leftAt });
}

/** The status under which a refused call is kept. The carrier never posts it. */
export const REFUSED = 'refused';

/**
 * Records, by `record`, a create call that the carrier refused, and the opt-out that its code reports. The refusal is
 * kept first, like a delivery report: where the process dies before the end, the job finishes the work. No message
 * was made, so the kept refusal has no id of the carrier.
 */
export async function recordRefusal(
  context: AppContext,
  { _id: delivery, epoch }: Pick<DeliveryDoc, '_id' | 'epoch'>,
  code: string,
  record: () => Promise<void>,
): Promise<void> {
  if (!isCarrierOptOut(code)) return record();
  const at = context.now();
  const refusal = { carrierSid: `${delivery}.${epoch}`, status: REFUSED, error: code, doneDate: null, at };
  await keepWaitingReceipts(context.store, [{ ...refusal, delivery, epoch, index: null }]);
  await record();
  await carrierOptOut(context, { delivery, code, at });
  await dropReceipts(context.store, [refusal]);
}

/** One of our messages as Twilio's message list shows it. */
export type ListedWord = {
  sid: string;
  status: string;
  errorCode: string | null;
  createdAt: Date;
  /** When the message reached its status; null where Twilio does not say. */
  updatedAt: Date | null;
};

/** Applies the listed status like a delivery report of this attempt, dated by its last update. */
export async function applyListedStatus(
  context: AppContext,
  row: Pick<DeliveryDoc, '_id' | 'epoch' | 'program' | 'decision'>,
  listed: ListedWord,
): Promise<void> {
  const { sid: carrierSid, status, errorCode: error, createdAt: acceptedAt } = listed;
  const at = listed.updatedAt ?? context.now();
  const attempt = { delivery: row._id, epoch: row.epoch };
  const posted = { carrierSid, status, error, doneDate: null, at };
  const said = receiptOf(attempt, posted) ?? receiptOf(attempt, { ...posted, status: 'accepted' });
  const receipt = said === null ? null : { ...said, acceptedAt };
  const code = receipt?.error ?? null;
  const tells = code !== null && isCarrierOptOut(code);
  // Kept first: where the process dies before the end, the job finishes the work.
  if (tells) await keepWaitingReceipts(context.store, [{ ...posted, ...attempt, index: null }]);
  const leftAt = row.decision?.at ?? acceptedAt;
  if (code !== null) await rescanIncidentsFrom(context.store, leftAt);
  await markDayStale(context, { program: row.program, at: leftAt });
  if (receipt !== null) await applyReceipts(context.store, [receipt]);
  await markPromptsHandedOver(context.store, [row._id]);
  if (code !== null) await stopRefusedSender(context, row._id, code);
  if (!tells) return;
  await carrierOptOut(context, { delivery: row._id, code, at });
  await dropReceipts(context.store, [posted]);
}
