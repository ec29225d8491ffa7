import type { Desk } from '../consent/desk.ts';
import { mostPlanned, ONE_HAND, reachedSentence } from '../domain/campaigns/approval.ts';
import { isPlanned } from '../domain/campaigns/moves.ts';
import { programById } from '../domain/program.ts';
import { areOfOneHand } from '../store/api-keys.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { type Edit, noteApproval } from '../store/campaigns/flight.ts';
import { readCampaignRules } from '../store/campaigns/rules.ts';
import { draftTree } from './audience/segments.ts';
import { checkApproval, draftDigest, peopleOf, variantsOf } from './check-start.ts';
import { MovedMeanwhile, Refused } from './refused.ts';
import { copyOf } from './words/frozen-copy.ts';
import { namedTemplate } from './words/named-template.ts';

/**
 * A second person's yes to a draft as it stands now, or to the words or the people that a paused campaign has by now; it
 * lapses when draft or words change. Null where there is no such campaign. Throws `Refused`, also to whoever asked for it,
 * and `SegmentRefused`.
 */
export async function approveCampaign(desk: Desk, id: string, by: string): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const edit = newestWords(campaign);
  if (campaign.state !== 'draft' && (campaign.state !== 'paused' || !mayOutgrow(campaign))) {
    throw new Refused(
      'Only a draft can be approved, or a paused campaign that has new words, repeats, or has people who have no message of it yet.',
    );
  }
  const asker = edit?.by ?? campaign.startedBy ?? campaign.asked?.by ?? campaign.savedBy;
  if (asker === by) {
    throw new Refused('The key that asked cannot approve. A second person must, with a key of their own.');
  }
  if (await areOfOneHand(desk.store, asker, by)) {
    throw new Refused(`The key that asked cannot approve by another. ${ONE_HAND}`);
  }
  const at = desk.now();
  const seen =
    campaign.frozen === null ? await draftNow(desk, campaign, at) : await draftInFlight(desk, campaign);
  const approved = await noteApproval(desk.store, campaign, { by, at, ...seen });
  if (approved === null) throw new MovedMeanwhile();
  return approved;
}

type Seen = { people: number; draft: string };

async function draftNow(desk: Desk, campaign: CampaignDoc, at: Date): Promise<Seen> {
  const { book } = desk.catalog.current();
  const program = programById(book, campaign.program);
  if (program === null) throw new Refused('Its program is gone.');
  const template = await namedTemplate(desk.store, campaign, campaign.template);
  const segment = await draftTree(desk.store, book, campaign, at);
  const people = await peopleOf(desk, campaign, { segment, at, most: null });
  const seen = { template, segment, copy: copyOf(desk, program) };
  return { people, draft: draftDigest(campaign, seen, await variantsOf(desk, campaign)) };
}

/** Of one that was started those count who have a message planned, exactly, and beside them whoever can get it now. */
async function draftInFlight(desk: Desk, campaign: CampaignDoc): Promise<Seen> {
  const { frozen, plan, missed } = campaign;
  if (frozen === null) throw new Refused('It was never started.');
  const draft = digestOf(campaign, frozen);
  if (isPlanned(campaign)) return { people: plan.planned, draft };
  // Of a recurrence each time has its own people.
  const at = campaign.repeat === undefined ? frozen.at : desk.now();
  // Those who wait for the winner of a test have their turn from the first contact on.
  const after = campaign.awaitsWinner === true ? null : plan.cursor;
  const ahead = await peopleOf(desk, campaign, { segment: frozen.segment, at, most: null, after });
  // Those of a resend are counted whole, whoever has a message of it.
  return { people: missed === undefined ? plan.planned + ahead : Math.max(plan.planned, ahead), draft };
}

const digestOf = (campaign: CampaignDoc, frozen: NonNullable<CampaignDoc['frozen']>): string =>
  draftDigest(campaign, frozen, frozen.variants ?? {});

/** The newest edit that changed words. */
const newestWords = ({ edits = [] }: CampaignDoc): Edit | undefined =>
  edits.findLast(({ words }) => words === true);

/** Whether it may be another than was approved: by its words, or by its people, who may come to fit until all have their row. */
const mayOutgrow = (campaign: CampaignDoc): boolean =>
  newestWords(campaign) !== undefined || campaign.repeat !== undefined || !isPlanned(campaign);

/**
 * Throws `Refused` where a second person has to say yes before a paused campaign goes on: to words that were edited since they
 * did, or to more people than may have a message of it. Nobody is counted.
 */
export async function checkResumed(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const { approvalOver: over } = await readCampaignRules(desk.store);
  const { frozen, plan, approval = null } = campaign;
  if (over === null || frozen === null) return;
  const edit = newestWords(campaign);
  if (edit !== undefined) {
    const people = Math.max(plan.planned, approval?.people ?? 0);
    await checkApproval(desk, campaign, { by: edit.by, people, draft: digestOf(campaign, frozen) });
  }
  const most = mostPlanned(over, approval);
  if (most !== null && !plan.complete && plan.planned >= most)
    throw new Refused(reachedSentence(most, approval));
}

/** How many more people may have a message of a campaign planned; null: everybody. */
export async function leftToPlan(
  desk: Desk,
  { plan, approval = null }: CampaignDoc,
): Promise<PlanningLimit | null> {
  const { approvalOver } = await readCampaignRules(desk.store);
  const most = mostPlanned(approvalOver, approval);
  if (most === null) return null;
  return { left: Math.max(0, most - plan.planned), why: reachedSentence(most, approval) };
}

/** `why`: said of a campaign that more people can get. */
export type PlanningLimit = { left: number; why: string };
