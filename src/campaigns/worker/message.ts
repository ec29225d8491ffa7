import type { AppContext } from '../../consent/app-context.ts';
import type { OpenedContact } from '../../contacts/find-contact.ts';
import { HOLDOUT, isHeldOut } from '../../domain/campaigns/experiment.ts';
import { type DueAt, dueAt, placedFrom, within } from '../../domain/campaigns/schedule.ts';
import { EMPTY_PROFILE } from '../../domain/contacts/profile.ts';
import { later } from '../../domain/durations.ts';
import { mayGoFrom } from '../../domain/hours/permitted-hours.ts';
import { zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import type { Program, Sender } from '../../domain/program.ts';
import { laneOf } from '../../domain/sending/lanes.ts';
import { type MessageOrder, messagePlan } from '../../domain/sending/message-plan.ts';
import type { Reason } from '../../domain/sending/send-rules.ts';
import type { IssuedValues } from '../../domain/templates/template.ts';
import { CLOSING_MARGIN_MS } from '../../sending/quiet-hours.ts';
import type { CampaignDoc } from '../../store/campaigns/campaign-document.ts';
import { campaignDigest } from '../../store/campaigns/messages.ts';
import type { DeliveryDoc } from '../../store/deliveries/delivery.ts';
import { deliveryId, newDelivery } from '../../store/deliveries/new-delivery.ts';
import { issuedValues, type Rendered, renderFor } from '../../templates/render.ts';
import type { MessageContext } from '../content.ts';
import { assignedGroup } from '../experiment.ts';

/** A recipient and the sender; null where no sender may write to them. */
type Route = { contact: OpenedContact; sender: Sender | null };

/** One person's delivery, and the words in it. */
export type DraftedMessage = Route & { row: DeliveryDoc; words: Rendered };

/**
 * Drafts the delivery of one person by current facts: planned, or skipped with the reasons. `coupons`: the person's
 * codes, or samples.
 */
export function draftMessage(
  context: AppContext,
  going: MessageContext,
  route: Route,
  coupons: IssuedValues['coupons'],
): DraftedMessage {
  const { contact, sender } = route;
  const { campaign, frozen, program, topic } = going;
  const at = context.now();
  const group = assignedGroup(campaign, contact.id);
  const template = frozen.variants?.[group] ?? frozen.template;
  const digest = campaignDigest(campaign._id, contact.index);
  const words = wordsFor(context, going, contact, { template, digest, coupons });
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

/** Skips a person who gets the campaign on another number. On this number they are not in the holdout either. */
export const skipSamePerson = (draft: DraftedMessage, at: Date): DraftedMessage =>
  draft.row.state === 'planned' || isHeldOut(draft.row.decision)
    ? { ...draft, row: skippedFor(draft.row, ['same-person'], at) }
    : draft;

type Template = MessageContext['frozen']['template'];

function wordsFor(
  context: AppContext,
  { campaign, frozen, program, topic }: MessageContext,
  contact: OpenedContact,
  { template, digest, coupons }: { template: Template; digest: string; coupons: IssuedValues['coupons'] },
): Rendered {
  return renderFor(context, template, contact, {
    program,
    purpose: topic.purpose,
    language: null,
    issued: issuedValues(context, deliveryId(contact, digest), coupons, campaign.edition),
    optOutLines: frozen.copy.optOutLines,
  });
}

type DraftParts = {
  order: MessageOrder & { media: readonly string[] };
  plan: ReturnType<typeof messagePlan>;
  due: DueAt;
  group: string;
  template: Template;
  digest: string;
  at: Date;
};

function rowOf(
  { campaign, program, topic }: MessageContext,
  contact: OpenedContact,
  made: DraftParts,
): DeliveryDoc {
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

/** Why a person who may get a message gets none. */
const obstaclesTo = ({ fault }: Rendered, sender: Sender | null, { missed }: DueAt): Reason[] => [
  ...(fault === null ? [] : [fault.reason]),
  ...(sender === null ? (['no-sender'] as const) : []),
  ...(missed ? (['hour-passed'] as const) : []),
];

/**
 * Only a deadline that has passed counts. A message due after the deadline waits like all others, since the
 * deadline may still be moved.
 */
const isPast = (deadline: Date | null, now: Date): boolean => deadline !== null && deadline <= now;

/** The fields that a delivery takes from its campaign. */
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
 * Skips a delivery for the found reasons. `holdout` is recorded only where a message would otherwise be planned,
 * even if due after the deadline, because the holdout is compared with the people for whom one was planned.
 */
function skippedFor(row: DeliveryDoc, found: Reason[], at: Date): DeliveryDoc {
  const reasons: Reason[] = found.length === 0 && row.variant === HOLDOUT ? ['holdout'] : found;
  if (reasons.length === 0) return row;
  const { open: _, ...ended } = row;
  const state = reasons.includes('too-late') ? 'expired' : 'skipped';
  return { ...ended, state, decision: { allowed: false, reasons, at } };
}

/** The sender of skipped deliveries for which the program has no sender. */
const NOBODY: Sender = {
  number: '',
  kind: 'long-code',
  country: 'US',
  handling: 'own',
  messagingServiceSid: null,
};

/**
 * When one person's message is due; now, where the campaign has no schedule. A campaign that started late is spread
 * from its actual start, and the people who waited for a winner from the time of its choice.
 */
function dueOf(
  { campaign, program }: Pick<MessageContext, 'campaign' | 'program'>,
  contact: OpenedContact,
  digest: string,
  now: Date,
): DueAt {
  const { when, startAt, wentAt, winner, deadline } = campaign;
  if (when === undefined || startAt === null) return { at: now, missed: false };
  const whereabouts = zonesOfPerson(contact.stored.profile?.place ?? EMPTY_PROFILE.place, contact.number);
  const from = winner?.at ?? placedFrom(startAt, wentAt);
  return dueAt(within(when, from, deadline), from, { where: whereabouts, digest }, program.zone, now);
}

/**
 * Sets the due time of a holdout delivery to when the person would have got the message at the earliest, by quiet
 * hours: the person's actions count from then on. Other deliveries stay unchanged.
 */
export function placeHeldOut(
  row: DeliveryDoc,
  { stored, number }: OpenedContact,
  { quietHours }: Program,
  now: Date,
): DeliveryDoc {
  if (!isHeldOut(row.decision)) return row;
  const due = later(row.dueAt, now);
  if (quietHours === 'off') return { ...row, dueAt: due };
  const whereabouts = zonesOfPerson(stored.profile?.place ?? EMPTY_PROFILE.place, number);
  return { ...row, dueAt: mayGoFrom(row.class, whereabouts, due, CLOSING_MARGIN_MS) };
}
