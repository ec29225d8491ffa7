import type { Desk } from '../consent/desk.ts';
import { pickSender } from '../domain/sending/sender-pool.ts';
import { loadsOf } from '../sending/choose-sender.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import type { Going } from './plan-slice.ts';

/** What a campaign's rows are written with now. */
export async function goingOf(desk: Desk, campaign: CampaignDoc): Promise<Going> {
  const { book } = desk.catalog.current();
  const program = book.programs.find((one) => one.id === campaign.program);
  const topic = program?.topics.find((one) => one.id === campaign.topic);
  if (campaign.frozen === null || program === undefined || topic === undefined) {
    throw new Error('a campaign was started without what it needs');
  }
  const load = await loadsOf(desk.store, book, program);
  return {
    campaign,
    frozen: campaign.frozen,
    program,
    topic,
    senderFor: (country) => pickSender(program, book.senders, { sticky: null, country, ...load }),
  };
}
