import { readContactFields } from '../store/contact-fields.ts';
import type { Store } from '../store/store.ts';

/** Names of the installation's own fields that a text can show: a yes or no has no words of its own. */
export async function mergeableFields(store: Store): Promise<ReadonlySet<string>> {
  const fields = await readContactFields(store);
  return new Set(fields.filter((one) => one.type !== 'boolean').map((one) => one.name));
}
