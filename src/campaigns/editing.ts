import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import { canonical } from '../consent/ledger/ledger.ts';
import { type Editable, type EditOrder, editFault } from '../domain/campaigns/editing.ts';
import type { CampaignDoc, Edit } from '../store/campaigns/campaign-document.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import {
  anyOlder,
  editPaused,
  endHalt,
  markRerendered,
  messagesOfOlderEdition,
  noteRewritten,
} from '../store/campaigns/editing.ts';
import { rewriteSlice } from '../store/campaigns/messages.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { isWrappedByOthers } from '../store/sealing/keys.ts';
import { lostAmong } from '../store/startup-checks.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { checkSendable } from '../templates/save-template.ts';
import {
  frozenCopyOf,
  type MessageContext,
  messageContext,
  programAndTopic,
  templateOfProgram,
  variantsOf,
} from './content.ts';
import { poolsAdded } from './coupon-demand.ts';
import { checkClickable, testedOf } from './experiment.ts';
import { hasBegun } from './send-history.ts';
import { messagesFor } from './worker/batch.ts';

type Frozen = NonNullable<CampaignDoc['frozen']>;
type Words = Pick<Frozen, 'template' | 'variants' | 'copy'>;
type Order = EditOrder & { by: string; note: string };

/**
 * Changes a paused campaign for whoever has not got it: its words as the template has them now, its deadline; and when it
 * begins, while nothing of it is planned. Their rows are written anew by a worker before it can be resumed. Null
 * where there is no such campaign. Throws `Refused`.
 */
export async function editCampaign(desk: AppContext, id: string, order: Order): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(desk.store, id);
  if (campaign === null) return null;
  const at = desk.now();
  const begun = order.at !== undefined && (await hasBegun(desk, campaign));
  const fault = editFault(editableOf(campaign, begun, at), order, at);
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  const { frozen } = campaign;
  if (frozen === null) throw new CommandRefused('It was never started.');
  const words = order.words ? await newWords(desk, campaign, frozen) : {};
  const edit = editOf(campaign, order, { ...frozen, ...words }, at);
  const edited = await editPaused(desk.store, campaign, edit, {
    frozen: { ...frozen, ...words, ...(order.at === undefined ? {} : { at: order.at }) },
    ...(order.at === undefined ? {} : { startAt: order.at }),
    ...(order.deadline === undefined ? {} : { deadline: order.deadline }),
  });
  if (edited === null) throw new ConcurrentChange();
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

async function newWords(desk: AppContext, campaign: CampaignDoc, frozen: Frozen): Promise<Words> {
  const template = await templateOfProgram(desk.store, campaign, campaign.template, 'words');
  const about = programAndTopic(desk, campaign);
  const next: Words = {
    template,
    ...(campaign.split === undefined ? {} : { variants: await variantsOf(desk, campaign) }),
    copy: about === null ? frozen.copy : frozenCopyOf(desk, about.program),
  };
  if (saidBy({ ...frozen, ...next }) === saidBy(frozen)) {
    throw new CommandRefused(
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
  throw new CommandRefused(why, 'words');
}

const wordsOf = ({ template, variants = {} }: Words): MessageTemplateDoc[] => [
  template,
  ...Object.values(variants),
];

const saidBy = (words: Words): string => canonical([versionsOf(words), words.copy]);

function versionsOf(words: Words): string {
  return [...new Set(wordsOf(words).map(({ _id, version }) => `${_id} version ${version}`))].join(', ');
}

/** Rows at a time: some hundred ms. */
const SLICE = 200;

/**
 * Writes planned rows of a paused campaign anew by its newest edition, at least one slice, from where the last turn ended
 * until `mayGoOn` says no. It is fresh once nobody writes rows of it and none that may still leave is older. How many it
 * left as they are because this process lacks the keys of their people: one that has them writes them.
 */
export async function rerenderMessages(
  desk: AppContext,
  campaign: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<number> {
  let left = 0;
  const { _id: id, edition = 0, rewrittenTo: after = null } = campaign;
  const { when: _, ...atOnce } = campaign;
  // When each is due stands in its row: that an hour has passed meanwhile takes it from nobody.
  const going = await messageContext(desk, atOnce);
  if (campaign.halted?.rewriting === true) await endHalt(desk.store, campaign);
  for await (const rows of messagesOfOlderEdition(desk.store, { id, edition, after, size: SLICE })) {
    left += await rewrite(desk, going, rows);
    const to = rows.at(-1)?.contact ?? after;
    if (!(await noteRewritten(desk.store, campaign, to, desk.now())) || !mayGoOn()) return left;
  }
  const planned = campaign.plan.leaseUntil === null || campaign.plan.leaseUntil <= desk.now();
  if (!planned) return left;
  // A row that was put back, or planned, behind where the turns have come to: they begin again.
  if (await anyOlder(desk.store, id, edition)) await noteRewritten(desk.store, campaign, null, desk.now());
  else await markRerendered(desk.store, campaign);
  return left;
}

/** In place: their ids and epochs stay, so that no answer of an earlier try is taken for a later one's. How many it left. */
async function rewrite(
  desk: AppContext,
  going: MessageContext,
  rows: readonly DeliveryDoc[],
): Promise<number> {
  const contacts = await findContacts(desk.store, [...new Set(rows.map((row) => row.contact))]);
  const readable = contacts.filter(({ sealed }) => sealed !== null);
  const written = await messagesFor(desk, going, readable);
  const byContact = new Map(written.map((one) => [one.contact, one]));
  const keyless = readable.filter(
    ({ _id, keys }) => !byContact.has(_id) && isWrappedByOthers(desk.ring, keys),
  );
  // No process will write theirs: they end, or the campaign would never be fresh.
  const lost = await lostAmong(desk.store, keyless);
  const unread = new Set(keyless.filter((one) => !lost.includes(one)).map(({ _id }) => _id));
  const mine = rows.filter((row) => !unread.has(row.contact));
  const slice = mine.map((before) => ({ before, next: byContact.get(before.contact) ?? null }));
  await rewriteSlice(desk.store, slice, going.campaign.edition ?? 0, desk.now());
  return rows.length - mine.length;
}
