import { createHash } from 'node:crypto';
import type { Desk } from '../consent/desk.ts';
import type { Contact } from '../contacts/find-contact.ts';
import type { Program, Sender, Topic } from '../domain/program.ts';
import { compile } from '../domain/segments/compile.ts';
import { laneOf } from '../domain/sending/lanes.ts';
import type { Reason } from '../domain/sending/may-receive.ts';
import { faultIn, messagePlan } from '../domain/sending/message-plan.ts';
import { countryOf } from '../domain/sending/sender-pool.ts';
import { readAudience } from '../store/audience.ts';
import type { CampaignDoc } from '../store/campaigns.ts';
import type { ContactDoc } from '../store/contacts.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';
import { openHolder } from '../store/holder.ts';
import { KeyMissing } from '../store/keys.ts';
import { newDelivery } from '../store/new-delivery.ts';
import { SealBroken } from '../store/sealing.ts';
import { type SuppressionDoc, suppressionsByIndex } from '../store/suppressions.ts';
import { mergeFor } from './merge-for.ts';

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
 */
export async function planSlice(desk: Desk, going: Going): Promise<Slice> {
  const { campaign, frozen } = going;
  const who = compile(frozen.segment, frozen.at);
  const page = { after: campaign.plan.cursor, limit: SLICE };
  const { people, ...read } = await readAudience(desk.store, who, page);
  const indexes = people.map((one) => one.index);
  const byIndex = await suppressionsByIndex(desk.store, indexes);
  const rows: DeliveryDoc[] = [];
  for (const [at, stored] of people.entries()) {
    // Texts and receipts of others have their turn meanwhile.
    if (at % YIELD_EVERY === 0) await new Promise(setImmediate);
    const row = rowOrNull(desk, going, stored, byIndex.get(stored.index) ?? []);
    if (row !== null) rows.push(row);
  }
  const skipped = rows.filter((row) => row.state === 'skipped').length;
  return {
    rows,
    people: people.length,
    skipped,
    unreadable: people.length - rows.length,
    ...read,
  };
}

function rowOrNull(
  desk: Desk,
  going: Going,
  stored: ContactDoc,
  suppressions: SuppressionDoc[],
): DeliveryDoc | null {
  try {
    return rowOf(desk, going, { ...openHolder(desk.ring, stored, suppressions), stored });
  } catch (error) {
    if (error instanceof KeyMissing || error instanceof SealBroken) return null;
    throw error;
  }
}

const YIELD_EVERY = 30;

function rowOf(desk: Desk, going: Going, contact: Contact): DeliveryDoc {
  const { campaign, frozen, program, topic } = going;
  const at = desk.now();
  const { template } = frozen;
  const { language, text } = mergeFor(desk.ring, template, program, contact, null);
  const sender = going.senderFor(countryOf(contact.number));
  const order = { program, topic, sender: sender ?? NOBODY, text: text ?? '', language };
  const plan = messagePlan(order, contact.person, at);
  const row: DeliveryDoc = {
    ...newDelivery(contact, {
      digest: digestOf(campaign._id, contact.index),
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
      parts: plan.parts,
      at,
    }),
    campaign: campaign._id,
    ...(campaign.deadline === null ? {} : { validUntil: campaign.deadline }),
  };
  const reasons: Reason[] = plan.verdict.allowed ? [] : [...plan.verdict.reasons];
  if (text === null || faultIn(text) !== null) reasons.push('no-text');
  if (sender === null) reasons.push('no-sender');
  return reasons.length === 0 ? row : skipped(row, reasons, at);
}

function skipped({ open: _, ...row }: DeliveryDoc, reasons: Reason[], at: Date): DeliveryDoc {
  return { ...row, state: 'skipped', decision: { allowed: false, reasons, at } };
}

/** One row for one number and campaign, however often it is planned. */
const digestOf = (campaign: string, index: string): string =>
  createHash('sha256').update(`campaign ${campaign} ${index}`).digest('base64url').slice(0, 24);

/** Stands in rows that no number of the program may carry, which are skipped. */
const NOBODY: Sender = {
  number: '',
  kind: 'long-code',
  country: 'US',
  handling: 'own',
  messagingServiceSid: null,
};
