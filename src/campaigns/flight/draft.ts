import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import type { DueAt } from '../../domain/campaigns/due.ts';
import { HOLDOUT, isHeldOut } from '../../domain/campaigns/split.ts';
import type { Sender } from '../../domain/program.ts';
import { laneOf } from '../../domain/sending/lanes.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { type MessageOrder, messagePlan } from '../../domain/sending/message-plan.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { campaignDigest } from '../../store/campaigns/row.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import { deliveryId, newDelivery } from '../../store/deliveries/new-delivery.ts';
import { issuedTo } from '../words/issue.ts';
import { type Merged, mergeFor } from '../words/merge-for.ts';
import { dueOf } from './due-of.ts';
import type { Going } from './going.ts';
import { placeHeldOut } from './held-out.ts';
import { groupNow } from './turns.ts';

/** Whom it goes to, and the number it leaves from; null where none may write to them. */
export type Route = { contact: Contact; sender: Sender | null };

/** One person's row, and the words it was made of. */
export type Draft = Route & { row: DeliveryDoc; words: Merged };

/** The row of one person as it stands now, planned or skipped with its reasons. `coupons`: codes of theirs, or samples. */
export function draftOf(desk: Desk, going: Going, route: Route, coupons: Issued['coupons']): Draft {
  const { contact, sender } = route;
  const { campaign, frozen, program, topic } = going;
  const at = desk.now();
  const group = groupNow(campaign, contact.id);
  const template = frozen.variants?.[group] ?? frozen.template;
  const digest = campaignDigest(campaign._id, contact.index);
  const words = wordsFor(desk, going, contact, { template, digest, coupons });
  const { language, media } = words;
  const order = { program, topic, sender: sender ?? NOBODY, text: words.text ?? '', language, media };
  const plan = messagePlan(order, contact.person, at);
  const due = dueOf(going, contact, digest, at);
  const row = rowOf(going, contact, { order, plan, due, group, template, digest, at });
  const refused = plan.verdict.allowed ? [] : plan.verdict.reasons;
  const reasons = [...refused, ...obstaclesTo(words, sender, due)];
  if (reasons.length === 0 && isPast(campaign.deadline, at)) reasons.push('too-late');
  return { row: placeHeldOut(skippedFor(row, reasons, at), contact, program, at), words, contact, sender };
}

/** Another number stands for them, which may get it: on this one they are not held out either. */
export const passedOver = (draft: Draft, at: Date): Draft =>
  draft.row.state === 'planned' || isHeldOut(draft.row.decision)
    ? { ...draft, row: skippedFor(draft.row, ['same-person'], at) }
    : draft;

type Template = Going['frozen']['template'];

function wordsFor(
  desk: Desk,
  { campaign, frozen, program, topic }: Going,
  contact: Contact,
  { template, digest, coupons }: { template: Template; digest: string; coupons: Issued['coupons'] },
): Merged {
  return mergeFor(desk, template, contact, {
    program,
    purpose: topic.purpose,
    language: null,
    issued: issuedTo(desk, deliveryId(contact, digest), coupons, campaign.edition),
    optOutLines: frozen.copy.optOutLines,
  });
}

type Made = {
  order: MessageOrder & { media: readonly string[] };
  plan: ReturnType<typeof messagePlan>;
  due: DueAt;
  group: string;
  template: Template;
  digest: string;
  at: Date;
};

function rowOf({ campaign, program, topic }: Going, contact: Contact, made: Made): DeliveryDoc {
  const { order, plan, due, group, template, digest, at } = made;
  return {
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
      media: order.media,
      parts: plan.parts,
      at,
    }),
    ...ofCampaign(campaign, group),
    dueAt: due.at,
  };
}

/** What keeps a message from a person who may get it. */
const obstaclesTo = ({ fault }: Merged, sender: Sender | null, { missed }: DueAt): Reason[] => [
  ...(fault === null ? [] : [fault.reason]),
  ...(sender === null ? (['no-sender'] as const) : []),
  ...(missed ? (['hour-passed'] as const) : []),
];

/** Who is due only after the deadline waits for it as all others do: it may be moved before it comes. */
const isPast = (deadline: Date | null, now: Date): boolean => deadline !== null && deadline <= now;

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

/**
 * Of those held out only whom it would be planned for is called so, also who is due after the deadline: the group is
 * compared with those for whom it was, whatever came between.
 */
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
