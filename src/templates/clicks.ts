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
 * The target of a code; null where there is none. Counts the click for its delivery and campaign. A person's click
 * also becomes an event of the contact, one for each link and day. The visitor is redirected even where counting
 * fails.
 */
export async function followLink(context: AppContext, code: string, visit: Visit): Promise<string | null> {
  const link = await findLink(context.store, code);
  if (link === null) return null;
  try {
    await countLinkClick(context, link, visit);
  } catch (error) {
    context.log.error({ error, delivery: link.delivery }, 'a click could not be counted');
  }
  return link.target;
}

async function countLinkClick(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  link: LinkDoc,
  visit: Visit,
): Promise<void> {
  const [delivery] = await findDeliveries(context.store, [link.delivery]);
  const judged = judgeClick(visit, handedOverAt(delivery));
  if (judged.kind === 'bot') {
    await countClick(context.store, link, 'bot', judged.sign, visit.at);
    return;
  }
  const kind = link.test === true ? 'test' : 'person';
  const click = await countClick(context.store, link, kind, null, visit.at);
  if (kind === 'person' && click.told !== true) await recordClick(context, click);
}

/** Null where the time cannot be known: the carrier's answer was lost, or the delivery is not in the database. */
function handedOverAt(row: DeliveryDoc | undefined): HandedOver {
  if (row === undefined) return null;
  if (row.acceptedAt !== undefined) return row.acceptedAt;
  return row.open === true ? 'before' : null;
}

/** The event type under which profiles and segments know clicks. */
const CLICK_EVENT = 'click';

/** After this time, the process that counted a click has recorded its event or died, ms. */
const LATE_MS = 60_000;

/** Records a person's click as an event of the contact, and in the contact's send history. */
async function recordClick(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  click: ClickDoc,
): Promise<void> {
  const { _id, contact, campaign, firstAt: at } = click;
  // The id contains link and day, so that the click counts once, even if another process records it again. Ids from
  // clients contain no space, so none can equal this id.
  const id = `click ${_id}`;
  await recordContactEvent(context, { who: { contact }, type: CLICK_EVENT, amount: null, id, at });
  if (campaign !== undefined) await noteClick(context.store, contact, campaign);
  await markTold(context.store, _id);
}

/**
 * Records events for clicks whose process died before it did so. A failure with one click does not stop the others.
 */
export async function recordLeftClicks(
  context: AppContext,
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<{ told: number }> {
  let told = 0;
  for await (const click of untoldClicks(context.store, new Date(context.now().getTime() - LATE_MS))) {
    if (told >= most || !goOn()) break;
    try {
      await recordClick(context, click);
      told += 1;
    } catch (error) {
      context.log.error(
        { error, delivery: click.delivery },
        'a click could not be recorded on its contact; it is tried again',
      );
    }
  }
  return { told };
}
