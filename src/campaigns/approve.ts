import type { Desk } from '../consent/desk.ts';
import { ONE_HAND } from '../domain/campaigns/approval.ts';
import { isPlanned } from '../domain/campaigns/moves.ts';
import { programById } from '../domain/program.ts';
import { areOfOneHand } from '../store/api-keys.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { type Edit, noteApproval } from '../store/campaigns/flight.ts';
import { countRows } from '../store/campaigns/plan.ts';
import { readCampaignRules } from '../store/campaigns/rules.ts';
import { isTimeLimit } from '../store/database-failure.ts';
import { draftTree } from './audience/segments.ts';
import { isToBegin } from './begun.ts';
import { checkApproval, draftDigest, peopleOf, variantsOf } from './check-start.ts';
import { UNCOUNTED } from './flight/rest-untold.ts';
import { MovedMeanwhile, Refused, Uncounted } from './refused.ts';
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

async function draftInFlight(desk: Desk, campaign: CampaignDoc): Promise<Seen> {
  const { frozen } = campaign;
  if (frozen === null) throw new Refused('It was never started.');
  // Of a recurrence each time has its own people.
  const at = campaign.repeat === undefined ? frozen.at : desk.now();
  const { segment } = frozen;
  const draft = draftDigest(campaign, frozen, frozen.variants ?? {});
  if (isPlanned(campaign)) return { people: await plannedOf(desk, campaign), draft };
  return { people: await peopleOf(desk, campaign, { segment, at, most: null }), draft };
}

/** Nobody but them can get its new words any more. */
async function plannedOf({ store }: Desk, { _id }: CampaignDoc): Promise<number> {
  const { planned } = await countRows(store, _id).catch((error: unknown) => {
    throw isTimeLimit(error) ? new Uncounted(UNCOUNTED_ROWS) : error;
  });
  return planned;
}

const UNCOUNTED_ROWS =
  'Its messages could not be counted in time, which approvals need. Try again when less is sent.';

/** The newest edit that changed words. */
const newestWords = ({ edits = [] }: CampaignDoc): Edit | undefined =>
  edits.findLast(({ words }) => words === true);

/** Whether it may be another than was approved: by its words, or by its people, who may come to fit until all have their row. */
const mayOutgrow = (campaign: CampaignDoc): boolean =>
  newestWords(campaign) !== undefined || campaign.repeat !== undefined || !isPlanned(campaign);

/**
 * Of one that was started: throws `Refused` where a second person has to see first what became of it, and
 * `Uncounted`.
 */
export async function checkSeen(
  desk: Desk,
  campaign: CampaignDoc,
  beforeCount: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  if (!mayOutgrow(campaign)) return;
  // Its people are not counted for nothing: of a million it takes seconds.
  if ((await readCampaignRules(desk.store)).approvalOver === null) return;
  if (!isPlanned(campaign)) await beforeCount();
  const by = newestWords(campaign)?.by ?? campaign.savedBy;
  await checkApproval(desk, campaign, { by, ...(await draftInFlight(desk, campaign)) });
}

/**
 * The same of one that is resumed. What has begun and cannot be counted now goes on, and is counted by a planner before more of it
 * is planned: why it waits. So is who waits for the winner of a test, once it is chosen.
 */
export async function checkResumed(desk: Desk, campaign: CampaignDoc): Promise<Pick<CampaignDoc, 'halted'>> {
  const { plan, awaitsWinner } = campaign;
  // Its words would leave before a planner looks.
  const edited = newestWords(campaign) !== undefined;
  if (!edited && plan.complete && awaitsWinner === true) return {};
  try {
    await checkSeen(desk, campaign);
    return {};
  } catch (error) {
    const isLeft = !edited && !plan.complete && !isToBegin(campaign);
    if (!isLeft || !(error instanceof Uncounted)) throw error;
    return { halted: { why: UNCOUNTED, at: desk.now() } };
  }
}
