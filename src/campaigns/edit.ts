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
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { type Edit, editPaused } from '../store/campaigns/flight.ts';
import type { MessageTemplateDoc } from '../store/campaigns/message-templates.ts';
import { hasBegun } from './begun.ts';
import { variantsOf } from './check-start.ts';
import { aboutOf } from './flight/going.ts';
import { MovedMeanwhile, Refused } from './refused.ts';
import { checkClickable } from './words/check-clickable.ts';
import { checkSendable } from './words/check-sendable.ts';
import { poolsAdded } from './words/coupons.ts';
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
  ...{ repeats: campaign.repeat !== undefined, runOf: campaign.runOf ?? null },
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
  checkPools(campaign, frozen, next);
  return next;
}

/** A start counted the codes of the old words, and who is planned has theirs: of another pool there may be too few. */
function checkPools({ split }: CampaignDoc, frozen: Frozen, next: Words): void {
  const [added] = poolsAdded(frozen, next, split);
  if (added === undefined) return;
  const why = `The new words take codes of "${added}" that the old ones did not. Cancel it and draft another.`;
  throw new Refused(why, 'words');
}

const wordsOf = ({ template, variants = {} }: Words): MessageTemplateDoc[] => [
  template,
  ...Object.values(variants),
];

const saidBy = (words: Words): string => canonical([versionsOf(words), words.copy]);

function versionsOf(words: Words): string {
  return [...new Set(wordsOf(words).map(({ _id, version }) => `${_id} version ${version}`))].join(', ');
}
