import type { Desk } from '../../consent/desk.ts';
import { type HandedOver, judgeClick, type Visit } from '../../domain/links/judge-click.ts';
import { countClick } from '../../store/campaigns/clicks.ts';
import { findLink, type LinkDoc } from '../../store/campaigns/links.ts';
import { type DeliveryDoc, findDeliveries } from '../../store/deliveries/deliveries.ts';
import { tellClick } from './tell-click.ts';

/**
 * Where a code leads; null where there is none. The click is counted against its delivery and campaign; a person's is
 * an event of the contact as well, one a link and day however often it is opened. Whoever clicks gets there even where
 * that fails.
 */
export async function followLink(desk: Desk, code: string, visit: Visit): Promise<string | null> {
  const link = await findLink(desk.store, code);
  if (link === null) return null;
  try {
    await takeClick(desk, link, visit);
  } catch (error) {
    desk.log.error({ error, delivery: link.delivery }, 'a click was not counted');
  }
  return link.target;
}

async function takeClick(desk: Desk, link: LinkDoc, visit: Visit): Promise<void> {
  const [delivery] = await findDeliveries(desk.store, [link.delivery]);
  const judged = judgeClick(visit, handedOverAt(delivery));
  if (judged.kind === 'bot') {
    await countClick(desk.store, link, 'bot', judged.sign, visit.at);
    return;
  }
  const kind = link.test === true ? 'test' : 'person';
  const click = await countClick(desk.store, link, kind, null, visit.at);
  if (kind === 'person' && click.told !== true) await tellClick(desk, click);
}

/** Null where it cannot be known: its answer was lost, or its row is kept elsewhere. */
function handedOverAt(row: DeliveryDoc | undefined): HandedOver {
  if (row === undefined) return null;
  if (row.acceptedAt !== undefined) return row.acceptedAt;
  return row.open === true ? 'before' : null;
}
