import type { Desk } from '../../consent/desk.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { endHalt, markFresh, noteRewritten } from '../../store/campaigns/flight.ts';
import { anyOlder, olderRows, rewriteSlice } from '../../store/campaigns/rewrite.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import { findContacts } from '../../store/people/contacts.ts';
import { lostAmong } from '../../store/sealing/key-ring.ts';
import { isWrappedByOthers } from '../../store/sealing/keys.ts';
import { type Going, goingOf } from './going.ts';
import { rowsFor } from './plan-slice.ts';

/** Rows at a time: some hundred ms. */
const SLICE = 200;

/**
 * Writes planned rows of a paused campaign anew by its newest edition, at least one slice, from where the last turn ended
 * until `mayGoOn` says no. It is fresh once nobody writes rows of it and none that may still leave is older. How many it
 * left as they are because this process lacks the keys of their people: one that has them writes them.
 */
export async function rewriteRows(
  desk: Desk,
  campaign: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<number> {
  let left = 0;
  const { _id: id, edition = 0, rewrittenTo: after = null } = campaign;
  const { when: _, ...atOnce } = campaign;
  // When each is due stands in its row: that an hour has passed meanwhile takes it from nobody.
  const going = await goingOf(desk, atOnce);
  if (campaign.halted?.rewriting === true) await endHalt(desk.store, campaign);
  for await (const rows of olderRows(desk.store, { id, edition, after, size: SLICE })) {
    left += await rewrite(desk, going, rows);
    const to = rows.at(-1)?.contact ?? after;
    if (!(await noteRewritten(desk.store, campaign, to, desk.now())) || !mayGoOn()) return left;
  }
  const planned = campaign.plan.leaseUntil === null || campaign.plan.leaseUntil <= desk.now();
  if (!planned) return left;
  // A row that was put back, or planned, behind where the turns have come to: they begin again.
  if (await anyOlder(desk.store, id, edition)) await noteRewritten(desk.store, campaign, null, desk.now());
  else await markFresh(desk.store, campaign);
  return left;
}

/** In place: their ids and epochs stay, so that no answer of an earlier try is taken for a later one's. How many it left. */
async function rewrite(desk: Desk, going: Going, rows: readonly DeliveryDoc[]): Promise<number> {
  const contacts = await findContacts(desk.store, [...new Set(rows.map((row) => row.contact))]);
  const readable = contacts.filter(({ sealed }) => sealed !== null);
  const written = await rowsFor(desk, going, readable);
  const byContact = new Map(written.map((one) => [one.contact, one]));
  const keyless = readable.filter(
    ({ _id, keys }) => !byContact.has(_id) && isWrappedByOthers(desk.ring, keys),
  );
  // No process will write theirs: they end, or the campaign would never be fresh.
  const lost = await lostAmong(desk.store, keyless);
  const unread = new Set(keyless.filter((one) => !lost.includes(one)).map(({ _id }) => _id));
  const mine = rows.filter((row) => !unread.has(row.contact));
  const slice = mine.map((before) => ({ before, next: byContact.get(before.contact) ?? null }));
  await rewriteSlice(desk.store, slice, going.campaign.edition ?? 0, desk.now());
  return rows.length - mine.length;
}
