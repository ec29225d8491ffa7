import { markPromptHandedOver } from '../store/contacts.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';

/** A prompt that left without its process living to say so: a YES from after it counts. */
export async function notePrompt(store: Store, row: DeliveryDoc | undefined): Promise<void> {
  if (row === undefined || row.prompt === null || row.acceptedAt === undefined) return;
  await markPromptHandedOver(store, row.contact, row.prompt, row.acceptedAt);
}
