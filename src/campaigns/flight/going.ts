import type { Desk } from '../../consent/desk.ts';
import { type Program, programById, type Topic } from '../../domain/program.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import type { LeavesOut } from '../../store/campaigns/got.ts';
import { Refused } from '../refused.ts';
import { withCopy } from '../words/frozen-copy.ts';

export type Going = {
  campaign: CampaignDoc;
  frozen: NonNullable<CampaignDoc['frozen']>;
  program: Program;
  topic: Topic;
  /** Whose rows are asked who has got them: these people are left out; null: of none. */
  leavesOut: LeavesOut | null;
};

/** What a campaign's rows are written with now. Throws `Refused` where its program ended, or has its topic no more. */
export async function goingOf(
  desk: Desk,
  campaign: CampaignDoc,
  leavesOut: LeavesOut | null = null,
): Promise<Going> {
  if (campaign.frozen === null) throw new Error('a campaign was started without what it needs');
  // Another process may have saved the program a moment ago.
  if (aboutOf(desk, campaign) === null) await desk.catalog.refresh();
  const about = aboutOf(desk, campaign);
  if (about === null) throw new Refused(topicGone(campaign));
  if (about.program.status !== 'active') throw new Refused(PROGRAM_ENDED);
  const program = withCopy(about.program, campaign.frozen.copy);
  return { campaign, frozen: campaign.frozen, program, topic: about.topic, leavesOut };
}

/** Program and topic of a campaign as they stand; null where the program has the topic no more. */
export function aboutOf(
  desk: Desk,
  campaign: Pick<CampaignDoc, 'program' | 'topic'>,
): { program: Program; topic: Topic } | null {
  const program = programById(desk.catalog.current().book, campaign.program);
  const topic = program?.topics.find((one) => one.id === campaign.topic);
  return program === null || topic === undefined ? null : { program, topic };
}

export const PROGRAM_ENDED = 'Its program has ended: nothing of it may leave any more. Cancel it.';

export const topicGone = ({ topic }: Pick<CampaignDoc, 'topic'>): string =>
  `Its program has no topic "${topic}" any more. Give it back, PUT /programs/{id}, or cancel this.`;
