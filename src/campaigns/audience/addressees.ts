import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../domain/audience/profile.ts';
import { localZones } from '../../domain/campaigns/due.ts';
import { groupOf } from '../../domain/campaigns/split.ts';
import type { Order } from '../../domain/campaigns/when.ts';
import { wallTimeAt } from '../../domain/hours/local-time.ts';
import { type Whereabouts, zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import { findSender, type Program, type Sender, type Topic } from '../../domain/program.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { verdictNow } from '../../domain/sending/reach.ts';
import type { Issued } from '../../domain/templates/issued.ts';
import { countParts } from '../../domain/text/parts.ts';
import { type SenderFor, sendersFor } from '../../sending/pacing/senders-for.ts';
import { contactsAmong } from '../../store/campaigns/audience.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { missedAmong } from '../../store/campaigns/missed.ts';
import { campaignDigest } from '../../store/campaigns/row.ts';
import { inTurns } from '../../store/in-turns.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openJoined, readJoined } from '../../store/people/joined.ts';
import { sampleIssued } from '../words/issue.ts';
import { mergeFor } from '../words/merge-for.ts';
import { onOtherNumber } from './one-per-person.ts';
import { whoAt } from './people-of.ts';
import { readable } from './readable.ts';

/** Whose message comes when: what a campaign would do that is started now in this way. */
export type Plan = {
  campaign: CampaignDoc;
  program: Program;
  topic: Topic;
  template: MessageTemplateDoc;
  /** Words of each variant of its split, by id. */
  variants: Record<string, MessageTemplateDoc>;
  segment: Resolved;
  order: Order;
};

/** `group`: their variant, or `holdout`; null where they wait for the winner of a test. */
export type Addressed = {
  stored: ContactDoc;
  group: string | null;
  /** Number it would leave from; null where none of the program may write to them. */
  sender: Sender | null;
  parts: number;
  where: Whereabouts;
  zone: string;
  digest: string;
};

/** Who of some people may get a campaign, by consent and by their words. `planned`: the number of each message that waits. */
export async function addressees(
  desk: Desk,
  plan: Plan,
  people: readonly ContactDoc[],
  { start, planned }: { start: Date; planned: ReadonlyMap<string, string> },
): Promise<Addressed[]> {
  const joined = await readJoined(desk.store, people);
  const { campaign } = plan;
  const others = await onOtherNumber(desk, people, {
    about: plan,
    among: (contacts) =>
      campaign.missed === undefined
        ? contactsAmong(desk.store, whoAt(plan, start), contacts)
        : missedAmong(desk.store, campaign.missed, campaign._id, contacts),
    planned: null,
  });
  const issued = await sampleIssued(desk);
  const { book } = desk.catalog.current();
  const chosen = await sendersFor(desk, plan.program, people);
  // Where that number is stopped it waits there: only an edit chooses anew.
  const senderFor: SenderFor = (person) => findSender(book, planned.get(person.id) ?? '') ?? chosen(person);
  const found: Addressed[] = [];
  for await (const stored of inTurns(people)) {
    const one = readable(desk, stored._id, () =>
      addressed(desk, { ...plan, issued, senderFor }, { ...openJoined(desk.ring, stored, joined), stored }),
    );
    if (one !== null && !others.has(stored._id)) found.push(one);
  }
  return found;
}

/** Null where they may not get it, not from the number chosen for them, or no text can be made of what is known of them. */
function addressed(
  desk: Desk,
  {
    campaign,
    program,
    topic,
    template,
    variants,
    issued,
    senderFor,
  }: Plan & { issued: Issued; senderFor: SenderFor },
  contact: Contact,
): Addressed | null {
  const sender = senderFor(contact);
  const verdict = verdictNow(contact.person, topic, { program, from: sender, quiet: false, now: desk.now() });
  if (!verdict.allowed && verdict.reasons.some((one) => one !== 'no-sender')) return null;
  const { _id, split, winner } = campaign;
  const who = { campaign: _id, person: contact.id };
  const group = split === undefined ? 'everyone' : groupOf(split, null, who);
  // Whoever waits for a winner is counted with the first variant: any may win.
  const words = group ?? winner?.variant ?? split?.variants[0]?.id ?? '';
  const merging = { program, purpose: topic.purpose, language: null, issued };
  const { text, media, fault } = mergeFor(desk, variants[words] ?? template, contact, merging);
  if (text === null || fault !== null) return null;
  const parts = media.length > 0 ? 1 : countParts(text).parts;
  const where = zonesOfPerson(contact.stored.profile?.place ?? EMPTY_PROFILE.place, contact.number);
  // Throws where this process does not know one: nobody can say when then.
  for (const one of where.zones) wallTimeAt(one, desk.now());
  const [zone = program.zone] = localZones(where, program.zone);
  const { stored, index } = contact;
  return { stored, group, sender, parts, where, zone, digest: campaignDigest(_id, index) };
}
