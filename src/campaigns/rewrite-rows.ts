import type { Desk } from '../consent/desk.ts';
import { markFresh } from '../store/campaign-flight.ts';
import { anyOlder, olderRows, rewriteSlice } from '../store/campaign-rewrite.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import { findContacts } from '../store/contacts.ts';
import { goingOf } from './going.ts';
import { rowsFor } from './plan-slice.ts';

/** Rows at a time: some hundred ms. */
const SLICE = 200;

/**
 * Writes planned rows of a paused campaign anew by its newest edition, in place: their ids and epochs stay, so that no
 * answer of an earlier try is taken for a later one's. It is fresh once nobody writes rows of it and none that may
 * still leave is older.
 */
export async function rewriteRows(desk: Desk, campaign: CampaignDoc, mayGoOn: () => boolean): Promise<void> {
  const { _id: id, edition = 0 } = campaign;
  const { when: _, ...atOnce } = campaign;
  // When each is due stands in its row: that an hour has passed meanwhile takes it from nobody.
  const going = await goingOf(desk, atOnce);
  for await (const rows of olderRows(desk.store, { id, edition, size: SLICE })) {
    if (!mayGoOn()) return;
    const contacts = await findContacts(desk.store, [...new Set(rows.map((row) => row.contact))]);
    const readable = contacts.filter(({ sealed }) => sealed !== null);
    const written = await rowsFor(desk, going, readable);
    const byContact = new Map(written.map((one) => [one.contact, one]));
    const slice = rows.map((before) => ({ before, next: byContact.get(before.contact) ?? null }));
    await rewriteSlice(desk.store, slice, edition, desk.now());
  }
  const planned = campaign.plan.leaseUntil === null || campaign.plan.leaseUntil <= desk.now();
  if (planned && !(await anyOlder(desk.store, id, edition))) await markFresh(desk.store, campaign);
}
