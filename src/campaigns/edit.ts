import type { Desk } from '../consent/desk.ts';
import { canonical } from '../consent/ledger/ledger.ts';
import { placedFrom } from '../domain/campaigns/due.ts';
import {
  type Editable,
  type EditOrder,
  editFault,
  endsInTest,
  type Tested,
} from '../domain/campaigns/editing.ts';
import { isPlanned } from '../domain/campaigns/moves.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { type Edit, editPaused } from '../store/campaigns/flight.ts';
import type { MessageTemplateDoc } from '../store/campaigns/message-templates.ts';
import { countRows } from '../store/campaigns/plan.ts';
import { plannedWith } from '../store/campaigns/planned-with.ts';
import { isTimeLimit } from '../store/database-failure.ts';
import { hasBegun } from './begun.ts';
import { peopleOf, variantsOf } from './check-start.ts';
import { aboutOf } from './flight/going.ts';
import { MovedMeanwhile, Refused } from './refused.ts';
import { checkClickable } from './words/check-clickable.ts';
import { checkSendable } from './words/check-sendable.ts';
import { codesAdded, type PeopleLeft, poolsAdded, shortPool } from './words/coupons.ts';
import { copyOf } from './words/frozen-copy.ts';
import { namedTemplate } from './words/named-template.ts';

type Frozen = NonNullable<CampaignDoc['frozen']>;
type Words = Pick<Frozen, 'template' | 'variants' | 'copy'>;
type Order = EditOrder & { by: string; note: string };

/**
 * Changes a paused campaign for whoever has not got it: its words as the template has them now, its deadline; and when it
 * begins, while nothing of it is planned. Their rows are written anew by a worker before it can be resumed. Null
 * where there is no such campaign. Throws `Refused`.
 */
export async function editCampaign(desk: Desk, id: string, order: Order): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const at = desk.now();
  const begun = order.at !== undefined && (await hasBegun(desk, campaign));
  const fault = editFault(editableOf(campaign, begun, at), order, at);
  if (fault !== null) throw new Refused(fault.why, fault.field);
  const { frozen } = campaign;
  if (frozen === null) throw new Refused('It was never started.');
  const words = order.words ? await newWords(desk, campaign, frozen) : {};
  const edit = editOf(campaign, order, { ...frozen, ...words }, at);
  const edited = await editPaused(desk.store, campaign, edit, {
    frozen: { ...frozen, ...words, ...(order.at === undefined ? {} : { at: order.at }) },
    ...(order.at === undefined ? {} : { startAt: order.at }),
    ...(order.deadline === undefined ? {} : { deadline: order.deadline }),
  });
  if (edited === null) throw new MovedMeanwhile();
  return edited;
}

/** What is kept of an edit. `at`: when it is made. */
function editOf({ edition = 0 }: CampaignDoc, order: Order, words: Words, at: Date): Edit {
  const what = [
    ...(order.words ? [`words: ${versionsOf(words)}`] : []),
    ...(order.at === undefined ? [] : [`at: ${order.at.toISOString()}`]),
    ...(order.deadline === undefined ? [] : [`deadline: ${order.deadline?.toISOString() ?? 'none'}`]),
  ];
  return {
    ...{ edition: edition + 1, by: order.by, at, note: order.note, what },
    ...(order.words ? { words: true as const } : {}),
  };
}

const editableOf = (campaign: CampaignDoc, begun: boolean, now: Date): Editable => ({
  ...{ state: campaign.state, plan: campaign.plan, begun },
  claimed: (campaign.plan.leaseUntil ?? now) > now,
  ...testedOf(campaign),
  ...{ repeats: campaign.repeat !== undefined, isRun: campaign.runOf !== undefined },
});

/** What its deadline may not cut short. */
const testedOf = ({
  deadline,
  startAt,
  wentAt,
  when,
  split,
  awaitsWinner,
  plannedAt,
}: CampaignDoc): Tested => ({
  ...{
    deadline,
    startAt: startAt && placedFrom(startAt, wentAt),
    when: when ?? null,
    test: split?.test ?? null,
  },
  ...{ awaitsWinner: awaitsWinner === true, plannedAt: plannedAt ?? null },
});

