import { findInbound } from '../store/consent/inbound.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import type { Store } from '../store/store.ts';

/** The carrier's code for a person whom it blocks. Source: Twilio Docs, error 21610. */
const BLOCKED = '21610';

/** What is read of texts that lift a block of the carrier's, or ask for texts. */
const OPENING: ReadonlySet<string> = new Set(['start', 'join']);

/** How long the answer to such a text waits where the carrier still blocks its person, ms: it may be about to lift the block. */
export const ONCE_MORE_MS = 5000;

/** Whether a refused answer is tried once more: the carrier may not have worked on the START or JOIN that it answers. */
export async function mayGoOnceMore(store: Store, row: DeliveryDoc, code: string): Promise<boolean> {
  if (code !== BLOCKED || row.answers === null || row.triedAgain === true) return false;
  const [text] = await findInbound(store, [row.answers.sid]);
  return text !== undefined && OPENING.has(text.reading.kind);
}
