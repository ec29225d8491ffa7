import type { Desk } from '../consent/desk.ts';
import { type Move, move, timesFault } from '../domain/campaigns/moves.ts';
import { cancelRows } from '../store/campaign-plan.ts';
import { type CampaignDoc, findCampaign, moveCampaign } from '../store/campaigns.ts';
import { findMessageTemplate } from '../store/message-templates.ts';
import { shortPool } from './coupons.ts';
import { resolveTree } from './segments.ts';

/** What was asked of a campaign cannot be done; the sentence says why, `field` what it is about. */
export class CampaignRefused extends Error {
  override name = 'CampaignRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

export type Start = { at: Date | null; deadline: Date | null; everyone: boolean };

/**
 * Freezes audience and words of a draft and lets it be planned when its time comes. Null where there is no such
 * campaign. Throws `CampaignRefused`, and `SegmentRefused` where its segment names what is gone.
 */
export async function startCampaign(desk: Desk, id: string, start: Start): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const now = desk.now();
  const to = moveOrThrow(campaign, 'start', now);
  const fault = timesFault(start.at, start.deadline, now);
  if (fault === 'at') throw new CampaignRefused('This time has passed.', 'at');
  if (fault === 'deadline') throw new CampaignRefused('The deadline must come after the start.', 'deadline');
  const { book } = desk.catalog.current();
  const program = book.programs.find((one) => one.id === campaign.program);
  if (program?.status !== 'active') throw new CampaignRefused('Its program has ended.');
  const template = await findMessageTemplate(desk.store, campaign.template);
  if (template === null) throw new CampaignRefused('Its template is gone.');
  const segment = await resolveTree(desk.store, book, campaign.segment, null);
  if (segment.kind === 'everyone' && !start.everyone) {
    throw new CampaignRefused(
      'It would go to everyone who may get it. Say so: "everyone": true.',
      'everyone',
    );
  }
  const short = await shortPool(desk, template, segment, start.at ?? now);
  if (short !== null) throw new CampaignRefused(short);
  return moved(
    await moveCampaign(desk.store, id, campaign.state, {
      state: to,
      startAt: start.at ?? now,
      deadline: start.deadline,
      frozen: { segment, template, at: start.at ?? now },
      updatedAt: now,
    }),
  );
}

/** Pauses, resumes or cancels. Null where there is no such campaign. Throws `CampaignRefused`. */
export async function steerCampaign(
  desk: Desk,
  id: string,
  how: Exclude<Move, 'edit' | 'start'>,
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const now = desk.now();
  const to = moveOrThrow(campaign, how, now);
  const state = to === 'scheduled' && campaign.plan.complete ? 'sending' : to;
  const ended = state === 'canceled' ? { endedAt: now } : {};
  const after = moved(
    await moveCampaign(desk.store, id, campaign.state, { state, updatedAt: now, ...ended }),
  );
  if (state === 'canceled') await cancelRows(desk.store, id);
  return after;
}

function moveOrThrow(campaign: CampaignDoc, how: Move, now: Date): CampaignDoc['state'] {
  const moved = move(campaign, how, now);
  if (!moved.ok) throw new CampaignRefused(moved.why);
  return moved.to;
}

function moved(after: CampaignDoc | null): CampaignDoc {
  if (after === null) throw new CampaignRefused('Someone else moved it at the same moment. Read it again.');
  return after;
}
