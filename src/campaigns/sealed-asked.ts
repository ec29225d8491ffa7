import { fieldsAsked, sealedFault } from '../domain/segments/sealed-fields.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import { readContactFields } from '../store/contact-fields.ts';
import type { Store } from '../store/store.ts';
import { CampaignRefused } from './refused.ts';

/** Why none of these trees, checked when they were saved, may be read now; null where each may. */
export async function sealedAsked(store: Store, trees: readonly Resolved[]): Promise<string | null> {
  if (trees.every((tree) => fieldsAsked(tree).size === 0)) return null;
  const fields = await readContactFields(store);
  return trees.map((tree) => sealedFault(tree, fields)).find((fault) => fault !== null) ?? null;
}

/** Throws `CampaignRefused` where its frozen segment asks a field that has been sealed since. */
export async function checkSealed(store: Store, { frozen, missed }: CampaignDoc): Promise<void> {
  // Who missed another is read from that one's rows.
  if (frozen === null || missed !== undefined) return;
  const fault = await sealedAsked(store, [frozen.segment]);
  if (fault !== null) throw new CampaignRefused(`${fault} Cancel it, and draft it with another segment.`);
}
