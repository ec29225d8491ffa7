import { fieldsAsked, sealedFault } from '../../domain/segments/check/sealed-fields.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { readContactFields } from '../people/contact-fields.ts';
import type { Store } from '../store.ts';

/** Why none of these trees, checked when they were saved, may be read now; null where each may. */
export async function sealedAsked(store: Store, trees: readonly Resolved[]): Promise<string | null> {
  if (trees.every((tree) => fieldsAsked(tree).size === 0)) return null;
  const fields = await readContactFields(store);
  return trees.map((tree) => sealedFault(tree, fields)).find((fault) => fault !== null) ?? null;
}