/** Throws `Refused` where whoever waits for the winner of its test would get nothing any more. */
export function checkTestEnds(campaign: CampaignDoc, now: Date): void {
  if (endsInTest(testedOf(campaign), now)) throw new Refused(ENDS_IN_TEST);
}

const ENDS_IN_TEST =
  'Its deadline comes before its test is over, and who waits for the winner would get nothing. Give it a later one, or none: POST /campaigns/{id}/edit; then resume it.';

async function newWords(desk: Desk, campaign: CampaignDoc, frozen: Frozen): Promise<Words> {
  const template = await namedTemplate(desk.store, campaign, campaign.template, 'words');
  const about = aboutOf(desk, campaign);
  const next: Words = {
    template,
    ...(campaign.split === undefined ? {} : { variants: await variantsOf(desk, campaign) }),
    copy: about === null ? frozen.copy : copyOf(desk, about.program),
  };
  if (saidBy({ ...frozen, ...next }) === saidBy(frozen)) {
    throw new Refused(
      'Its words have not changed. Save the template first, PUT /templates/{id}, or its program.',
      'words',
    );
  }
  const going = next.variants === undefined ? [template] : Object.values(next.variants);
  if (about !== null) await checkSendable(desk, about.program, going, 'words');
  // Once the winner is chosen nothing is decided by clicks any more.
  if (campaign.winner === undefined) checkClickable(campaign, next.variants ?? {}, 'words');
  await checkPools(desk, campaign, frozen, next);
  return next;
}

/** Who is planned has a code already where the text they were to get, of their variant in their language, took one of the pool. */
async function checkPools(desk: Desk, campaign: CampaignDoc, frozen: Frozen, next: Words): Promise<void> {
  const { split } = campaign;
  if (poolsAdded(frozen, next, split).size === 0) return;
  const left = await peopleLeft(desk, campaign, frozen);
  const needed = codesAdded(frozen, next, split, left);
  const short = await shortPool(desk, needed, sumOf(left) + left.unplanned);
  if (short !== null) throw new Refused(short);
}

/** Who may still get it. Who waits for the winner of a test, or is not planned yet, has no row. */
async function peopleLeft(desk: Desk, campaign: CampaignDoc, { segment, at }: Frozen): Promise<PeopleLeft> {
  if (isPlanned(campaign)) return { ...(await plannedOf(desk, campaign)), unplanned: 0 };
  const after = turnsUpTo(campaign);
  const people = await peopleOf(desk, campaign, { segment, at, most: null, after });
  const planned = await plannedOf(desk, campaign);
  if (after !== null) return { ...planned, unplanned: people };
  // Those who have theirs too: how many of them are still in the audience nobody counts. Some who are planned may have left it since.
  return { ...planned, unplanned: Math.max(0, people - sumOf(planned)) };
}

/** Contact up to which everybody had their turn; null where that is not known by contact, or some wait for the winner of a test. */
const turnsUpTo = ({ plan, split, winner, missed }: CampaignDoc): string | null =>
  missed === undefined && (split?.test == null || winner !== undefined) ? plan.cursor : null;

type Planned = Omit<PeopleLeft, 'unplanned'>;

/** By their words, which takes their rows; where that takes too long only how many, which an index tells. */
async function plannedOf({ store }: Desk, { _id }: CampaignDoc): Promise<Planned> {
  try {
    return { planned: await plannedWith(store, _id) };
  } catch (error) {
    if (!isTimeLimit(error)) throw error;
    return { planned: [], inAnyWords: (await countRows(store, _id)).planned };
  }
}

const sumOf = ({ planned, inAnyWords = 0 }: Planned): number =>
  planned.reduce((sum, { people }) => sum + people, inAnyWords);

const wordsOf = ({ template, variants = {} }: Words): MessageTemplateDoc[] => [
  template,
  ...Object.values(variants),
];

const saidBy = (words: Words): string => canonical([versionsOf(words), words.copy]);

function versionsOf(words: Words): string {
  return [...new Set(wordsOf(words).map(({ _id, version }) => `${_id} version ${version}`))].join(', ');
}
