import type { Desk } from '../consent/desk.ts';
import { carrierOptOut, optOutOfStray } from '../consent/list/carrier-opt-out.ts';
import { CARRIER_OPT_OUTS, isCarrierOptOut } from '../domain/consent/carrier-opting-out.ts';
import { isOrphan, NAMELESS_OVERDUE_MS } from '../domain/orphan-receipts.ts';
import { type Attempt, errorIn, receiptOf } from '../domain/receipt-order.ts';
import { DoneInPart } from '../domain/reports/done-in-part.ts';
import { decisionOn, foldReceipts } from '../store/deliveries/delivery-receipts.ts';
import { mayHaveLeftSince } from '../store/deliveries/look-ups.ts';
import {
  dropReceipts,
  endAsOrphans,
  endUntried,
  findKept,
  type KeptReceipt,
  putOff,
} from '../store/deliveries/receipts.ts';
import { recordRefused } from '../store/deliveries/settlements.ts';
import { findHolders } from '../store/people/contacts.ts';
import { lookAgainFrom } from '../store/senders/incident-look.ts';
import { notePrompts } from './note-prompts.ts';
import { REFUSED } from './record-refusal.ts';
import { sumUpAnew } from './reports/sum-up-anew.ts';
import { stopRefused } from './stop-refused.ts';

const BATCH = 200;

export type Adopted = { adopted: number; orphaned: number };

/**
 * Kept receipts whose delivery is there by now: folded into it, and the opt-outs they tell of done. Those that found none
 * in time end as orphans; an opt-out of somebody we know is done all the same. Safe to run anywhere, twice, or half.
 * Rejects at the end where one could not be worked on.
 */
export async function adoptReceipts(
  desk: Desk,
  most = BATCH,
  goOn: () => boolean = () => true,
): Promise<Adopted> {
  const failures: unknown[] = [];
  const waiting: KeptReceipt[] = [];
  const orphans: KeptReceipt[] = [];
  let [adopted, ended] = [0, true];
  for (const kept of await findKept(desk.store, desk.now(), most)) {
    if (!goOn()) {
      ended = false;
      break;
    }
    const done = await tryOne(desk, kept).catch((error: unknown) => {
      failures.push(error);
      // It has a home, and something else keeps it from there: it is never an orphan.
      waiting.push(kept);
      return null;
    });
    if (done === true) adopted += 1;
    else if (done === false) (isLast(kept, desk.now()) ? orphans : waiting).push(kept);
  }
  await putOff(desk.store, waiting, desk.now());
  const now = desk.now();
  await endAsOrphans(desk.store, orphans, now);
  // After the tries: what had its turn just now is due later, or was never ours.
  const overdue = new Date(now.getTime() - NAMELESS_OVERDUE_MS);
  const untried = ended
    ? await endUntried(desk.store, { dueSince: overdue, butOf: CARRIER_OPT_OUTS }, now)
    : 0;
  const counts = { adopted, orphaned: orphans.length + untried };
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

const isLast = (kept: KeptReceipt, now: Date): boolean => isOrphan({ ...kept, tries: kept.tries + 1 }, now);

async function tryOne(desk: Desk, kept: KeptReceipt): Promise<boolean> {
  if (await adopt(desk, kept)) return true;
  const { index, sender } = kept;
  const code = errorIn(kept);
  // One that names its delivery may still find it, and then it is known when its message left.
  const isStray = kept.delivery === null || isLast(kept, desk.now());
  if (isStray && index !== null && sender !== undefined && code !== null)
    await optOutOfStray(desk, { ...kept, index, sender, code });
  return false;
}

async function adopt(desk: Desk, kept: KeptReceipt): Promise<boolean> {
  const attempt = await attemptOf(desk, kept);
  if (attempt === null) return false;
  const receipt = receiptOf(attempt, kept);
  if (receipt !== null) {
    const { program, decidedAt } = await decisionOn(desk.store, receipt.delivery);
    const at = decidedAt ?? receipt.acceptedAt;
    // Which may have left longer ago than a look for incidents, or a run of the report, goes back.
    if (receipt.error !== null) await lookAgainFrom(desk.store, at);
    const left = await foldReceipts(desk.store, [receipt]);
    if (left.length > 0) return false;
    await sumUpAnew(desk, { program, at });
    await notePrompts(desk.store, [attempt.delivery]);
  }
  const { error: code } = receipt ?? kept;
  if (kept.status === REFUSED && code !== null) {
    const { program } = await decisionOn(desk.store, attempt.delivery);
    await recordRefused(desk.store, { ...attempt, error: code, decidedAt: kept.at });
    await sumUpAnew(desk, { program, at: kept.at });
  }
  if (code !== null) await stopRefused(desk, attempt.delivery, code);
  if (code !== null && isCarrierOptOut(code)) {
    await carrierOptOut(desk, { delivery: attempt.delivery, code, at: kept.at });
  }
  await dropReceipts(desk.store, [kept]);
  return true;
}

/** The attempt its address named; else that of a row of the recipient that the carrier's id belongs to. */
async function attemptOf(desk: Desk, kept: KeptReceipt): Promise<Attempt | null> {
  const { delivery, epoch, index, carrierSid, at } = kept;
  if (delivery !== null && epoch !== null) return { delivery, epoch };
  const [holder] = index === null ? [] : await findHolders(desk.store, [index]);
  if (holder === undefined) return null;
  const rows = await mayHaveLeftSince(desk.store, holder._id, at);
  const row = rows.find((one) => one.carrierSid === carrierSid || one.extraSids?.includes(carrierSid));
  if (row === undefined) return null;
  return { delivery: row._id, epoch: row.carrierSid === carrierSid ? row.epoch : row.epoch - 1 };
}
