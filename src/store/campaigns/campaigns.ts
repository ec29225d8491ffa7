import { type Limits, USUAL_LIMITS } from '../../domain/campaigns/auto-pause.ts';
import type { PriceTable } from '../../domain/campaigns/cost.ts';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { readSetting, writeSetting } from '../settings.ts';
import type { Store } from '../store.ts';
import {
  type Approval,
  type By,
  type CampaignDoc,
  campaignSchema,
  NO_PLAN,
  type PauseAcknowledged,
} from './campaign-document.ts';

const NEW_DRAFT = { startAt: null, deadline: null, frozen: null, plan: NO_PLAN };

/** States of a campaign that was started and is not over. */
export const OPEN_STATES = ['scheduled', 'sending', 'paused'] as const;

campaignSchema.index({ state: 1, startAt: 1 }, { name: 'by-state' });
campaignSchema.index({ state: 1, _id: 1 }, { name: 'list-of-state' });
campaignSchema.index({ state: 1, passes: 1 }, { name: 'by-passes' });
campaignSchema.index(
  { runOf: 1, _id: 1 },
  { partialFilterExpression: { runOf: { $exists: true } }, name: 'runs' },
);

// Two open resends of one campaign would send to the same people twice.
campaignSchema.index(
  { 'missed.of': 1 },
  {
    unique: true,
    partialFilterExpression: { 'missed.of': { $exists: true }, state: { $in: ['draft', ...OPEN_STATES] } },
    name: 'open-resend',
  },
);

export async function findCampaign(store: Store, id: string): Promise<CampaignDoc | null> {
  return store.campaigns.findOne({ _id: id });
}

/** The names of those campaigns that exist. */
export async function campaignNames(
  store: Store,
  ids: readonly string[],
): Promise<{ id: string; name: string }[]> {
  if (ids.length === 0) return [];
  const found = await store.campaigns.find({ _id: { $in: [...ids] } }, { projection: { name: 1 } }).toArray();
  return found.map(({ _id, name }) => ({ id: _id, name }));
}

/** A page of campaigns in id order, optionally only those in one state, or the runs of one recurrence. */
export async function pageCampaigns(
  store: Store,
  of: { state?: CampaignState | undefined; runOf?: string | undefined },
  page: { after: string | null; limit: number },
): Promise<CampaignDoc[]> {
  const filter = {
    ...(of.state === undefined ? {} : { state: of.state }),
    ...(of.runOf === undefined ? {} : { runOf: of.runOf }),
    ...(page.after === null ? {} : { _id: { $gt: page.after } }),
  };
  return store.campaigns.find(filter).sort({ _id: 1 }).limit(page.limit).toArray();
}

type Draft = Pick<
  CampaignDoc,
  '_id' | 'name' | 'program' | 'topic' | 'template' | 'segment' | 'capped' | 'split' | 'savedBy'
>;

/** The open resend of a campaign; null: there is none. */
export async function findOpenResend(store: Store, of: string): Promise<string | null> {
  const open = { 'missed.of': of, state: { $in: ['draft' as const, ...OPEN_STATES] } };
  return (await store.campaigns.findOne(open, { projection: { _id: 1 } }))?._id ?? null;
}

/**
 * Adds the draft of a resend. Null where a campaign with this id exists, or another resend of the same campaign is
 * open.
 */
