import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import type { Language, Program, Sender, Topic } from '../../domain/program.ts';
import { mayReceive, type Reason } from '../../domain/sending/may-receive.ts';
import { requestOf } from '../../domain/sending/reach.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import { insertLinks } from '../../store/campaigns/links.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { deliveryId } from '../../store/deliveries/new-delivery.ts';
import { claimCoupons } from './coupons.ts';
import { issuedTo, linksOf, sampleIssued } from './issue.ts';
import { type Merged, mergeFor } from './merge-for.ts';

export type WordsOrder = {
  template: MessageTemplateDoc;
  program: Program;
  topic: Topic;
  contact: Contact;
  /** The number that they leave from: the person may get them from one and not from another. */
  sender: Sender;
  language: Language | null;
  /** Of the delivery that is to carry them. */
  digest: string;
  campaign?: string;
  /** A test to staff: its codes are samples, its clicks no interest. */
  test?: true;
};

/** `unissued`: why nothing was claimed or written for the samples in it; empty where it has none. */
export type Worded = Merged & { unissued: Reason[] };

/**
 * The final words of one delivery that is written next: its links are on record and its codes claimed before it is.
 * Ordered again it gives the same. A person who may not get it, or of whom no text can be made, takes no code.
 */
export async function wordsFor(desk: Desk, order: WordsOrder): Promise<Worded> {
  const { template, program, topic, contact, sender, language } = order;
  const delivery = deliveryId(contact, order.digest);
  const withCodes = (coupons: Issued['coupons']): Merged => {
    const issued = issuedTo(desk, delivery, coupons);
    return mergeFor(desk, template, contact, { program, purpose: topic.purpose, language, issued });
  };
  const shown = withCodes((await sampleIssued(desk)).coupons);
  const verdict = mayReceive(requestOf(program, topic, sender), contact.person, program, desk.now());
  const sampled = shown.pools.length > 0 || shown.targets.length > 0;
  if (!verdict.allowed) return { ...shown, unissued: sampled ? verdict.reasons : [] };
  if (shown.fault !== null) return { ...shown, unissued: [] };
  const needs = order.test === true || shown.pools.length === 0 ? [] : [{ delivery, pools: shown.pools }];
  const words = needs.length === 0 ? shown : withCodes((await claimCoupons(desk, needs))(delivery));
  if (words.fault === null) await insertLinks(desk.store, linksOf(desk, linkedFrom(order), words.targets));
  return { ...words, unissued: [] };
}

function linkedFrom({ contact, digest, campaign, test }: WordsOrder) {
  return {
    delivery: deliveryId(contact, digest),
    contact: contact.id,
    ...(campaign === undefined ? {} : { campaign }),
    ...(test === undefined ? {} : { test }),
  };
}
