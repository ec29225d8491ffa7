import type { AppContext } from '../consent/app-context.ts';
import { openEntry } from '../consent/ledger/ledger.ts';
import { whySentence } from '../domain/campaigns/explanation.ts';
import type { ActChannel } from '../domain/consent/channels.ts';
import { momentWords } from '../domain/console-time.ts';
import { programById } from '../domain/program.ts';
import {
  type CauseAct,
  type CauseOutcome,
  type CauseRule,
  type CauseSource,
  causeBeside,
  causeSentence,
  consentEntries,
  outcomeOf,
  rulesOf,
  stoppedByEntry,
} from '../domain/sending/delivery-cause.ts';
import { deliverySentence } from '../domain/sending/delivery-sentence.ts';
import { type WithStop, withSenderStop } from '../sending/circuit-breaker.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign, pausedSinceOf } from '../store/campaigns/campaigns.ts';
import { type ConsentEventDoc, chainOf } from '../store/consent/consent-events.ts';
import { type OpenContact, unlessClosed } from '../store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { findJourney, type JourneyDoc } from '../store/journeys/journeys.ts';

/** Why a person was texted, or was not: everything that support needs for an answer. */
export type DeliveryCause = {
  /** The answer in one sentence. */
  sentence: string;
  /** What became of the message, in one sentence. */
  became: string;
  /** What the answer says beside what became of the message; null where nothing. */
  beside: string | null;
  /** When its campaign was paused; null where it waits for no paused campaign. */
  pausedSince: Date | null;
  outcome: CauseOutcome;
  rules: CauseRule[];
  consent: CauseAct | null;
  topicOn: CauseAct | null;
  stoppedBy: CauseAct | null;
  campaign: { id: string; name: string } | null;
  journey: { id: string; name: string } | null;
  /** The audience of the campaign in one sentence, as it was when the campaign was started. */
  segment: string | null;
};

/**
 * `holder`: null when its keys are gone. `readsEvidence`: whether the words of every entry may be shown. `zone`: the
 * reader's; absent: moments are in the zone of the person or the program.
 */
type CauseReader = { holder: OpenContact | null; readsEvidence: boolean; zone?: string };

/** Collects why one delivery was sent or not: its campaign or journey, the entries of the ledger, and the rules. */
export async function causeOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  stored: DeliveryDoc,
  reader: CauseReader,
): Promise<DeliveryCause> {
  const row = await withSenderStop(context.store, stored);
  const campaign = row.campaign === undefined ? null : await findCampaign(context.store, row.campaign);
  const journey = row.journey === undefined ? null : await findJourney(context.store, row.journey);
  const acts = await actsOf(context, row, reader);
  const now = context.now();
  const became = becameOf(row, campaign, { now, zone: reader.zone ?? null });
  const program = row.program === null ? null : programById(context.catalog.current().book, row.program);
  const segment = campaign?.frozen?.audience ?? null;
  const parts = {
    row,
    source: sourceOf(row, campaign, journey),
    consent: acts.consent,
    stoppedBy: acts.stoppedBy,
    program: program?.name ?? row.program,
    moment: (at: Date) => momentWords(at, reader.zone ?? program?.zone),
  };
  return {
    sentence: causeSentence({ ...parts, became }),
    beside: causeBeside(parts),
    pausedSince: row.state === 'planned' && campaign?.state === 'paused' ? pausedSinceOf(campaign) : null,
    became,
    outcome: outcomeOf(row),
    rules: rulesOf(row, { paused: pausedBy(campaign, journey), now }),
    ...acts,
    campaign: campaign === null ? null : { id: campaign._id, name: campaign.name },
    journey: journey === null ? null : { id: journey._id, name: journey.name },
    segment,
  };
}

function pausedBy(campaign: CampaignDoc | null, journey: JourneyDoc | null): 'campaign' | 'journey' | null {
  if (campaign?.state === 'paused') return 'campaign';
  return journey?.state === 'paused' ? 'journey' : null;
}

/** A message of a paused campaign waits for the campaign, whatever else it waits for. */
function becameOf(
  row: WithStop,
  campaign: CampaignDoc | null,
  { now, zone }: { now: Date; zone: string | null },
): string {
  if (campaign === null) return deliverySentence(row, now, zone);
  const { state, startAt, deadline, trip = null, halted = null } = campaign;
  const about = { state, startAt, deadline, trip, halted: halted?.why ?? null };
  const facts = { campaign: about, row, audience: { kind: 'in', turn: 'passed', readAt: null } } as const;
  return whySentence(facts, now, zone);
}

function sourceOf(row: DeliveryDoc, campaign: CampaignDoc | null, journey: JourneyDoc | null): CauseSource {
  if (campaign !== null)
    return { kind: 'campaign', name: campaign.name, segment: campaign.frozen?.audience ?? 'Everyone.' };
  if (journey !== null) return { kind: 'journey', name: journey.name };
  if (row.answers !== null) return { kind: 'text', at: row.answers.receivedAt };
  return row.test === true ? { kind: 'test' } : { kind: 'single' };
}

async function actsOf(
  { store }: Pick<AppContext, 'store'>,
  row: DeliveryDoc,
  reader: CauseReader,
): Promise<Pick<DeliveryCause, 'consent' | 'topicOn' | 'stoppedBy'>> {
  const chain = await chainOf(store, row.contact);
  const decidedAt = row.decision?.at ?? row.createdAt;
  const target = { program: row.program, topic: row.topic, sender: row.sender, service: row.service };
  const asks = row.class === 'marketing' || row.class === 'transactional';
  const { consent, topicOn } = asks
    ? consentEntries(chain, target, decidedAt)
    : { consent: null, topicOn: null };
  const act = (entry: ConsentEventDoc | null): CauseAct | null =>
    entry === null ? null : actOf(entry, askedForBy(entry, chain), reader);
  return {
    consent: act(consent),
    topicOn: act(topicOn),
    stoppedBy: act(stoppedByEntry(chain, row, target, decidedAt)),
  };
}

/** A confirmation answers the entry of its question, whose channel is that of the request. */
const askedForBy = ({ kind, answers }: ConsentEventDoc, chain: readonly ConsentEventDoc[]) =>
  kind === 'confirmed' && answers !== null ? (chain[answers - 1]?.channel ?? null) : null;

function actOf(entry: ConsentEventDoc, asked: ActChannel | null, reader: CauseReader): CauseAct {
  const { kind, actedAt: at, channel, disclosure, seq } = entry;
  return { kind, at, channel, askedForBy: asked, words: wordsOf(entry, reader), disclosure, seq };
}

/**
 * The words of the confirmation that a subscription rests on are shown to everybody who may see the person's status;
 * those of every other entry only to a reader of evidence.
 */
function wordsOf(entry: ConsentEventDoc, { holder, readsEvidence }: CauseReader): string | null {
  if (holder === null) return null;
  const bases = holder.person.subscriptions.map(({ basis }) => basis);
  const basis = bases.find((known) => known?.seq === entry.seq) ?? null;
  if (basis !== null) return basis.words;
  if (!readsEvidence) return null;
  return unlessClosed(() => openEntry(entry, holder.keys.evidence))?.words?.[1] ?? null;
}