export async function insertResend(
  store: Store,
  draft: Draft & Required<Pick<CampaignDoc, 'missed'>>,
  at: Date,
): Promise<CampaignDoc | null> {
  const resend: CampaignDoc = { ...draft, ...NEW_DRAFT, state: 'draft', createdAt: at, updatedAt: at };
  try {
    await store.campaigns.insertOne(resend);
    return resend;
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

/** A changed draft loses its approval and the request for it: both were about the earlier draft. */
const UNSAID = { approval: '', asked: '' } as const;

/** Adds or changes a draft. Null where the campaign with this id is no draft any more. */
export async function writeDraft(store: Store, draft: Draft, at: Date): Promise<CampaignDoc | null> {
  const { _id, ...said } = draft;
  const $setOnInsert = { ...NEW_DRAFT, createdAt: at };
  const noSplit = said.split === undefined ? { split: '' as const } : {};
  const before = await findCampaign(store, _id);
  if (before !== null && before.state !== 'draft') return null;
  try {
    return await store.campaigns.findOneAndUpdate(
      { _id, state: 'draft' },
      { $set: { ...said, updatedAt: at }, $setOnInsert, $unset: { ...UNSAID, ...noSplit } },
      { upsert: before === null, returnDocument: 'after' },
    );
  } catch (error) {
    // MongoDB itself retries an upsert only where the filter names nothing but the unique key.
    if (before === null && isDuplicateKey(error)) return writeDraft(store, draft, at);
    throw error;
  }
}

/** The fields that a move may change. */
type Change = Partial<
  Pick<
    CampaignDoc,
    | 'state'
    | 'startAt'
    | 'deadline'
    | 'frozen'
    | 'when'
    | 'repeat'
    | 'updatedAt'
    | 'endedAt'
    | 'awaitsWinner'
    | 'halted'
    | 'startedBy'
    | 'restsUntil'
  >
>;
type MoveOptions = { asRead?: boolean; sweptFrom?: Date; seen?: PauseAcknowledged };

/**
 * Moves a campaign in one conditional write; null where its state changed meanwhile. `asRead`: also null where it
 * was saved or edited since it was read. `sweptFrom`, for a cancel: the sweep then ends what is left of the
 * campaign from that time on, even if this process dies right after the write. `seen`: a person acknowledged the
 * automatic pause; its rules ignore everything sent before.
 */
export async function moveCampaign(
  store: Store,
  { _id, state, updatedAt }: Pick<CampaignDoc, '_id' | 'state' | 'updatedAt'>,
  $set: Change,
  { asRead = false, sweptFrom, seen }: MoveOptions = {},
): Promise<CampaignDoc | null> {
  const filter = { _id, state, ...(asRead ? { updatedAt } : {}) };
  const $max = sweptFrom === undefined ? {} : { 'plan.leaseUntil': sweptFrom };
  const judged = seen === undefined ? {} : { trip: null, watchedFrom: seen.at };
  const $push = seen === undefined ? {} : { acknowledged: seen };
  const update = { $set: { ...$set, ...judged }, $max, $push };
  return store.campaigns.findOneAndUpdate(filter, update, { returnDocument: 'after' });
}

/** Records who first asked to start a draft. Later requests do not change it. */
export async function noteAsked(store: Store, id: string, asked: By): Promise<void> {
  await store.campaigns.updateOne(
    { _id: id, state: 'draft', asked: { $exists: false } },
    { $set: { asked } },
  );
}

/** Records an approval. Null where the campaign was changed or moved since it was read. */
export async function noteApproval(
  store: Store,
  { _id, state, updatedAt }: CampaignDoc,
  approval: Approval,
): Promise<CampaignDoc | null> {
  return store.campaigns.findOneAndUpdate(
    { _id, state, updatedAt },
    { $set: { approval } },
    { returnDocument: 'after' },
  );
}

/** The installation's rules for all campaigns. */
export type CampaignRules = {
  /** Campaigns to more people than this need an approval; null: no campaign needs one. */
  approvalOver: number | null;
  breaker: Limits;
};

const RULES = 'campaign rules';
const PRICES = 'prices';

/** The rules in force; the defaults until somebody saves others. */
export async function readCampaignRules(store: Store): Promise<CampaignRules> {
  const written = (await readSetting(store, RULES))?.value as CampaignRules | undefined;
  return written ?? { approvalOver: null, breaker: USUAL_LIMITS };
}

export async function writeCampaignRules(store: Store, rules: CampaignRules, at: Date): Promise<void> {
  await writeSetting(store, { _id: RULES, at, value: rules });
}

/** The price table; null until somebody saves one. */
export async function readPrices(store: Store): Promise<PriceTable | null> {
  return ((await readSetting(store, PRICES))?.value ?? null) as PriceTable | null;
}

export async function writePrices(store: Store, table: PriceTable, at: Date): Promise<void> {
  await writeSetting(store, { _id: PRICES, at, value: table });
}
