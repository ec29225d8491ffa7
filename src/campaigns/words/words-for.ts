import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import type { Language, Program, Topic } from '../../domain/program.ts';
import { topicVerdict } from '../../domain/sending/reach.ts';
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
  language: Language | null;
  /** Of the delivery that is to carry them. */
  digest: string;
  campaign?: string;
  /** A test to staff: its codes are samples, its clicks no interest. */
  test?: true;
};

/**
 * The final words of one delivery that is written next: its links are on record and its codes claimed before it is.
 * Ordered again it gives the same. A person who may not get it, or of whom no text can be made, takes no code.
 */
export async function wordsFor(desk: Desk, order: WordsOrder): Promise<Merged> {
  const { template, program, topic, contact, language } = order;
  const delivery = deliveryId(contact, order.digest);
  const { book } = desk.catalog.current();
  const withCodes = (coupons: Issued['coupons']): Merged => {
    const issued = issuedTo(desk, delivery, coupons);
    return mergeFor(desk, template, contact, { program, purpose: topic.purpose, language, issued });
  };
  const shown = withCodes((await sampleIssued(desk)).coupons);
  const verdict = topicVerdict(contact.person, book, program, topic.id, desk.now());
  if (shown.fault !== null || !verdict.allowed) return shown;
  const needs = order.test === true || shown.pools.length === 0 ? [] : [{ delivery, pools: shown.pools }];
  const words = needs.length === 0 ? shown : withCodes((await claimCoupons(desk, needs))(delivery));
  if (words.fault === null) await insertLinks(desk.store, linksOf(desk, linkedFrom(order), words.targets));
  return words;
}

function linkedFrom({ contact, digest, campaign, test }: WordsOrder) {
  return {
    delivery: deliveryId(contact, digest),
    contact: contact.id,
    ...(campaign === undefined ? {} : { campaign }),
    ...(test === undefined ? {} : { test }),
  };
}
