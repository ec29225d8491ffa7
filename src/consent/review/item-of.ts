import type { ConsentEventDoc } from '../../store/consent/consent-events.ts';
import { openEntry } from '../ledger/ledger.ts';

/**
 * The item of the inbox by which an entry was written, and the last text that was read of it. Null of any other entry.
 * Throws `SealBroken`.
 */
export function itemOf(entry: ConsentEventDoc, key: Buffer): { item: string; read: string } | null {
  const [, origin = '{}'] = openEntry(entry, key)?.origin ?? [];
  const { door, item, read } = JSON.parse(origin);
  return door === 'inbox' ? { item, read } : null;
}
