import type { AppContext } from '../consent/app-context.ts';
import { isHeldOut } from '../domain/campaigns/experiment.ts';
import { type Population, wholePopulation } from '../domain/statistics.ts';
import { CountTookLong, estimateAudience } from '../segments/preview.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignRowId, messageStates } from '../store/campaigns/messages.ts';
import { type Missed, missedPage } from '../store/campaigns/resend.ts';
import { type Gathered, gatherAudience } from '../store/contacts/audience.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { variantNow } from './experiment.ts';
import type { PreviewPlan } from './preview-plan.ts';
import { estimateResendRecipients, gatherResendRecipients, previewFilter } from './recipients.ts';

/**
 * The most people whose message is scheduled one by one. Beyond that, a fair sample of this size stands for all.
 */
const MOST_PLACED = 5000;

/** Time limit of the count, ms. */
const COUNT_MS = 5000;

/** Contacts sampled for an estimate when the count takes longer. */
const SAMPLE = 20_000;

/**
 * Which people of a campaign a preview is about: its whole audience, or those whom the planner has yet to reach. A
 * campaign that waits for a winner is planned twice, so any of its people may be ahead.
 */
export type PreviewScope = 'whole' | 'ahead';

/**
 * `after`: the people begin after this contact. `spread`: the planner and the dispatcher have gone through these
 * people in the order of their ids, so a sample of the lowest ids would be of people who are done.
 */
type Range = { after: string | null; spread: false } | { after: null; spread: true };

function rangeOf({ state, awaitsWinner, plan }: CampaignDoc, scope: PreviewScope): Range {
  if (scope === 'ahead' && awaitsWinner !== true) return { after: plan.cursor, spread: false };
  return state === 'draft' ? { after: null, spread: false } : { after: null, spread: true };
}

/** The size of an audience, and a fair sample of its people. */
type Audience = { population: Population; stored: readonly ContactDoc[] };
type Counting = Pick<AppContext, 'monotonic' | 'mostPlaced' | 'store'>;

/** Counts the people of a preview, and reads a fair sample of them. Throws `CountTookLong`. */
export async function audienceOf(
  context: Counting,
  plan: PreviewPlan,
  { start, scope }: { start: Date; scope: PreviewScope },
): Promise<Audience> {
  const { campaign } = plan;
  const range = rangeOf(campaign, scope);
  if (campaign.missed !== undefined) return missedAudience(context, campaign, campaign.missed, range);
  const { store, mostPlaced: some = MOST_PLACED } = context;
  const { after, spread } = range;
  const all = previewFilter(plan, start);
  const who = after === null ? all : { $and: [all, { _id: { $gt: after } }] };
  const counted = await gatherAudience(store, who, { some, budgetMs: COUNT_MS, most: false, spread });
  if (counted !== null) return read(context, counted, wholePopulation(counted.people));
  const estimated = await estimateAudience(store, all, { of: SAMPLE, some, ...range });
  if (estimated === null) throw new CountTookLong();
  return read(context, estimated, estimated.population);
}

const read = async (
  { store }: Pick<AppContext, 'store'>,
  { ids }: Gathered,
  population: Population,
): Promise<Audience> => ({ population, stored: await findContacts(store, ids) });

/** The audience of a resend: the people who missed the other campaign. */
async function missedAudience(
  context: Counting,
  { _id }: CampaignDoc,
  missed: Missed,
  { after, spread }: Range,
): Promise<Audience> {
  const { mostPlaced: limit = MOST_PLACED } = context;
  const page = await missedPage(context.store, missed, _id, { after, limit });
  if (page.complete) return { population: wholePopulation(page.people.length), stored: page.people };
  if (spread) {
    const gathered = await gatherResendRecipients(context, missed, _id, limit);
    if (gathered === null) throw new CountTookLong();
    return read(context, gathered, wholePopulation(gathered.people));
  }
  const population = await estimateResendRecipients(context, missed, _id, { after });
  if (population === null) throw new CountTookLong();
  return { population, stored: page.people };
}

export type PlannedAndOver = {
  over: ReadonlySet<string>;
  planned: ReadonlyMap<string, string>;
  heldOut: ReadonlySet<string>;
};

/**
 * `over`: people who get nothing more of the campaign, because their message was sent or ended, or because they
 * joined the audience after planning had passed them. `planned`: the sender of each person's planned message; a passed
 * local time does not cancel these messages. `heldOut`: people whom the planner has put into the holdout.
 */
export async function plannedAndOver(
  context: Pick<AppContext, 'store'>,
  campaign: CampaignDoc,
  people: readonly ContactDoc[],
): Promise<PlannedAndOver> {
  if (campaign.state === 'draft') return { over: new Set(), planned: new Map(), heldOut: new Set() };
  const ids = people.map(({ index }) => campaignRowId(campaign._id, index));
  const rows = new Map((await messageStates(context.store, ids)).map((row) => [row.contact, row]));
  const isOver = (person: string): boolean => {
    const row = rows.get(person);
    if (row === undefined) return wasPassed(campaign, person);
    return row.state !== 'planned' && !isHeldOut(row.decision);
  };
  const all = people.map(({ _id }) => _id);
  const waiting = [...rows].filter(([, { state }]) => state === 'planned');
  return {
    over: new Set(all.filter(isOver)),
    planned: new Map(waiting.map(([person, { sender }]) => [person, sender])),
    heldOut: new Set(all.filter((person) => isHeldOut(rows.get(person)?.decision ?? null))),
  };
}

/** For a person without a delivery: true where the planner has passed them and does not come again for a winner. */
function wasPassed(campaign: CampaignDoc, person: string): boolean {
  const { plan, winner } = campaign;
  if (variantNow(campaign, person) === null) return winner !== undefined;
  return plan.complete || (plan.cursor !== null && person <= plan.cursor);
}
