import type { Desk } from '../../consent/desk.ts';
import { isHeldOut } from '../../domain/campaigns/split.ts';
import { gatherAudience } from '../../store/campaigns/audience.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { missedPage } from '../../store/campaigns/missed.ts';
import { rowStates } from '../../store/campaigns/plan.ts';
import { campaignRowId } from '../../store/campaigns/row.ts';
import { type ContactDoc, findContacts } from '../../store/people/contacts.ts';
import { turnOf } from '../flight/turns.ts';
import type { Plan } from './addressees.ts';
import { estimateAudience } from './estimate-audience.ts';
import { missedAbout } from './missed-people.ts';
import { whoAt } from './people-of.ts';
import { CountTookLong } from './preview-audience.ts';

/** Most people whose message is placed one by one; beyond, a fair sample of as many stands for all. */
const MOST_PLACED = 5000;

/** How long the count may take, ms. */
const COUNT_MS = 5000;

/** Contacts of which an estimate is made where the count takes longer. */
const SAMPLE = 20_000;

/** How many an audience has, and a fair sample of them. */
export async function audienceOf(
  desk: Desk,
  plan: Plan,
  start: Date,
): Promise<{ people: number; stored: readonly ContactDoc[] }> {
  const { _id, missed } = plan.campaign;
  if (missed !== undefined) {
    const page = await missedPage(desk.store, missed, _id, { after: null, limit: MOST_PLACED });
    const people = page.complete ? page.people.length : await missedAbout(desk, missed, _id);
    if (people === null) throw new CountTookLong();
    return { people, stored: page.people };
  }
  const who = whoAt(plan, start);
  const asked = { some: MOST_PLACED, budgetMs: COUNT_MS, most: false };
  const gathered =
    (await gatherAudience(desk.store, who, asked)) ??
    (await estimateAudience(desk.store, who, { of: SAMPLE, some: MOST_PLACED }));
  if (gathered === null) throw new CountTookLong();
  return { people: gathered.people, stored: await findContacts(desk.store, gathered.ids) };
}

export type Turns = { over: ReadonlySet<string>; planned: ReadonlyMap<string, string> };

/**
 * Of those looked at, whose turn is `over`: their message left or ended, or they came too late to have one. Who is held
 * out has none, and is told apart. `planned`: whose message waits to leave, which their hour takes from them no more, with the
 * number that it leaves from.
 */
export async function turnsOf(
  desk: Desk,
  campaign: CampaignDoc,
  people: readonly ContactDoc[],
): Promise<Turns> {
  if (campaign.state === 'draft') return { over: new Set(), planned: new Map() };
  const ids = people.map(({ index }) => campaignRowId(campaign._id, index));
  const rows = new Map((await rowStates(desk.store, ids)).map((row) => [row.contact, row]));
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
  };
}

/** Of somebody without a row: whether the planner has been past them, and does not come again for a winner. */
function wasPassed(campaign: CampaignDoc, person: string): boolean {
  const { plan, winner } = campaign;
  if (turnOf(campaign, person) === null) return winner !== undefined;
  return plan.complete || (plan.cursor !== null && person <= plan.cursor);
}
