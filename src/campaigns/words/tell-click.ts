import type { Desk } from '../../consent/desk.ts';
import { takeEvent } from '../../contacts/take-event.ts';
import { type ClickDoc, markTold, untoldClicks } from '../../store/campaigns/clicks.ts';
import { noteClick } from '../../store/campaigns/sends.ts';

/** Type of the event that a contact's profile and segments know a click by. */
const CLICK_EVENT = 'click';

/** After so long whoever counted a click has told of it, or died over it, ms. */
const LATE_MS = 60_000;

/** Makes a person's click an event of the contact, and notes it with what the campaign sent them. */
export async function tellClick(desk: Desk, click: ClickDoc): Promise<void> {
  const { _id, contact, campaign, firstAt: at } = click;
  // Named by link and day: taken again, by a process that died here or beside another, it counts once. Ids that others
  // give have no space, so none can be this one.
  const id = `click ${_id}`;
  await takeEvent(desk, { who: { contact }, type: CLICK_EVENT, amount: null, id, at });
  if (campaign !== undefined) await noteClick(desk.store, contact, campaign);
  await markTold(desk.store, _id);
}

/** Tells of clicks that were counted by a process which died before it had told of them; one that fails leaves the others their turn. */
export async function tellLeftClicks(
  desk: Desk,
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<{ told: number }> {
  let told = 0;
  for await (const click of untoldClicks(desk.store, new Date(desk.now().getTime() - LATE_MS))) {
    if (told >= most || !goOn()) break;
    try {
      await tellClick(desk, click);
      told += 1;
    } catch (error) {
      desk.log.error({ error, delivery: click.delivery }, 'a click could not be told of; it is tried again');
    }
  }
  return { told };
}
