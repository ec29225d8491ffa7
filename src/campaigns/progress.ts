import type { Desk } from '../consent/desk.ts';
import { senderRate } from '../domain/program.ts';
import { countRows } from '../store/campaign-plan.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import { clickedOf } from '../store/clicks.ts';
import type { DeliveryState } from '../store/deliveries.ts';

export type Progress = {
  people: number;
  planComplete: boolean;
  rows: Record<DeliveryState, number>;
  /** Messages of which a person opened a link, and those of which only machines did. */
  clicked: { people: number; bots: number };
  /** When the last of what is planned has left at the program's speed, were nothing else sent; null where nothing waits. */
  doneAt: Date | null;
};

/** How far a campaign is, from its rows as they stand now. */
export async function progressOf(desk: Desk, campaign: CampaignDoc): Promise<Progress> {
  const [rows, clicked] = await Promise.all([
    countRows(desk.store, campaign._id),
    clickedOf(desk.store, campaign._id),
  ]);
  const { book } = desk.catalog.current();
  const program = book.programs.find((one) => one.id === campaign.program);
  const pool = book.senders.filter(({ number }) => program?.numbers.includes(number));
  const perSecond = pool.reduce((sum, sender) => sum + senderRate(sender), 0);
  const flying = campaign.state === 'sending' && rows.planned > 0 && perSecond > 0;
  return {
    people: campaign.plan.people,
    planComplete: campaign.plan.complete,
    rows,
    clicked,
    doneAt: flying ? new Date(desk.now().getTime() + (rows.planned / perSecond) * 1000) : null,
  };
}
