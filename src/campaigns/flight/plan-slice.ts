import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import type { DueAt } from '../../domain/campaigns/due.ts';
import { groupOf, HOLDOUT, isHeldOut } from '../../domain/campaigns/split.ts';
import type { Program, Sender, Topic } from '../../domain/program.ts';
import { laneOf } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { messagePlan } from '../../domain/sending/message-plan.ts';
import { countryOf } from '../../domain/sending/sender-pool.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { insertLinks } from '../../store/campaigns/links.ts';
import { campaignDigest } from '../../store/campaigns/row.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import { deliveryId, newDelivery } from '../../store/deliveries/new-delivery.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { unlessClosed } from '../../store/people/holder.ts';
import { openJoined, readJoined } from '../../store/people/joined.ts';
import { onOtherNumber } from '../audience/one-per-person.ts';
import { audienceAmong, readPeople } from '../audience/people-of.ts';
import { claimCoupons } from '../words/coupons.ts';
import { issuedTo, linksOf, sampleIssued } from '../words/issue.ts';
import { type Merged, mergeFor } from '../words/merge-for.ts';
import { dueOf } from './due-of.ts';
import { placeHeldOut } from './held-out.ts';

/** People of one slice: some hundred ms of work, after which a pause or a cancel is seen. */
export const SLICE = 500;

export type Going = {
  campaign: CampaignDoc;
  frozen: NonNullable<CampaignDoc['frozen']>;
  program: Program;
  topic: Topic;
  senderFor: (country: Sender['country']) => Sender | null;
};

export type Slice = {
  rows: DeliveryDoc[];
  people: number;
  skipped: number;
  /** Of whom nothing can be read with the keys of this process: they get no row. */
  unreadable: number;
  /** Contact up to which everybody was looked at. */
  to: string | null;
  complete: boolean;
};

/**
 * The next people of a campaign, each with their row: planned, or skipped with its reasons. The contact is read first:
 * an opt-out after that has a higher revision than the row, so that its quench cancels the row or the gate refuses it.
 * Links and coupon codes of the rows are on record when it resolves, the rows are not: planned again they are the same.
 * Null where `hold`, asked once people were read, says that this process does not plan it any more.
 */
export async function planSlice(
  desk: Desk,
  going: Going,
  hold: () => Promise<boolean>,
): Promise<Slice | null> {
  const { people: read, ...page } = await readPeople(desk.store, going.campaign, SLICE);
  if (!(await hold())) return null;
  const people = read.filter((one) => turnOf(going.campaign, one._id) !== null);
  const rows = await rowsFor(desk, going, people);
  const skipped = rows.filter((row) => row.state === 'skipped').length;
  return {
    rows,
    people: people.length,
    skipped,
    unreadable: people.length - rows.length,
    ...page,
  };
}

/** The group a person is in, null where it is not their turn yet or was before; `everyone` where there is no split. */
export const turnOf = ({ _id: campaign, split, winner }: CampaignDoc, person: string): string | null =>
  split === undefined ? 'everyone' : groupOf(split, winner?.variant ?? null, { campaign, person });

/** What a person drew, whatever won since; whoever drew nothing gets what won. */
const groupNow = ({ winner, ...test }: CampaignDoc, person: string): string =>
  turnOf(test, person) ?? winner?.variant ?? '';

/** Rows of some people, their links and codes on record; those who cannot be read have none. */
export async function rowsFor(
  desk: Desk,
  going: Going,
  people: readonly ContactDoc[],
): Promise<DeliveryDoc[]> {
  return issue(desk, going, await draftsFor(desk, going, people));
}

/** One person's row, and the words it was made of. */
export type Draft = { row: DeliveryDoc; words: Merged; contact: Contact };

/** Rows as they would be, with samples for codes; nothing is on record. Those who cannot be read are left out. */
export async function draftsFor(desk: Desk, going: Going, people: readonly ContactDoc[]): Promise<Draft[]> {
  const joined = await readJoined(desk.store, people);
  const { campaign, program, topic } = going;
  const others = await onOtherNumber(desk, people, {
    about: { program, topic },
    among: (contacts) => audienceAmong(desk.store, campaign, contacts),
    planned: { campaign: campaign._id, to: campaign.plan.cursor, edition: campaign.edition },
  });
  const { coupons: samples } = await sampleIssued(desk);
  const drafts: Draft[] = [];
  for (const [at, stored] of people.entries()) {
    // Texts and receipts of others have their turn meanwhile.
    if (at % YIELD_EVERY === 0) await new Promise(setImmediate);
    const draft = unlessClosed(() =>
      draftOf(desk, going, { ...openJoined(desk.ring, stored, joined), stored }, samples),
    );
    if (draft !== null) drafts.push(others.has(stored._id) ? passedOver(draft, desk.now()) : draft);
  }
  return drafts;
}

