import type { AppContext } from '../consent/app-context.ts';
import { recordContactEvent } from '../contacts/events.ts';
import { type HandedOver, judgeClick, type Visit } from '../domain/templates/short-links.ts';
import { noteClick } from '../store/campaigns/send-history.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import {
  type ClickDoc,
  countClick,
  findLink,
  type LinkDoc,
  markTold,
  untoldClicks,
} from '../store/templates/links.ts';

/**
 * Where a code leads; null where there is none. The click is counted against its delivery and campaign; a person's is
 * an event of the contact as well, one a link and day however often it is opened. Whoever clicks gets there even where
 * that fails.
 */
export async function followLink(desk: AppContext, code: string, visit: Visit): Promise<string | null> {
  const link = await findLink(desk.store, code);
  if (link === null) return null;
  try {
    await countLinkClick(desk, link, visit);
  } catch (error) {
    desk.log.error({ error, delivery: link.delivery }, 'a click was not counted');
  }
  return link.target;
}

async function countLinkClick(desk: AppContext, link: LinkDoc, visit: Visit): Promise<void> {
  const [delivery] = await findDeliveries(desk.store, [link.delivery]);
  const judged = judgeClick(visit, handedOverAt(delivery));
  if (judged.kind === 'bot') {
    await countClick(desk.store, link, 'bot', judged.sign, visit.at);
    return;
  }
  const kind = link.test === true ? 'test' : 'person';
  const click = await countClick(desk.store, link, kind, null, visit.at);
  if (kind === 'person' && click.told !== true) await recordClick(desk, click);
}

/** Null where it cannot be known: its answer was lost, or its row is kept elsewhere. */
function handedOverAt(row: DeliveryDoc | undefined): HandedOver {
  if (row === undefined) return null;
  if (row.acceptedAt !== undefined) return row.acceptedAt;
  return row.open === true ? 'before' : null;
}

/** Type of the event that a contact's profile and segments know a click by. */
const CLICK_EVENT = 'click';

/** After so long whoever counted a click has told of it, or died over it, ms. */
const LATE_MS = 60_000;

/** Makes a person's click an event of the contact, and notes it with what the campaign sent them. */
async function recordClick(desk: AppContext, click: ClickDoc): Promise<void> {
  const { _id, contact, campaign, firstAt: at } = click;
  // Named by link and day: taken again, by a process that died here or beside another, it counts once. Ids that others
  // give have no space, so none can be this one.
  const id = `click ${_id}`;
  await recordContactEvent(desk, { who: { contact }, type: CLICK_EVENT, amount: null, id, at });
  if (campaign !== undefined) await noteClick(desk.store, contact, campaign);
  await markTold(desk.store, _id);
}

/** Tells of clicks that were counted by a process which died before it had told of them; one that fails leaves the others their turn. */
export async function recordLeftClicks(
  desk: AppContext,
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<{ told: number }> {
  let told = 0;
  for await (const click of untoldClicks(desk.store, new Date(desk.now().getTime() - LATE_MS))) {
    if (told >= most || !goOn()) break;
    try {
      await recordClick(desk, click);
      told += 1;
    } catch (error) {
      desk.log.error({ error, delivery: click.delivery }, 'a click could not be told of; it is tried again');
    }
  }
  return { told };
}
