import type { Desk } from '../consent/desk.ts';
import { carrierOptOut } from '../consent/list/carrier-opt-out.ts';
import { isCarrierOptOut } from '../domain/consent/carrier-opting-out.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import { dropReceipts, keepReceipts } from '../store/deliveries/receipts.ts';

/** Status of what is kept of a refused call: the carrier never posts it. */
export const REFUSED = 'refused';

/**
 * Records a create call that the carrier refused, by `record`, and does the opt-out that its code tells of. It is written
 * down first, like a receipt: whoever dies before the end leaves it to the job. No message was made, so what is kept has
 * no id of the carrier's.
 */
export async function recordRefusal(
  desk: Desk,
  { _id: delivery, epoch }: Pick<DeliveryDoc, '_id' | 'epoch'>,
  code: string,
  record: () => Promise<void>,
): Promise<void> {
  if (!isCarrierOptOut(code)) return record();
  const at = desk.now();
  const refusal = { carrierSid: `${delivery}.${epoch}`, status: REFUSED, error: code, doneDate: null, at };
  await keepReceipts(desk.store, [{ ...refusal, delivery, epoch, index: null }]);
  await record();
  await carrierOptOut(desk, { delivery, code, at });
  await dropReceipts(desk.store, [refusal]);
}
