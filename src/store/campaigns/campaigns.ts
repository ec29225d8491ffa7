import { Schema } from 'mongoose';
import type { CampaignState } from '../../domain/campaigns/moves.ts';
import { CAMPAIGN_STATES } from '../../domain/campaigns/moves.ts';
import { ALL_PASSES } from '../../domain/campaigns/noting.ts';
import type { Repeat } from '../../domain/campaigns/repeat.ts';
import type { When } from '../../domain/campaigns/when.ts';
import { WHEN_CAPPED, type WhenCapped } from '../../domain/caps/caps.ts';
import type { Program } from '../../domain/program.ts';
import type { Resolved, Tree } from '../../domain/segments/tree.ts';
import { isDuplicateKey } from '../database-failure.ts';
import type { Store } from '../store.ts';
import { FLOWN_FIELDS, type Flown, type Seen } from './flight.ts';
import type { MessageTemplateDoc } from './message-templates.ts';

/** One planned send of one template to one segment. */
export type CampaignDoc = Flown & {
  _id: string;
  name: string;
  program: string;
  topic: string;
  template: string;
  segment: Tree;
  state: CampaignState;
  /** Not before; null: at once. */
  startAt: Date | null;
  /** Nothing of it leaves after this. */
  deadline: Date | null;
  /** What becomes of a message that a frequency cap keeps back. */
  capped: WhenCapped;
  /** Audience and words as they were when it was started; what is edited later changes nothing. */
  frozen: {
    segment: Resolved;
    template: MessageTemplateDoc;
    /** Words of each variant of a split, by its id. */
    variants?: Record<string, MessageTemplateDoc>;
    copy: FrozenCopy;
    /** Of whoever is a contact by then; where they live and what they did is read when it is the turn of each. */
    at: Date;
  } | null;
  plan: Plan;
  /** When each message is due from `startAt` on; absent: at once. */
  when?: When;
  /** A recurrence itself is never planned: each of its times becomes a campaign of its own, a run. */
  repeat?: Recurring;
  /** The recurrence that a run belongs to. */
  runOf?: string;
  createdAt: Date;
  updatedAt: Date;
  /** When it finished or was canceled. */
  endedAt?: Date;
  /** How often what it sent was noted on the contacts. */
  passes?: number;
  /** Until when a process is at it. */
  notingUntil?: Date | null;
};

/** What a program put into texts when a campaign of it was started. */
export type FrozenCopy = Pick<Program, 'brand' | 'name'> & {
  marketingTexts: NonNullable<Program['marketingTexts']>;
  optOutLines: Record<string, string>;
};

/** Where a recurrence stands. `missed`: times at which nothing ran, since nobody was up, or it was paused. */
export type Recurring = Repeat & {
  /** Program's zone when it was started. */
  zone: string;
  /** Null once it has no times left. */
  nextAt: Date | null;
  runs: number;
  missed: number;
  lastRun: string | null;
};

/**
 * How far its rows are written. `cursor`: contact up to which, in the order of ids. Counts are of people; `planned`: of
 * those whose row was planned, which approvals limit. `owner`: token of
 * whoever has the lease, or had it last; absent until a process claims the campaign for the first time.
 */
export type Plan = {
  cursor: string | null;
  complete: boolean;
  people: number;
  planned: number;
  leaseUntil: Date | null;
  owner?: string;
};

export const NO_PLAN: Plan = { cursor: null, complete: false, people: 0, planned: 0, leaseUntil: null };

const NEW_DRAFT = { startAt: null, deadline: null, frozen: null, plan: NO_PLAN };

/** States of one that was started and is not over. */
export const OPEN_STATES = ['scheduled', 'sending', 'paused'] as const;

export const campaignSchema = new Schema(
  {
    _id: String,
    name: { type: String, required: true },
    program: { type: String, required: true },
    topic: { type: String, required: true },
    template: { type: String, required: true },
    segment: { type: Schema.Types.Mixed, required: true },
    state: { type: String, enum: CAMPAIGN_STATES, required: true },
    startAt: Date,
    deadline: Date,
    capped: { type: String, enum: WHEN_CAPPED, required: true },
    frozen: Schema.Types.Mixed,
    plan: { type: Schema.Types.Mixed, required: true },
    when: Schema.Types.Mixed,
    repeat: Schema.Types.Mixed,
    runOf: String,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    endedAt: Date,
    passes: Number,
    notingUntil: Date,
    ...FLOWN_FIELDS,
  },
  { collection: 'campaigns', strict: 'throw', versionKey: false, autoIndex: false, minimize: false },
);
campaignSchema.index({ state: 1, startAt: 1 }, { name: 'by-state' });
campaignSchema.index({ state: 1, _id: 1 }, { name: 'list-of-state' });
campaignSchema.index({ state: 1, passes: 1 }, { name: 'by-passes' });
campaignSchema.index(
  { runOf: 1, _id: 1 },
  { partialFilterExpression: { runOf: { $exists: true } }, name: 'runs' },
);

// Of two resends of one campaign that are open side by side the same people would get both.
campaignSchema.index(
  { 'missed.of': 1 },
  {
    unique: true,
    partialFilterExpression: { 'missed.of': { $exists: true }, state: { $in: ['draft', ...OPEN_STATES] } },
    name: 'open-resend',
  },
);

/** Of those that are over: the ones of the last three days, and what nothing was noted of since. */
export const NOT_ALL_PASSES = { $not: { $gte: ALL_PASSES } };

export async function findCampaign(store: Store, id: string): Promise<CampaignDoc | null> {
  return store.campaigns.findOne({ _id: id });
}

/** Of those that are there. */
export async function campaignNames(
  store: Store,
  ids: readonly string[],
): Promise<{ id: string; name: string }[]> {
  if (ids.length === 0) return [];
  const found = await store.campaigns.find({ _id: { $in: [...ids] } }, { projection: { name: 1 } }).toArray();
  return found.map(({ _id, name }) => ({ id: _id, name }));
}

/** By their ids; those in one state alone, or the runs of one recurrence, where that is asked. */
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

/** The resend of a campaign that is not over; null: there is none. */
export async function findOpenResend(store: Store, of: string): Promise<string | null> {
  const open = { 'missed.of': of, state: { $in: ['draft' as const, ...OPEN_STATES] } };
  return (await store.campaigns.findOne(open, { projection: { _id: 1 } }))?._id ?? null;
}

/** Adds the draft of a resend. Null where there is a campaign of its id, or another open resend of the same campaign. */
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

/** What was asked about a draft, and allowed, is not about the draft it has become. */
const UNSAID = { approval: '', asked: '' } as const;

/** Adds a draft, or changes one. Null where a campaign of this id is no draft any more. */
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
    // The server tries again by itself only where a filter names nothing but the unique key.
    if (before === null && isDuplicateKey(error)) return writeDraft(store, draft, at);
    throw error;
  }
}

/** What a move may change. */
export type Change = Partial<
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
export type MoveOptions = { asRead?: boolean; sweptFrom?: Date; seen?: Seen };

/**
 * One conditional move; null where the campaign left the state meanwhile. `asRead`: also where it was saved or edited
 * since it was read. `sweptFrom`, of one that is canceled: what is left of it then is ended once more, also where the
 * process dies right after this. `seen`: a person saw why it was paused; what left until then is judged no more.
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
