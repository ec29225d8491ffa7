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
import { turnOf } from '../experiment.ts';
import { readRecipients, recipientsAmong, SLICE } from '../recipients.ts';
import { type DraftedMessage, draftMessage, skipSamePerson } from './message.ts';

/** Where so many people can be read and nothing be made of any, it is the campaign or this process that is at fault. */
const TOO_MANY = 20;

export type Slice = {
  rows: DeliveryDoc[];
  people: number;
  /** Of these, whose row was planned. */
  planned: number;
  /** Whom this process cannot read: they get no row. */
  unreadable: number;
  /** Contact up to which everybody was looked at. */
  to: string | null;
  complete: boolean;
  /** Somebody behind these can get it, and may not. */
  reached: boolean;
};

/**
 * The next people of a campaign, each with their row: planned, or skipped with its reasons. The contact is read first:
 * an opt-out after that has a higher revision than the row, so that its quench cancels the row or the gate refuses it.
 * Links and coupon codes of the rows are on record when it resolves, the rows are not: planned again they are the same.
 * Null where `hold`, asked once people were read, says that this process does not plan it any more. `most`: so many are planned
 * at most.
 */
export async function planBatch(
  desk: AppContext,
  going: MessageContext,
  hold: () => Promise<boolean>,
  most = Number.POSITIVE_INFINITY,
): Promise<Slice | null> {
  const { people: read, ...page } = await readRecipients(desk.store, going.campaign, SLICE);
  if (!(await hold())) return null;
  const out = await whoGot(desk.store, going.leavesOut, read, desk.now());
  const turns = read.filter(({ _id }) => !out.has(_id) && turnOf(going.campaign, _id) !== null);
  const drafts = await draftMessages(desk, going, turns);
  const beyond = drafts.filter(isPlanned)[most]?.contact.id;
  const isWithin = (id: string): boolean => beyond === undefined || id < beyond;
  const rows = await claimCodesAndLinks(
    desk,
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

/** Rows of some people, their links and codes on record; those who cannot be read have none. */
export async function messagesFor(
  desk: AppContext,
  going: MessageContext,
  people: readonly ContactDoc[],
): Promise<DeliveryDoc[]> {
  return claimCodesAndLinks(desk, going, await draftMessages(desk, going, people));
}

/**
 * Rows as they would be, with samples for codes; nothing is on record. Those who cannot be read are left out. Throws where
 * nobody of many can, for another reason than keys.
 */
export async function draftMessages(
  desk: AppContext,
  going: MessageContext,
  people: readonly ContactDoc[],
): Promise<DraftedMessage[]> {
  const joined = await readJoined(desk.store, people);
  const { campaign, program, topic } = going;
  const senderFor = await senderChooserFor(desk, program, people);
  const others = await reachedOnOtherNumber(desk, people, {
    about: { program, topic },
    among: (contacts) => inAudience(desk, going, contacts),
    planned: { campaign: campaign._id, to: campaign.plan.cursor, edition: campaign.edition },
  });
  const { coupons: samples } = await sampleValues(desk);
  const drafts: DraftedMessage[] = [];
  const broken: unknown[] = [];
  for await (const stored of yieldingEach(people)) {
    const open = () => {
      const contact = { ...openJoined(desk.ring, stored, joined), stored };
      return draftMessage(desk, going, { contact, sender: senderFor(contact) }, samples);
    };
    const draft = readable(desk, stored._id, open, (error) => broken.push(error));
    if (draft !== null) drafts.push(others.has(stored._id) ? skipSamePerson(draft, desk.now()) : draft);
  }
  // Once somebody of it was planned the fault is theirs: a campaign does not stand still over them.
  if (campaign.plan.cursor === null && drafts.length === 0 && broken.length >= TOO_MANY) throw broken[0];
  return drafts;
}

async function inAudience(
  { store, now }: AppContext,
  { campaign, leavesOut }: MessageContext,
  contacts: readonly string[],
): Promise<ReadonlySet<string>> {
  const among = await recipientsAmong(store, campaign, contacts);
  if (leavesOut === null) return among;
  const out = await whoGot(store, leavesOut, await findContacts(store, [...among]), now());
  return new Set([...among].filter((one) => !out.has(one)));
}

/** Codes for those alone who may get it: these are drafted again with their own in place of samples. */
async function claimCodesAndLinks(
  desk: AppContext,
  going: MessageContext,
  drafts: readonly DraftedMessage[],
): Promise<DeliveryDoc[]> {
  const needs = drafts
    .filter((one) => isPlanned(one) && one.words.pools.length > 0)
    .map(({ row, words: { pools } }) => ({ delivery: row._id, pools }));
  const coupons = needs.length === 0 ? null : await claimCoupons(desk, needs);
  const final = drafts.map((one) =>
    coupons === null || !isPlanned(one) || one.words.pools.length === 0
      ? one
      : draftMessage(desk, going, one, coupons(one.row._id)),
  );
  const { _id: campaign, edition } = going.campaign;
  const links = final.filter(isPlanned).flatMap(({ row: { _id: delivery, contact }, words: { targets } }) => {
    return linksOf(desk, { delivery, contact, campaign }, targets, edition);
  });
  await insertLinks(desk.store, links);
  return final.map(({ row }) => row);
}
