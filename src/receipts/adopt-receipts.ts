import type { AppContext } from '../consent/app-context.ts';
import { optOutFromUnmatchedReceipt } from '../consent/carrier-opt-out.ts';
import { CARRIER_OPT_OUTS, isCarrierOptOut } from '../domain/consent/carrier-block.ts';
import { isOrphan, NAMELESS_OVERDUE_MS } from '../domain/orphan-receipts.ts';
import { errorIn, type ReceiptAttempt, receiptOf } from '../domain/receipt-order.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import { markDayStale } from '../reports/daily-figures.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { applyReceipts, decisionOn } from '../store/deliveries/apply-receipts.ts';
import { recordRefused } from '../store/deliveries/attempts.ts';
import { mayHaveLeftSince } from '../store/deliveries/unknown-outcomes.ts';
import {
  backOffReceipts,
  countOrphans,
  endAsOrphans,
  endUntried,
  findReceiptsToRetry,
  type KeptReceipt,
  waitingReceipts,
} from '../store/deliveries/waiting-receipts.ts';
import { rescanIncidentsFrom } from '../store/senders/incidents.ts';
import { followUp, markPromptsHandedOver, REFUSED } from './record-receipt.ts';

const BATCH = 200;

type Adopted = { adopted: number; orphaned: number };

/**
 * Matches waiting delivery reports whose delivery exists by now: applies each to its delivery, and records an opt-out
 * that it reports. A report that finds no delivery in time ends as an orphan; an opt-out of a known person is
 * recorded all the same. Safe to run on any worker, twice, or half. Rejects at the end where a report could not be
 * processed.
 */
export async function matchWaitingReceipts(
  context: AppContext,
  most = BATCH,
  goOn: () => boolean = () => true,
): Promise<Adopted> {
  const failures: unknown[] = [];
  const waiting: KeptReceipt[] = [];
  const orphans: KeptReceipt[] = [];
  let [adopted, ended] = [0, true];
  for (const kept of await findReceiptsToRetry(context.store, context.now(), most)) {
    if (!goOn()) {
      ended = false;
      break;
    }
    const done = await tryOne(context, kept).catch((error: unknown) => {
      failures.push(error);
      // The report has a delivery, and an error keeps it from there. It is never an orphan.
      waiting.push(kept);
      return null;
    });
    if (done === true) adopted += 1;
    else if (done === false) (isLast(kept, context.now()) ? orphans : waiting).push(kept);
  }
  await backOffReceipts(context.store, waiting, context.now());
  const now = context.now();
  await endAsOrphans(context.store, orphans, now);
  // After the tries: a report that was tried just now is due later.
  const overdue = new Date(now.getTime() - NAMELESS_OVERDUE_MS);
  const untried = ended
    ? await endUntried(context.store, { dueSince: overdue, butOf: CARRIER_OPT_OUTS }, now)
    : 0;
  const counts = { adopted, orphaned: orphans.length + untried };
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

const isLast = (kept: KeptReceipt, now: Date): boolean => isOrphan({ ...kept, tries: kept.tries + 1 }, now);

async function tryOne(context: AppContext, kept: KeptReceipt): Promise<boolean> {
  if (await adopt(context, kept)) return true;
  const { index, sender } = kept;
  const code = errorIn(kept);
  // A report that names its delivery may still match it. Then it is known when the message was sent.
  const isStray = kept.delivery === null || isLast(kept, context.now());
  if (isStray && index !== null && sender !== undefined && code !== null)
    await optOutFromUnmatchedReceipt(context, { ...kept, index, sender, code });
  return false;
}

async function adopt(context: AppContext, kept: KeptReceipt): Promise<boolean> {
  const attempt = await attemptOf(context, kept);
  if (attempt === null) return false;
  const receipt = receiptOf(attempt, kept);
  if (receipt !== null) {
    const { program, decidedAt } = await decisionOn(context.store, receipt.delivery);
    const at = decidedAt ?? receipt.acceptedAt;
    // The message may have been sent longer ago than the last search for incidents, or the last report run. Both must
    // count that day again.
    if (receipt.error !== null) await rescanIncidentsFrom(context.store, at);
    const left = await applyReceipts(context.store, [receipt]);
    if (left.length > 0) return false;
    await markDayStale(context, { program, at });
    await markPromptsHandedOver(context.store, [attempt.delivery]);
  }
  const { error: code } = receipt ?? kept;
  if (kept.status === REFUSED && code !== null) {
    const { program } = await decisionOn(context.store, attempt.delivery);
    await recordRefused(context.store, { ...attempt, error: code, decidedAt: kept.at });
    await markDayStale(context, { program, at: kept.at });
  }
  await followUp(context, { delivery: attempt.delivery, code, at: kept.at }, kept);
  return true;
}

/**
 * The attempt that the callback address named; else the attempt of a delivery to the recipient with the carrier's id.
 */
async function attemptOf(
  context: Pick<AppContext, 'store'>,
  kept: KeptReceipt,
): Promise<ReceiptAttempt | null> {
  const { delivery, epoch, index, carrierSid, at } = kept;
  if (delivery !== null && epoch !== null) return { delivery, epoch };
  const [holder] = index === null ? [] : await findHolders(context.store, [index]);
  if (holder === undefined) return null;
  const rows = await mayHaveLeftSince(context.store, holder._id, at);
  const row = rows.find((row) => row.carrierSid === carrierSid || row.extraSids?.includes(carrierSid));
  if (row === undefined) return null;
  return { delivery: row._id, epoch: row.carrierSid === carrierSid ? row.epoch : row.epoch - 1 };
}

/** The delivery reports of one day (UTC) that found no delivery. */
type OrphansOfDay = {
  day: string;
  orphans: number;
  /** Of these, the reports whose error says that the person opted out. */
  optOuts: number;
  /** By the carrier's own word. */
  statuses: Record<string, number>;
};

/** How many reports still wait for their delivery, and how many found none: the newest day first. */
export async function reportOrphans({
  store,
}: Pick<AppContext, 'store'>): Promise<{ waiting: number; days: OrphansOfDay[] }> {
  const [waiting, counts] = await Promise.all([waitingReceipts(store), countOrphans(store)]);
  const days = new Map<string, OrphansOfDay>();
  for (const { day, status, error, count } of counts) {
    const sum = days.get(day) ?? { day, orphans: 0, optOuts: 0, statuses: {} };
    days.set(day, sum);
    sum.statuses[status] = (sum.statuses[status] ?? 0) + count;
    sum.orphans += count;
    if (error !== null && isCarrierOptOut(error)) sum.optOuts += count;
  }
  return { waiting, days: [...days.values()] };
}
