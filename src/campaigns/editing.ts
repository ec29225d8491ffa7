import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import { type Editable, type EditOrder, editFault } from '../domain/campaigns/editing.ts';
import { canonical } from '../domain/canonical-json.ts';
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
import { closedAmong } from '../store/startup-checks.ts';
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
 * Edits a paused campaign for the people who have not got it: takes the current words of its template, changes its
 * deadline, and moves its start while nothing is planned. A worker renders planned deliveries anew before the campaign
 * can be resumed. Null where there is no such campaign. Throws `CommandRefused`.
 */
export async function editCampaign(
  context: AppContext,
  id: string,
  order: Order,
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  const at = context.now();
  const editable = editableOf(campaign, await hasBegun(context, campaign), at);
  const fault = editFault(editable, order, at);
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  const { frozen } = campaign;
  if (frozen === null) throw new CommandRefused('It was never started.');
  const words = order.words ? await newWords(context, campaign, frozen) : {};
  const edit = editOf(campaign, order, { ...frozen, ...words }, at);
  const edited = await editPaused(context.store, campaign, edit, {
    frozen: { ...frozen, ...words, ...(order.at === undefined ? {} : { at: order.at }) },
    ...(order.at === undefined ? {} : { startAt: order.at }),
    ...(order.deadline === undefined ? {} : { deadline: order.deadline }),
    // A campaign that has not begun has nothing to render, so it can be resumed at once.
    stale: editable.begun || editable.claimed,
  });
  if (edited === null) throw new ConcurrentChange();
  return edited;
}

/** The record of an edit. `at`: when the edit is made. */
function editOf({ edition = 0 }: CampaignDoc, order: Order, words: Words, at: Date): Edit {
  const changes = [
    ...(order.words ? [`words: ${versionsOf(words)}`] : []),
    ...(order.at === undefined ? [] : [`at: ${order.at.toISOString()}`]),
    ...(order.deadline === undefined ? [] : [`deadline: ${order.deadline?.toISOString() ?? 'none'}`]),
  ];
  return {
    ...{ edition: edition + 1, by: order.by, at, note: order.note, what: changes },
    ...(order.words ? { words: true as const } : {}),
  };
}

const editableOf = (campaign: CampaignDoc, begun: boolean, now: Date): Editable => ({
  ...{ state: campaign.state, plan: campaign.plan, begun },
  claimed: (campaign.plan.leaseUntil ?? now) > now,
  ...testedOf(campaign),
  ...{ repeats: campaign.repeat !== undefined, runOf: campaign.runOf ?? null },
});

async function newWords(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
  campaign: CampaignDoc,
  frozen: Frozen,
): Promise<Words> {
  const template = await templateOfProgram(context.store, campaign, campaign.template, 'words');
  const about = programAndTopic(context, campaign);
  const next: Words = {
    template,
    ...(campaign.split === undefined ? {} : { variants: await variantsOf(context, campaign) }),
    copy: about === null ? frozen.copy : frozenCopyOf(context, about.program),
  };
  if (saidBy({ ...frozen, ...next }) === saidBy(frozen)) {
    throw new CommandRefused(
      'Its words have not changed. Save the template, PUT /templates/{id}, or the program first.',
      'words',
    );
  }
  const going = next.variants === undefined ? [template] : Object.values(next.variants);
  if (about !== null) await checkSendable(context, about.program, going, 'words');
  // After the choice of a winner, clicks decide nothing any more.
  if (campaign.winner === undefined) checkClickable(campaign, next.variants ?? {}, 'words');
  checkPools(campaign, frozen, next);
  return next;
}

/**
 * The start checked the codes for the old words, and planned people have theirs. Another pool may have too few
 * codes.
 */
function checkPools({ split }: CampaignDoc, frozen: Frozen, next: Words): void {
  const [added] = poolsAdded(frozen, next, split);
  if (added === undefined) return;
  const why = `The new words take codes of the coupon pool "${added}", which the old words did not. Cancel the campaign and draft another.`;
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

/** Deliveries in one batch: some hundred ms of work. */
const BATCH_SIZE = 200;

/**
 * Renders the planned deliveries of a paused campaign anew by its newest edition: at least one batch, from where
 * the last turn ended, until `mayGoOn` is false. The campaign is up to date when no planner writes deliveries of it
 * and no unsent delivery is of an older edition. Returns how many deliveries stayed unchanged because this process
 * lacks the keys of their people: another process, which has the keys, must render them.
 */
export async function rerenderMessages(
  context: AppContext,
  campaign: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<number> {
  let left = 0;
  const { _id: id, edition = 0, rewrittenTo: after = null } = campaign;
  const { when: _, ...atOnce } = campaign;
  // The delivery keeps its due time, so a local time that passes meanwhile does not cancel the message.
  const going = await messageContext(context, atOnce);
  if (campaign.halted?.rewriting === true) await endHalt(context.store, campaign);
  for await (const rows of messagesOfOlderEdition(context.store, { id, edition, after, size: BATCH_SIZE })) {
    left += await rewrite(context, going, rows);
    const to = rows.at(-1)?.contact ?? after;
    if (!(await noteRewritten(context.store, campaign, to, context.now())) || !mayGoOn()) return left;
  }
  const planned = campaign.plan.leaseUntil === null || campaign.plan.leaseUntil <= context.now();
  if (!planned) return left;
  // A delivery was put back, or planned, before the place that rendering has reached, so rendering starts again.
  if (await anyOlder(context.store, id, edition))
    await noteRewritten(context.store, campaign, null, context.now());
  else await markRerendered(context.store, campaign);
  return left;
}

/**
 * Renders deliveries in place. Their ids and epochs stay, so that an answer to an earlier attempt is not taken for
 * a later one's. Returns how many stayed unchanged.
 */
async function rewrite(
  context: AppContext,
  going: MessageContext,
  rows: readonly DeliveryDoc[],
): Promise<number> {
  const contacts = await findContacts(context.store, [...new Set(rows.map((row) => row.contact))]);
  const readable = contacts.filter(({ sealed }) => sealed !== null);
  const written = await messagesFor(context, going, readable);
  const byContact = new Map(written.map((delivery) => [delivery.contact, delivery]));
  const unwritten = readable.filter(({ _id }) => !byContact.has(_id));
  // No process can ever render the deliveries of the lost. They end, or the campaign would never be up to date.
  const { closed: keyless, lost } = await closedAmong(context, unwritten);
  const unread = new Set(keyless.filter((contact) => !lost.includes(contact)).map(({ _id }) => _id));
  const readRows = rows.filter((row) => !unread.has(row.contact));
  const slice = readRows.map((before) => ({ before, next: byContact.get(before.contact) ?? null }));
  await rewriteSlice(context.store, slice, going.campaign.edition ?? 0, context.now());
  return rows.length - readRows.length;
}
