import type { AppContext } from '../../consent/app-context.ts';
import { readable } from '../../contacts/find-contact.ts';
import { reachedOnOtherNumber } from '../../segments/eligibility.ts';
import { senderChooserFor } from '../../sending/sender-selection.ts';
import { yieldingEach } from '../../store/batching.ts';
import { whoGot } from '../../store/campaigns/send-history.ts';
import { type ContactDoc, findContacts } from '../../store/contacts/contacts.ts';
import { openJoined, readJoined } from '../../store/contacts/person-facts.ts';
import type { DeliveryDoc } from '../../store/deliveries/delivery.ts';
import { insertLinks } from '../../store/templates/links.ts';
import { claimCoupons, linksOf } from '../../templates/render.ts';
import { sampleValues } from '../../templates/save-template.ts';
import type { MessageContext } from '../content.ts';
import { variantNow } from '../experiment.ts';
import { BATCH_SIZE, readRecipients, recipientsAmong } from '../recipients.ts';
import { type DraftedMessage, draftMessage, skipSamePerson } from './message.ts';

/**
 * If at least this many people fail to render and nobody succeeds, the campaign or this process is at fault, not
 * the people.
 */
const TOO_MANY = 20;

export type RecipientBatch = {
  rows: DeliveryDoc[];
  people: number;
  /** How many of these people have a planned message. */
  planned: number;
  /** People whose data this process cannot decrypt; they get no delivery. */
  unreadable: number;
  /** The last contact that the batch covers. */
  to: string | null;
  complete: boolean;
  /** True where the limit of an approval ended the batch although further people could get the campaign. */
  reached: boolean;
};

/**
 * Builds the next batch: the next people of a campaign with their deliveries, planned, or skipped with the reasons.
 * Each contact is read first. An opt-out after that read has a higher revision than the delivery, so either it
 * cancels the delivery or the gate refuses it. When this resolves, links and coupon codes are stored, but the
 * deliveries are not; planning the same people again gives the same ones.
 * Null where `hold`, called after people were read, says that this process must not plan the campaign any more.
 * `most`: the most messages to plan.
 */
export async function planBatch(
  context: AppContext,
  going: MessageContext,
  hold: () => Promise<boolean>,
  most = Number.POSITIVE_INFINITY,
): Promise<RecipientBatch | null> {
  const { people: read, ...page } = await readRecipients(context.store, going.campaign, BATCH_SIZE);
  if (!(await hold())) return null;
  const out = await whoGot(context.store, going.leavesOut, read, context.now());
  const turns = read.filter(({ _id }) => !out.has(_id) && variantNow(going.campaign, _id) !== null);
  const drafts = await draftMessages(context, going, turns);
  const beyond = drafts.filter(isPlanned)[most]?.contact.id;
  const isWithin = (id: string): boolean => beyond === undefined || id < beyond;
  const rows = await claimCodesAndLinks(
    context,
    going,
    drafts.filter(({ contact }) => isWithin(contact.id)),
  );
  const people = turns.filter(({ _id }) => isWithin(_id)).length;
  return {
    rows,
    people,
    planned: rows.filter(({ state }) => state === 'planned').length,
    unreadable: people - rows.length,
    ...(beyond === undefined ? page : { to: lastOf(read, isWithin), complete: false }),
    reached: beyond !== undefined,
  };
}

const isPlanned = ({ row }: DraftedMessage): boolean => row.state === 'planned';

const lastOf = (people: readonly ContactDoc[], isWithin: (id: string) => boolean): string | null =>
  people.findLast(({ _id }) => isWithin(_id))?._id ?? null;

/** The deliveries of these people, with links and codes stored. People who cannot be decrypted have none. */
export async function messagesFor(
  context: AppContext,
  going: MessageContext,
  people: readonly ContactDoc[],
): Promise<DeliveryDoc[]> {
  return claimCodesAndLinks(context, going, await draftMessages(context, going, people));
}

/**
 * Drafts deliveries with sample codes, and stores nothing. People who cannot be decrypted are left out. Throws
 * where nobody of many can be rendered, for a reason other than missing keys.
 */
async function draftMessages(
  context: AppContext,
  going: MessageContext,
  people: readonly ContactDoc[],
): Promise<DraftedMessage[]> {
  const joined = await readJoined(context.store, people);
  const { campaign, program, topic } = going;
  const senderFor = await senderChooserFor(context, program, people);
  const others = await reachedOnOtherNumber(context, people, {
    about: { program, topic },
    among: (contacts) => inAudience(context, going, contacts),
    planned: { campaign: campaign._id, to: campaign.plan.cursor, edition: campaign.edition },
  });
  const { coupons: samples } = await sampleValues(context);
  const drafts: DraftedMessage[] = [];
  const broken: unknown[] = [];
  for await (const stored of yieldingEach(people)) {
    const open = () => {
      const contact = { ...openJoined(context.ring, stored, joined), stored };
      return draftMessage(context, going, { contact, sender: senderFor(contact) }, samples);
    };
    const draft = readable(context, stored._id, open, (error) => broken.push(error));
    if (draft !== null) drafts.push(others.has(stored._id) ? skipSamePerson(draft, context.now()) : draft);
  }
  // If anybody of the campaign was planned before, the fault lies with these people, and must not stop the
  // campaign.
  if (campaign.plan.cursor === null && drafts.length === 0 && broken.length >= TOO_MANY) throw broken[0];
  return drafts;
}

async function inAudience(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  { campaign, leavesOut }: MessageContext,
  contacts: readonly string[],
): Promise<ReadonlySet<string>> {
  const among = await recipientsAmong(store, campaign, contacts);
  if (leavesOut === null) return among;
  const out = await whoGot(store, leavesOut, await findContacts(store, [...among]), now());
  return new Set([...among].filter((contact) => !out.has(contact)));
}

/** Claims codes only for people who may get the message, and drafts their messages again with the real codes. */
async function claimCodesAndLinks(
  context: AppContext,
  going: MessageContext,
  drafts: readonly DraftedMessage[],
): Promise<DeliveryDoc[]> {
  const needs = drafts
    .filter((draft) => isPlanned(draft) && draft.words.pools.length > 0)
    .map(({ row, words: { pools } }) => ({ delivery: row._id, pools }));
  const coupons = needs.length === 0 ? null : await claimCoupons(context, needs);
  const final = drafts.map((draft) =>
    coupons === null || !isPlanned(draft) || draft.words.pools.length === 0
      ? draft
      : draftMessage(context, going, draft, coupons(draft.row._id)),
  );
  const { _id: campaign, edition } = going.campaign;
  const links = final.filter(isPlanned).flatMap(({ row: { _id: delivery, contact }, words: { targets } }) => {
    return linksOf(context, { delivery, contact, campaign }, targets, edition);
  });
  await insertLinks(context.store, links);
  return final.map(({ row }) => row);
}
