import { promptsAmong } from '../store/deliveries/delivery-receipts.ts';
import { markPromptHandedOver } from '../store/people/prompts.ts';
import type { Store } from '../store/store.ts';

/** Prompts among deliveries that left, whose process may not have lived to say so: a YES from after them counts. */
export async function notePrompts(store: Store, deliveries: readonly string[]): Promise<void> {
  for (const { contact, prompt, acceptedAt } of await promptsAmong(store, deliveries)) {
    await markPromptHandedOver(store, contact, prompt, acceptedAt, 'carrier');
  }
}
