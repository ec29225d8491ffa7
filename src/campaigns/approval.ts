import { createHash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { ApprovalNeeded, CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import type { Actor } from '../domain/access/actor.ts';
import { approvalFault, mostPlanned, ONE_HAND, reachedSentence } from '../domain/campaigns/approval.ts';
import type { Limits } from '../domain/campaigns/auto-pause.ts';
import { isPlanned } from '../domain/campaigns/lifecycle.ts';
import { canonical } from '../domain/canonical-json.ts';
import { type Program, programById } from '../domain/program.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { counted, type HowMany } from '../domain/statistics.ts';
import { draftTree } from '../segments/segments.ts';
import { areOfOneHand } from '../store/api-keys.ts';
import type { Approval, CampaignDoc, Edit } from '../store/campaigns/campaign-document.ts';
import {
  findCampaign,
  noteApproval,
  noteAsked,
  readCampaignRules,
  writeCampaignRules,
} from '../store/campaigns/campaigns.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { frozenCopyOf, templateOfProgram, variantsOf } from './content.ts';
import { previewAsItIs, yetToPlan } from './reach.ts';

/** What holds for all campaigns of the installation. */
export type CampaignSettings = {
  /** Campaigns to more people than this need the approval of a second person. Null: no campaign needs one. */
  approvalOver: number | null;
  /** What pauses a campaign automatically. */
  breaker: Limits;
};

/** The settings in force; the usual ones until somebody saves others. */
export async function showCampaignSettings({ store }: Pick<AppContext, 'store'>): Promise<CampaignSettings> {
  const { approvalOver, breaker } = await readCampaignRules(store);
  return { approvalOver, breaker };
}

/** Replaces the settings. They take effect at the next check of each running campaign. */
export async function saveCampaignSettings(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, settings }: { actor: Actor; settings: CampaignSettings },
): Promise<void> {
  await writeCampaignRules(context.store, settings, context.now());
  const details = { approval_over: settings.approvalOver };
  await recordAudit(context, { actor, act: 'campaign-rules-saved', subject: null, details });
}

/**
 * Approves, for a second person, the current draft, or the current words and audience of a paused campaign. The
 * approval lapses when the draft or the words change. Null where there is no such campaign. Throws
 * `CommandRefused`, also to the key that asked for the approval, and `InvalidSegment`.
 */
export async function approveCampaign(
  context: AppContext,
  id: string,
  by: string,
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  const edit = lastContentEdit(campaign);
  if (campaign.state !== 'draft' && (campaign.state !== 'paused' || !mayExceedApproval(campaign))) {
    throw new CommandRefused(
      'Only two kinds of campaigns can be approved: a draft, and a paused campaign that has new words, that repeats, or that still plans messages.',
    );
  }
  const asker = edit?.by ?? campaign.startedBy ?? campaign.asked?.by ?? campaign.savedBy;
  if (asker === by) {
    throw new CommandRefused(
      'The key that asked for the approval cannot approve. A second person must approve, with a key of their own.',
    );
  }
  if (await areOfOneHand(context.store, asker, by)) {
    throw new CommandRefused(
      `The key that asked for the approval cannot approve by another key. ${ONE_HAND}`,
    );
  }
  const at = context.now();
  const seen =
    campaign.frozen === null ? await draftNow(context, campaign, at) : await draftInFlight(context, campaign);
  const approved = await noteApproval(context.store, campaign, { by, at, ...seen });
  if (approved === null) throw new ConcurrentChange();
  return approved;
}

type Seen = Pick<Approval, 'people' | 'between' | 'atMost' | 'draft'>;

const seenAs = (draft: string, { people, exact, between }: HowMany): Seen =>
  exact ? { draft, people } : { draft, people, between, atMost: between[1] };

async function draftNow(context: AppContext, campaign: CampaignDoc, at: Date): Promise<Seen> {
  const { book } = context.catalog.current();
  const program = programById(book, campaign.program);
  if (program === null) throw new CommandRefused('Its program is gone.');
  const template = await templateOfProgram(context.store, campaign, campaign.template);
  const segment = await draftTree(context.store, book, campaign, at);
  const seen = { template, segment, copy: frozenCopyOf(context, program) };
  const draft = draftDigest(campaign, seen, await variantsOf(context, campaign));
  return seenAs(draft, yetToPlan(await previewAsItIs(context, campaign)));
}

/**
 * For a started campaign: the people with a planned message, counted exactly, plus everyone who can still get one.
 * Counts only people whom the planner has not reached yet: a sample of all would be of people who have a message.
 */
async function draftInFlight(context: AppContext, campaign: CampaignDoc): Promise<Seen> {
  const { frozen, plan } = campaign;
  if (frozen === null) throw new CommandRefused('It was never started.');
  const draft = digestOf(campaign, frozen);
  if (isPlanned(campaign)) return { people: plan.planned, draft };
  const { people, exact, between } = yetToPlan(await previewAsItIs(context, campaign, 'ahead'));
  const all = (ahead: number): number => plan.planned + ahead;
  return seenAs(draft, { people: all(people), exact, between: [all(between[0]), all(between[1])] });
}

const digestOf = (campaign: CampaignDoc, frozen: NonNullable<CampaignDoc['frozen']>): string =>
  draftDigest(campaign, frozen, frozen.variants ?? {});

/** The newest edit that changed words. */
const lastContentEdit = ({ edits = [] }: CampaignDoc): Edit | undefined =>
  edits.findLast(({ words }) => words === true);

/**
 * True where a campaign may differ from what was approved: by its words, or by its audience, which can change until
 * everybody has a delivery.
 */
const mayExceedApproval = (campaign: CampaignDoc): boolean =>
  lastContentEdit(campaign) !== undefined || campaign.repeat !== undefined || !isPlanned(campaign);

/**
 * Throws `CommandRefused` where a paused campaign needs another approval before it resumes: its words were edited
 * since the last one, or it has planned the approved number of people. Counts nobody.
 */
export async function requireApprovalToResume(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<void> {
  const { approvalOver: over } = await readCampaignRules(context.store);
  const { frozen, plan, approval = null } = campaign;
  if (over === null || frozen === null) return;
  const edit = lastContentEdit(campaign);
  if (edit !== undefined) {
    const people = counted(Math.max(plan.planned, approval?.people ?? 0));
    await checkApproval(context, campaign, { by: edit.by, people, draft: digestOf(campaign, frozen) });
  }
  const most = mostPlanned(over, approval);
  if (most !== null && !plan.complete && plan.planned >= most)
    throw new CommandRefused(reachedSentence(most, approval));
}

/** How many more people may have a message planned; null: no limit. */
export async function leftToPlan(
  context: Pick<AppContext, 'store'>,
  { plan, approval = null }: CampaignDoc,
): Promise<PlanningLimit | null> {
  const { approvalOver } = await readCampaignRules(context.store);
  const most = mostPlanned(approvalOver, approval);
  if (most === null) return null;
  return { left: Math.max(0, most - plan.planned), why: reachedSentence(most, approval) };
}

/** `why`: the reason of the pause when more people can get the campaign. */
type PlanningLimit = { left: number; why: string };

type Frozen = NonNullable<CampaignDoc['frozen']>;
export type StartParts = { program: Program; template: MessageTemplateDoc; segment: Resolved };

/** The digest of everything that an approval covers: audience, words and split. */
export function draftDigest(
  { program, topic, split, missed }: CampaignDoc,
  { template, segment, copy }: Omit<StartParts, 'program'> & Pick<Frozen, 'copy'>,
  variants: Record<string, MessageTemplateDoc>,
): string {
  const words = [template, ...Object.values(variants)].map(({ _id, version }) => `${_id}.${version}`);
  const draft = { program, topic, words, segment, copy, split: split ?? null, missed: missed ?? null };
  return createHash('sha256').update(canonical(draft)).digest('base64url');
}

/**
 * Throws `ApprovalNeeded` where an approval is needed and none covers the current draft. `by`: the key that asks to
 * start; null: nobody. The key is recorded as the asker, unless its owner may be the approver: otherwise author and
 * reviewer would change places.
 */
export async function checkApproval(
  context: Pick<AppContext, 'now' | 'store'>,
  { _id, state, approval }: CampaignDoc,
  { by, people: howMany, draft }: { by: string | null; people: HowMany; draft: string },
): Promise<void> {
  const { people, exact } = howMany;
  const { approvalOver: over } = await readCampaignRules(context.store);
  const starter = state === 'draft' ? by : null;
  const oneHand = by !== null && approval != null && (await areOfOneHand(context.store, by, approval.by));
  const given = approval ?? null;
  const why = approvalFault({ over, people, estimated: !exact, draft, given, starter, oneHand });
  if (why === null) return;
  if (by !== null && !oneHand) await noteAsked(context.store, _id, { by, at: context.now() });
  throw new ApprovalNeeded(why);
}
