import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { campaignSubject, recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import { programNamed, topicNamed } from '../consent/programs/catalog.ts';
import { type Actor, storedActor } from '../domain/access/actor.ts';
import { type Split, splitFault } from '../domain/campaigns/experiment.ts';
import type { CampaignSort, CampaignState, RunLeft } from '../domain/campaigns/lifecycle.ts';
import type { Program } from '../domain/program.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { campaignIdFault } from '../domain/sending/lanes.ts';
import { readSentenceWriter, resolveNew } from '../segments/segments.ts';
import { refuseUsedCampaign } from '../segments/usage.ts';
import { apiKeyNames } from '../store/api-keys.ts';
import type { By, CampaignDoc } from '../store/campaigns/campaign-document.ts';
import {
  archiveCampaign,
  type CampaignListFilter,
  type CampaignPosition,
  campaignNames,
  deleteDraft,
  findCampaign,
  pageCampaigns,
  positionOf,
  writeDraft,
} from '../store/campaigns/campaigns.ts';
import { isTimeLimit } from '../store/database-errors.ts';
import { findMessageTemplate } from '../store/templates/templates.ts';
import { archivedFault } from '../templates/save-template.ts';
import { approveCampaign } from './approval.ts';
import { editCampaign } from './editing.ts';
import { type ChangedCampaign, changeState, resumeCampaign } from './lifecycle.ts';
import { type CampaignProgress, progressOf } from './progress.ts';
import { draftResend, missedSentence } from './resend.ts';
import { type Start, startCampaign } from './start.ts';

/** A campaign as people see it: without what planners note, with its audience as a sentence and its progress. */
export type CampaignView = Omit<CampaignDoc, '_id' | 'frozen' | 'plan' | 'pausedBy'> & {
  id: string;
  audience: string;
  /** `name`: that of the API key; null where the key is gone. */
  pausedBy: (By & { name: string | null }) | null;
  progress: CampaignProgress;
};

/** The change was made, but counting the messages of the campaign took too long. */
export class ChangedUncounted extends Error {
  override name = 'ChangedUncounted';
  readonly state: CampaignState;
  constructor(state: CampaignState) {
    super('the messages of a campaign could not be counted in time');
    this.state = state;
  }
}

/** Campaigns whose messages are counted at once: connections to the database must stay free for inbound texts. */
const AT_ONCE = 4;

/**
 * A page of campaigns, optionally only those in one state, or the runs of one recurrence. `next`: the place of the last
 * one when there are more. Rejects when counting messages takes too long.
 */
export async function listCampaigns(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  of: CampaignListFilter,
  { sort, after, limit }: { sort: CampaignSort; after: CampaignPosition | null; limit: number },
): Promise<{ campaigns: CampaignView[]; next: CampaignPosition | null }> {
  const found = await pageCampaigns(context.store, of, { sort, after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const labels = await labelsOf(context, shown);
  const campaigns: CampaignView[] = [];
  for (let at = 0; at < shown.length; at += AT_ONCE) {
    const some = shown.slice(at, at + AT_ONCE);
    campaigns.push(...(await Promise.all(some.map((campaign) => viewOf(context, campaign, labels)))));
  }
  const last = found.length > limit ? shown.at(-1) : undefined;
  return { campaigns, next: last === undefined ? null : positionOf(last, sort) };
}

/** Null when there is no such campaign. Rejects when counting its messages takes too long. */
export async function showCampaign(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  id: string,
): Promise<CampaignView | null> {
  const campaign = await findCampaign(context.store, id);
  return campaign === null ? null : viewOf(context, campaign, await labelsOf(context, [campaign]));
}

/** Null when there is no such campaign. Rejects when counting its messages takes too long. */
export async function showProgress(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  id: string,
): Promise<CampaignProgress | null> {
  const campaign = await findCampaign(context.store, id);
  return campaign === null ? null : progressOf(context, campaign);
}

type DraftOrder = Pick<
  CampaignDoc,
  'name' | 'program' | 'topic' | 'template' | 'segment' | 'capped' | 'split'
> & {
  actor: Actor;
  id: string;
  /** The times in the request: null where it gives none. `hasWhen`: whether it gives a local time, spread or repeat. */
  times: { at: Date | null; deadline: Date | null; hasWhen: boolean };
};

/**
 * Saves a whole draft. A campaign cannot be changed once it is started. Throws `CommandRefused`, `InvalidSegment` and
 * `ChangedUncounted`.
 */
export async function saveDraft(context: AppContext, order: DraftOrder): Promise<CampaignView> {
  const { actor, id, times, ...draft } = order;
  const idFault = campaignIdFault(id);
  if (idFault !== null) throw new CommandRefused(idFault, 'id');
  const program = programNamed(context.catalog.current().book, draft.program);
  topicNamed(program, draft.topic);
  await checkTemplate(context, program, draft.template, 'template');
  const before = await findCampaign(context.store, id);
  refuseTimes(before, times);
  await checkSegment(context, before, draft.segment);
  if (draft.split !== undefined) await checkSplit(context, program, draft.split);
  const saved = await writeDraft(
    context.store,
    { _id: id, ...draft, savedBy: storedActor(actor) },
    context.now(),
  );
  if (saved === null) throw new CommandRefused(noDraft(before?.state));
  await recordAudit(context, { actor, act: 'campaign-saved', subject: campaignSubject(id) });
  return changed(context, saved);
}

/**
 * Archives a campaign that is a draft or over, or restores a campaign. Null when there is no campaign of this id. Throws
 * `CommandRefused` where one that is to be archived is under way, and `ChangedUncounted`.
 */
export async function setCampaignArchived(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'now' | 'store'>,
  { actor, id, archived }: { actor: Actor; id: string; archived: boolean },
): Promise<CampaignView | null> {
  const after = await archiveCampaign(context.store, id, archived, context.now());
  if (after === null) {
    if ((await findCampaign(context.store, id)) === null) return null;
    throw new CommandRefused('The campaign is under way. Cancel it, or wait until it is finished.');
  }
  const subject = campaignSubject(id);
  await recordAudit(context, { actor, act: 'campaign-archived', subject, details: { archived } });
  return changed(context, after);
}

/** Deletes a draft that nothing names. False when there is no such campaign. Throws `InUse` and `CommandRefused`. */
export async function removeDraft(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  { actor, id }: { actor: Actor; id: string },
): Promise<boolean> {
  const { store } = context;
  const draft = await findCampaign(store, id);
  if (draft === null) return false;
  if (draft.state !== 'draft')
    throw new CommandRefused(
      'The campaign is no draft any more: what it did stays on record. Archive it once it is over.',
    );
  await refuseUsedCampaign(store, id);
  if (!(await deleteDraft(store, draft))) throw new ConcurrentChange();
  await recordAudit(context, { actor, act: 'campaign-deleted', subject: campaignSubject(id) });
  return true;
}

const noDraft = (state: CampaignState | undefined): string =>
  state === 'canceled' || state === 'finished'
    ? `The campaign is ${state}. Make another.`
    : 'The campaign is no draft any more. Pause it and POST /campaigns/{id}/edit changes its words and deadline; else make another.';

const noTime = (what: string): string =>
  `A draft has no ${what}: POST /campaigns/{id}/start sets it, and POST /campaigns/{id}/edit changes it while the campaign is paused.`;
const NO_WHEN = 'A draft has no local time, spread or repetition: POST /campaigns/{id}/start sets them.';

/** A campaign that was started is refused as a whole, whatever its times are. */
function refuseTimes(before: CampaignDoc | null, { at, deadline, hasWhen }: DraftOrder['times']): void {
  if (before !== null && before.state !== 'draft') return;
  const isOther = (given: Date | null, stored: Date | null | undefined): boolean =>
    given !== null && given.getTime() !== stored?.getTime();
  if (isOther(at, before?.startAt)) throw new CommandRefused(noTime('time of sending'), 'at');
  if (isOther(deadline, before?.deadline)) throw new CommandRefused(noTime('deadline'), 'deadline');
  if (hasWhen) throw new CommandRefused(NO_WHEN, 'when');
}

async function checkTemplate(
  { store }: Pick<AppContext, 'store'>,
  program: Program,
  id: string,
  field: string,
): Promise<void> {
  const template = await findMessageTemplate(store, id);
  if (template?.program !== program.id)
    throw new CommandRefused('The program has no template of this id.', field);
  const why = archivedFault(template);
  if (why !== null) throw new CommandRefused(why, field);
}

async function checkSplit(context: Pick<AppContext, 'store'>, program: Program, split: Split): Promise<void> {
  const fault = splitFault(split);
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  for (const [at, { template }] of split.variants.entries())
    await checkTemplate(context, program, template, `split.variants.${at}.template`);
}

/**
 * A campaign for the people who missed another one keeps its segment unchecked: nobody is selected by the segment, so
 * what it names may be gone.
 */
async function checkSegment(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  before: CampaignDoc | null,
  segment: Tree,
): Promise<void> {
  if (before?.missed === undefined) {
    await resolveNew(context.store, context.catalog.current().book, segment, context.now());
  } else if (!isDeepStrictEqual(before.segment, segment)) {
    const why = `It goes to those who missed "${before.missed.of}": its segment stays as it was.`;
    throw new CommandRefused(why, 'segment');
  }
}

/** What a person can do with a campaign that is drafted. */
type Command =
  | { kind: 'start'; order: Omit<Start, 'by'> }
  | { kind: 'pause' }
  | { kind: 'cancel' }
  | { kind: 'approve' }
  /** `note`: what was done about an automatic pause. */
  | { kind: 'resume'; note: string | null }
  | { kind: 'edit'; order: Omit<Parameters<typeof editCampaign>[2], 'by'> }
  /** Drafts a campaign `id` for the people who missed this one. */
  | { kind: 'missed'; id: string; unknownToo: boolean; variant: string | null };

/**
 * Carries out a command on a campaign. Resolves to the campaign after it, or to the draft of a resend; null when there
 * is no such campaign. `openRuns`: the open runs of a recurrence that was moved. Throws `CommandRefused`,
 * `InvalidSegment` and `ChangedUncounted`.
 */
export async function commandCampaign(
  context: AppContext,
  { actor, id, command }: { actor: Actor; id: string; command: Command },
): Promise<{ campaign: CampaignView; openRuns: RunLeft[] | undefined } | null> {
  const after = await carryOut(context, id, { ...command, by: storedActor(actor) });
  if (after === null) return null;
  const act = command.kind === 'start' ? 'campaign-started' : 'campaign-moved';
  const reason = command.kind === 'resume' ? command.note : null;
  const details = { move: command.kind };
  await recordAudit(context, { actor, act, subject: campaignSubject(id), reason, details });
  const { openRuns, ...campaign } = after;
  return { campaign: await changed(context, campaign), openRuns };
}

function carryOut(
  context: AppContext,
  id: string,
  command: Command & { by: string },
): Promise<ChangedCampaign | null> {
  const { by } = command;
  switch (command.kind) {
    case 'start':
      return startCampaign(context, id, { ...command.order, by });
    case 'pause':
    case 'cancel':
      return changeState(context, id, command.kind, { by });
    case 'resume':
      return resumeCampaign(context, id, { by, note: command.note });
    case 'edit':
      return editCampaign(context, id, { ...command.order, by });
    case 'approve':
      return approveCampaign(context, id, by);
    case 'missed':
      return draftResend(context, id, {
        id: command.id,
        unknownToo: command.unknownToo,
        variant: command.variant,
        by,
      });
  }
}

async function changed(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<CampaignView> {
  try {
    return await viewOf(context, campaign, await labelsOf(context, [campaign]));
  } catch (error) {
    throw isTimeLimit(error) ? new ChangedUncounted(campaign.state) : error;
  }
}

/**
 * What an answer about campaigns needs beside the rows. `say` describes a segment in a sentence. `keyNames`: the names of
 * API keys by id. `originals`: the names, by id, of the campaigns whose failed messages a resend sends again.
 */
type Labels = {
  say: (tree: Tree) => string;
  keyNames: ReadonlyMap<string, string>;
  originals: ReadonlyMap<string, string>;
};

async function labelsOf(
  { store, catalog }: Pick<AppContext, 'catalog' | 'store'>,
  campaigns: readonly CampaignDoc[],
): Promise<Labels> {
  const trees = campaigns.map(({ segment }) => segment);
  const missed = campaigns.flatMap((campaign) => campaign.missed?.of ?? []);
  const pausers = campaigns.flatMap(({ pausedBy }) => pausedBy?.by ?? []);
  return {
    say: await readSentenceWriter(store, catalog.current().book, trees),
    keyNames: await apiKeyNames(store, pausers),
    originals: new Map((await campaignNames(store, missed)).map(({ id, name }) => [id, name])),
  };
}

async function viewOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { say, keyNames, originals }: Labels,
): Promise<CampaignView> {
  const { _id: id, frozen: _, plan: __, pausedBy = null, ...shown } = campaign;
  const { missed } = campaign;
  const said = say(campaign.segment);
  return {
    ...shown,
    id,
    audience: missed === undefined ? said : missedSentence(originals.get(missed.of) ?? missed.of, said),
    pausedBy: pausedBy === null ? null : { ...pausedBy, name: keyNames.get(pausedBy.by) ?? null },
    progress: await progressOf(context, campaign),
  };
}
