import type { Desk } from '../consent/desk.ts';
import { isNews, refusalBy } from '../domain/carrier-trouble.ts';
import { stop } from '../sending/stop.ts';
import { findDeliveries } from '../store/deliveries/deliveries.ts';
import { anyResumedSince } from '../store/senders/stops.ts';

/**
 * Stops the number that a failed message left from where its error says that nothing may leave from there; where it says so
 * of the account, all our numbers. One that was resumed since the message left goes on; of the account's trouble all do, since
 * whoever resumed one of them has seen to it. Durable when it resolves; the same again writes nothing.
 */
export async function stopRefused(desk: Desk, delivery: string, code: string): Promise<void> {
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