/** Another number stands for them, which may get it: on this one they are not held out either. */
const passedOver = (draft: Draft, at: Date): Draft =>
  draft.row.state === 'planned' || isHeldOut(draft.row.decision)
    ? { ...draft, row: skippedFor(draft.row, ['same-person'], at) }
    : draft;

/** Codes for those alone who may get it: these are drafted again with their own in place of samples. */
async function issue(desk: Desk, going: Going, drafts: readonly Draft[]): Promise<DeliveryDoc[]> {
  const isPlanned = ({ row }: Draft): boolean => row.state === 'planned';
  const needs = drafts
    .filter((one) => isPlanned(one) && one.words.pools.length > 0)
    .map(({ row, words: { pools } }) => ({ delivery: row._id, pools }));
  const coupons = needs.length === 0 ? null : await claimCoupons(desk, needs);
  const final = drafts.map((one) =>
    coupons === null || !isPlanned(one) || one.words.pools.length === 0
      ? one
      : draftOf(desk, going, one.contact, coupons(one.row._id)),
  );
  const { _id: campaign, edition } = going.campaign;
  const links = final.filter(isPlanned).flatMap(({ row: { _id: delivery, contact }, words: { targets } }) => {
    return linksOf(desk, { delivery, contact, campaign }, targets, edition);
  });
  await insertLinks(desk.store, links);
  return final.map(({ row }) => row);
}

const YIELD_EVERY = 30;

function draftOf(desk: Desk, going: Going, contact: Contact, coupons: Issued['coupons']): Draft {
  const { campaign, frozen, program, topic } = going;
  const at = desk.now();
  const group = groupNow(campaign, contact.id);
  const template = frozen.variants?.[group] ?? frozen.template;
  const digest = campaignDigest(campaign._id, contact.index);
  const issued = issuedTo(desk, deliveryId(contact, digest), coupons, campaign.edition);
  const words = mergeFor(desk, template, contact, {
    program,
    purpose: topic.purpose,
    language: null,
    issued,
    ...(frozen.copy === undefined ? {} : { optOutLines: frozen.copy.optOutLines }),
  });
  const { text, language, media } = words;
  const sender = going.senderFor(countryOf(contact.number));
  const order = { program, topic, sender: sender ?? NOBODY, text: text ?? '', language, media };
  const plan = messagePlan(order, contact.person, at);
  const due = dueOf(going, contact, digest, at);
  const row: DeliveryDoc = {
    ...newDelivery(contact, {
      digest,
      rev: contact.stored.rev,
      class: plan.class,
      program: program.id,
      topic: topic.id,
      template: `${template._id}.${template.version}`,
      language: plan.language,
      lane: laneOf('marketing', campaign._id),
      sender: order.sender.number,
      service: order.sender.messagingServiceSid,
      to: contact.number,
      text: order.text,
      media,
      parts: plan.parts,
      at,
    }),
    ...ofCampaign(campaign, group),
    dueAt: due.at,
  };
  const refused = plan.verdict.allowed ? [] : plan.verdict.reasons;
  const reasons = [...refused, ...obstaclesTo(words, sender, due)];
  if (reasons.length === 0 && isPast(campaign.deadline, due.at, at)) reasons.push('too-late');
  return { row: placeHeldOut(skippedFor(row, reasons, at), contact, program, at), words, contact };
}

/** What keeps a message from a person who may get it. */
const obstaclesTo = ({ fault }: Merged, sender: Sender | null, { missed }: DueAt): Reason[] => [
  ...(fault === null ? [] : [fault.reason]),
  ...(sender === null ? (['no-sender'] as const) : []),
  ...(missed ? (['hour-passed'] as const) : []),
];

const isPast = (deadline: Date | null, due: Date, now: Date): boolean =>
  deadline !== null && (deadline <= due || deadline <= now);

/** What a row has of its campaign. */
function ofCampaign(campaign: CampaignDoc, group: string): Partial<DeliveryDoc> {
  return {
    campaign: campaign._id,
    ...(campaign.split === undefined ? {} : { variant: group }),
    ...(campaign.edition === undefined ? {} : { edition: campaign.edition }),
    ...(campaign.deadline === null ? {} : { validUntil: campaign.deadline }),
    ...(campaign.capped === 'skip' ? { ifCapped: campaign.capped } : {}),
  };
}

/** Of those held out only who would have got it is called so: the group is compared with those who did. */
function skippedFor(row: DeliveryDoc, found: Reason[], at: Date): DeliveryDoc {
  const reasons: Reason[] = found.length === 0 && row.variant === HOLDOUT ? ['holdout'] : found;
  if (reasons.length === 0) return row;
  const { open: _, ...ended } = row;
  const state = reasons.includes('too-late') ? 'expired' : 'skipped';
  return { ...ended, state, decision: { allowed: false, reasons, at } };
}

/** Stands in rows that no number of the program may carry, which are skipped. */
const NOBODY: Sender = {
  number: '',
  kind: 'long-code',
  country: 'US',
  handling: 'own',
  messagingServiceSid: null,
};
