import type { AppContext } from '../consent/app-context.ts';
import { campaignSubject, personSubject, recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { contactById, holderOf } from '../contacts/find-contact.ts';
import type { Actor } from '../domain/access/actor.ts';
import type { DecidingClause } from '../domain/campaigns/explanation.ts';
import type { CampaignState } from '../domain/campaigns/lifecycle.ts';
import { type Via, viaFault } from '../domain/campaigns/results.ts';
import { deliverySentence, type HeldWhere, lastWait } from '../domain/sending/delivery-sentence.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import type { WithStop } from '../sending/circuit-breaker.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { pageRecipients, type RecipientRow } from '../store/campaigns/messages.ts';
import type { DeliveryState } from '../store/deliveries/delivery.ts';
import { costOfCampaign } from './cost.ts';
import { whyOf } from './explanation.ts';
import { resultsOf } from './results.ts';

type CampaignCost = Awaited<ReturnType<typeof costOfCampaign>> & {
  /** The last run of a recurrence, whose cost is shown instead. */
  lastRun: string | null;
};

/** Null when there is no such campaign. Throws `InvalidSegment` and `CommandRefused` for an incomplete draft. */
export async function showCampaignCost(context: AppContext, id: string): Promise<CampaignCost | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  return { ...(await costOfCampaign(context, campaign)), lastRun: campaign.repeat?.lastRun ?? null };
}

type Comparing = { by: string; via: Via | null; days: number };

/**
 * What the people of each group did after their message, compared between the groups. Null when there is no such
 * campaign. Throws `CommandRefused` for a recurrence, and for a `via` that does not fit `by`.
 */
export async function compareCampaignGroups(
  context: Pick<AppContext, 'now' | 'store'>,
  id: string,
  { by, via, days }: Comparing,
): Promise<Awaited<ReturnType<typeof resultsOf>> | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  const fault = viaFault(by, via);
  if (fault !== null) throw new CommandRefused(fault, 'via');
  return resultsOf(context, campaign, { by, via, days });
}

type Recipients = { rows: RecipientRow[]; to: string | null };

/**
 * The people of a campaign with the state of their message, and why they did not get it, by person. Writes a line to
 * the log, because the list tells about people. Null when there is no such campaign. Throws `CommandRefused` for a
 * recurrence.
 */
export async function listRecipients(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  id: string,
  { actor, ...asked }: { actor: Actor } & Parameters<typeof pageRecipients>[2],
): Promise<Recipients | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  if (campaign.repeat !== undefined) throw new CommandRefused(RUNS_HAVE_PEOPLE);
  await recordAudit(context, {
    actor,
    act: 'campaign-people-listed',
    subject: campaignSubject(id),
  });
  return pageRecipients(context.store, id, asked);
}

const RUNS_HAVE_PEOPLE =
  'It is a recurrence, and each run has people of its own. GET /campaigns/{id} names its last run.';

/** One person's message of a campaign. */
type RecipientDelivery = {
  id: string;
  state: DeliveryState;
  sentence: string;
  /** Null unless it is planned. */
  dueAt: Date | null;
  /** The source of the rule on hours that it waits for. */
  heldBy: string | null;
  heldWhere: HeldWhere | null;
  reasons: readonly Reason[];
  decidedAt: Date | null;
  error: string | null;
  template: string;
};

type RecipientWhy = {
  kind: 'explained';
  sentence: string;
  state: CampaignState;
  inAudience: boolean;
  group: string | null;
  clauses: readonly DecidingClause[];
  delivery: RecipientDelivery | null;
};

type WhyQuestion = {
  actor: Actor;
  id: string;
  /** `phone`: a number, E.164. */
  who: { contact: string } | { phone: string };
  /** Called before an answer about a number. It says whether somebody holds the number, and may throw. */
  onLookUp: (isHeld: boolean) => Promise<void>;
};

/**
 * Explains why one person got a campaign or did not, in one sentence with the facts, which is logged. Changes
 * nothing. Throws `InvalidSegment` and `CommandRefused`.
 */
export async function explainRecipient(
  context: AppContext,
  { actor, id, who, onLookUp }: WhyQuestion,
): Promise<RecipientWhy | { kind: 'no-campaign' } | { kind: 'no-contact' }> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return { kind: 'no-campaign' };
  const found = 'phone' in who ? await holderOf(context, who.phone) : null;
  const contact = found?.contact ?? ('contact' in who ? await contactById(context, who.contact) : null);
  if (contact === null && 'contact' in who) return { kind: 'no-contact' };
  if ('phone' in who) await onLookUp(contact !== null);
  const why = await whyOf(context, campaign, contact?.id ?? null);
  await recordAudit(context, {
    ...{
      actor,
      act: 'campaign-explained',
      subject: contact === null ? null : personSubject(contact.id),
    },
    details: { campaign: id },
  });
  const { sentence, inAudience, group, clauses, row } = why;
  const delivery = row === null ? null : deliveryView(row, context.now());
  return { kind: 'explained', sentence, state: campaign.state, inAudience, group, clauses, delivery };
}

function deliveryView(row: WithStop, now: Date): RecipientDelivery {
  const { heldBy = null, heldWhere = null } = lastWait(row);
  return {
    id: row._id,
    state: row.state,
    sentence: deliverySentence(row, now),
    dueAt: row.state === 'planned' ? row.dueAt : null,
    heldBy,
    heldWhere,
    reasons: row.decision?.reasons ?? [],
    decidedAt: row.decision?.at ?? null,
    error: row.error ?? null,
    template: row.template,
  };
}
