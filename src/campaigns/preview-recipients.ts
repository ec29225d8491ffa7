import type { AppContext } from '../consent/app-context.ts';
import { type OpenedContact, readable } from '../contacts/find-contact.ts';
import { groupOf } from '../domain/campaigns/experiment.ts';
import type { PreviewRefusal } from '../domain/campaigns/forecast.ts';
import { localZones } from '../domain/campaigns/schedule.ts';
import { EMPTY_PROFILE } from '../domain/contacts/profile.ts';
import { wallTimeAt } from '../domain/hours/local-time.ts';
import { type Whereabouts, zonesOfPerson } from '../domain/hours/zones-of-person.ts';
import { findSender, type Sender } from '../domain/program.ts';
import { verdictNow } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import type { IssuedValues } from '../domain/templates/template.ts';
import { countParts } from '../domain/text/parts.ts';
import { reachedOnOtherNumber } from '../segments/eligibility.ts';
import { type SenderFor, senderChooserFor } from '../sending/sender-selection.ts';
import { yieldingEach } from '../store/batching.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignDigest } from '../store/campaigns/messages.ts';
import { missedAmong } from '../store/campaigns/resend.ts';
import { type Exclusions, whoGot } from '../store/campaigns/send-history.ts';
import { contactsAmong } from '../store/contacts/audience.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { openJoined, readJoined } from '../store/contacts/person-facts.ts';
import { renderFor } from '../templates/render.ts';
import { sampleValues } from '../templates/save-template.ts';
import { SendHistoryPending } from './errors.ts';
import type { PreviewPlan } from './preview-plan.ts';
import { previewFilter } from './recipients.ts';
import { requireSendHistory } from './send-history.ts';

/** `group`: the person's variant, or `holdout`; null: the person waits for the winner of a test. */
export type Addressed = {
  stored: ContactDoc;
  group: string | null;
  /** The sender that would be used; null where no sender of the program may write to the person. */
  sender: Sender | null;
  parts: number;
  /** Whether the message has pictures. */
  mms: boolean;
  where: Whereabouts;
  zone: string;
  digest: string;
};

type ScheduledRecipients = {
  mayGet: Addressed[];
  /** Everybody else, each counted once, under the first reason. */
  refused: ReadonlyMap<PreviewRefusal, number>;
};

/**
 * Those of the people who may get a campaign, by consent and by the words available for them. `planned`: the sender
 * of each planned message.
 */
export async function scheduledRecipients(
  context: AppContext,
  plan: PreviewPlan,
  people: readonly ContactDoc[],
  { start, planned }: { start: Date; planned: ReadonlyMap<string, string> },
): Promise<ScheduledRecipients> {
  const joined = await readJoined(context.store, people);
  const leavesOut = await exclusionsOf(context, plan);
  const got = await whoGot(context.store, leavesOut, people, context.now());
  const others = await othersOf(context, plan, people, start);
  const issued = await sampleValues(context);
  const { book } = context.catalog.current();
  const chosen = await senderChooserFor(context, plan.program, people);
  // A planned message keeps its sender, even a stopped one; only an edit chooses another.
  const senderFor: SenderFor = (person) => findSender(book, planned.get(person.id) ?? '') ?? chosen(person);
  const mayGet: Addressed[] = [];
  const refused = new Map<PreviewRefusal, number>();
  for await (const stored of yieldingEach(people)) {
    const own = readable(context, stored._id, () =>
      addressed(
        context,
        { ...plan, issued, senderFor },
        { ...openJoined(context.ring, stored, joined), stored },
      ),
    );
    const gotOther = got.has(stored._id) && !planned.has(stored._id);
    const elsewhere = others.has(stored._id) ? 'same-person' : gotOther ? 'other-campaign' : null;
    const isRefused = own === null || typeof own === 'string';
    const outcome = isRefused ? (own ?? 'unreadable') : (elsewhere ?? own);
    if (typeof outcome === 'string') refused.set(outcome, (refused.get(outcome) ?? 0) + 1);
    else mayGet.push(outcome);
  }
  return { mayGet, refused };
}

/** Those of the people who get the campaign on another number of theirs. */
function othersOf(context: AppContext, plan: PreviewPlan, people: readonly ContactDoc[], start: Date) {
  const { campaign } = plan;
  return reachedOnOtherNumber(context, people, {
    about: plan,
    among: (contacts) =>
      campaign.missed === undefined
        ? contactsAmong(context.store, previewFilter(plan, start), contacts)
        : missedAmong(context.store, campaign.missed, campaign._id, contacts),
    planned: null,
  });
}

/**
 * The campaigns whose recipients the segment leaves out by their deliveries. Null: none, or it is not known yet, which
 * the preview says in words.
 */
async function exclusionsOf(
  context: Pick<AppContext, 'now' | 'store'>,
  { campaign, segment }: PreviewPlan,
): Promise<Exclusions | null> {
  try {
    return await requireSendHistory(context, campaign, segment);
  } catch (error) {
    if (error instanceof SendHistoryPending) return null;
    throw error;
  }
}

/**
 * The first reason where the person may not get the campaign, may not get it from the chosen sender, or no text can be
 * made for them. People to whom no sender may write, and whom nothing else refuses, are counted apart by the caller.
 */
function addressed(
  context: Pick<AppContext, 'catalog' | 'now' | 'ring'>,
  {
    campaign,
    program,
    topic,
    template,
    variants,
    issued,
    senderFor,
  }: PreviewPlan & { issued: IssuedValues; senderFor: SenderFor },
  contact: OpenedContact,
): Addressed | Reason {
  const sender = senderFor(contact);
  const verdict = verdictNow(contact.person, topic, {
    program,
    from: sender,
    quiet: false,
    now: context.now(),
  });
  const refusal = verdict.allowed ? undefined : verdict.reasons.find((reason) => reason !== 'no-sender');
  if (refusal !== undefined) return refusal;
  const { _id, split, winner } = campaign;
  const key = { campaign: _id, person: contact.id };
  const group = split === undefined ? 'everyone' : groupOf(split, null, key);
  // People who wait for a winner are counted with the first variant, since any variant may win.
  const words = group ?? winner?.variant ?? split?.variants[0]?.id ?? '';
  const merging = { program, purpose: topic.purpose, language: null, issued, ...optOutLinesOf(campaign) };
  const { text, media, fault } = renderFor(context, variants[words] ?? template, contact, merging);
  if (text === null || fault !== null) return fault?.reason ?? 'no-text';
  const parts = media.length > 0 ? 1 : countParts(text).parts;
  const whereabouts = zonesOfPerson(contact.stored.profile?.place ?? EMPTY_PROFILE.place, contact.number);
  // Throws where this process does not know a zone: no time can be given then.
  for (const zone of whereabouts.zones) wallTimeAt(zone, context.now());
  const [zone = program.zone] = localZones(whereabouts, program.zone);
  const { stored, index } = contact;
  const digest = campaignDigest(_id, index);
  return { stored, group, sender, parts, mms: media.length > 0, where: whereabouts, zone, digest };
}

/** The lines that were frozen at the start; those of now for a draft. */
function optOutLinesOf({ frozen }: CampaignDoc): { optOutLines?: Readonly<Record<string, string>> } {
  return frozen === null ? {} : { optOutLines: frozen.copy.optOutLines };
}
