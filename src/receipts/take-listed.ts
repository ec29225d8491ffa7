import type { Desk } from '../consent/desk.ts';
import { carrierOptOut } from '../consent/list/carrier-opt-out.ts';
import { isCarrierOptOut } from '../domain/consent/carrier-opting-out.ts';
import { receiptOf } from '../domain/receipt-order.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { foldReceipts } from '../store/deliveries/delivery-receipts.ts';
import { dropReceipts, keepReceipts } from '../store/deliveries/receipts.ts';
import { lookAgainFrom } from '../store/senders/incident-look.ts';
import { notePrompts } from './note-prompts.ts';
import { sumUpAnew } from './reports/sum-up-anew.ts';
import { stopRefused } from './stop-refused.ts';

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
export async function takeListed(
  desk: Desk,
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
  if (tells) await keepReceipts(desk.store, [{ ...posted, ...attempt, index: null }]);
  const leftAt = row.decision?.at ?? acceptedAt;
  if (code !== null) await lookAgainFrom(desk.store, leftAt);
  await sumUpAnew(desk, { program: row.program, at: leftAt });
  if (receipt !== null) await foldReceipts(desk.store, [receipt]);
  await notePrompts(desk.store, [row._id]);
  if (code !== null) await stopRefused(desk, row._id, code);
  if (!tells) return;
  await carrierOptOut(desk, { delivery: row._id, code, at });
  await dropReceipts(desk.store, [posted]);
}
