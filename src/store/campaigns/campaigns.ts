import type { Filter } from 'mongodb';
import { z } from 'zod';
import { BREAKER_RULES, type Limits, USUAL_LIMITS } from '../../domain/campaigns/auto-pause.ts';
import { MEDIA, type PriceTable } from '../../domain/campaigns/cost.ts';
import { AT_REST, type CampaignSort, type CampaignState } from '../../domain/campaigns/lifecycle.ts';
import { SENDER_KINDS } from '../../domain/program.ts';
import type { Database } from '../collection.ts';
import { isDuplicateKey } from '../database-errors.ts';
import { defineSetting } from '../settings.ts';
import {
  type Approval,
  type By,
  type CampaignDoc,
  campaigns,
  NO_PLAN,
  OPEN_STATES,
  type PauseAcknowledged,
} from './campaign-document.ts';

const NEW_DRAFT = { startAt: null, deadline: null, frozen: null, plan: NO_PLAN };

export async function findCampaign(database: Database, id: string): Promise<CampaignDoc | null> {
  return campaigns(database).findOne({ _id: id });
}

/** The names of those campaigns that exist. */
export async function campaignNames(
  database: Database,
  ids: readonly string[],
): Promise<{ id: string; name: string; state: CampaignDoc['state'] }[]> {
  if (ids.length === 0) return [];
  const found = await campaigns(database)
    .find({ _id: { $in: [...ids] } }, { projection: { name: 1, state: 1 } })
    .toArray();
  return found.map(({ _id, name, state }) => ({ id: _id, name, state }));
}

/** When a paused campaign was paused: by somebody, by a rule, or because it could not go on. */
export const pausedSinceOf = ({ pausedBy, trip, halted }: CampaignDoc): Date | null =>
  pausedBy?.at ?? trip?.at ?? halted?.at ?? null;

/** The place of a campaign in a sorted list: what the list is sorted by, then the id. */
export type CampaignPosition = { value: Date | string | null; id: string };

export const positionOf = (
  { _id: id, createdAt, startAt, name }: Pick<CampaignDoc, '_id' | 'createdAt' | 'startAt' | 'name'>,
  sort: CampaignSort,
): CampaignPosition => ({ value: { created: createdAt, start: startAt, name }[sort], id });

const ORDER = {
  created: { createdAt: -1, _id: 1 },
  start: { startAt: -1, _id: 1 },
  name: { name: 1, _id: 1 },
} as const;

/**
 * Matches the campaigns behind a position, whatever was added or deleted meanwhile. Campaigns without a start come
 * last.
 */
function behind(sort: CampaignSort, { value, id }: CampaignPosition): Filter<CampaignDoc> {
  const sameLater = { _id: { $gt: id } };
  if (sort === 'name')
    return { name: { $gte: value as string }, $or: [{ name: { $gt: value as string } }, sameLater] };
  const at = value as Date | null;
  if (at === null) return { startAt: null, ...sameLater };
  if (sort === 'created') return { createdAt: { $lte: at }, $or: [{ createdAt: { $lt: at } }, sameLater] };
  // "Not later" holds for campaigns without a start too, which come after all others.
  return { startAt: { $not: { $gt: at } }, $or: [{ startAt: { $not: { $gte: at } } }, sameLater] };
}

const NOT_ARCHIVED = { $exists: false };

/** Which campaigns a list shows. `archived`: only archived ones, else only others. */
export type CampaignListFilter = {
  state?: CampaignState | undefined;
  runOf?: string | undefined;
  archived?: boolean;
};

/** A page of campaigns, optionally only those in one state, or the runs of one recurrence. */
export async function pageCampaigns(
  database: Database,
  of: CampaignListFilter,
  page: { sort: CampaignSort; after: CampaignPosition | null; limit: number },
): Promise<CampaignDoc[]> {
  const filter: Filter<CampaignDoc> = {
    ...(of.state === undefined ? {} : { state: of.state }),
    ...(of.runOf === undefined ? {} : { runOf: of.runOf }),
    archived: of.archived === true ? true : NOT_ARCHIVED,
    ...(page.after === null ? {} : behind(page.sort, page.after)),
  };
  return campaigns(database).find(filter).sort(ORDER[page.sort]).limit(page.limit).toArray();
}

/**
 * Archives a campaign that is a draft or over, or restores a campaign. Null where there is no campaign of this id, or
 * where one that is to be archived is under way.
 */
export async function archiveCampaign(
  database: Database,
  _id: string,
  archived: boolean,
  at: Date,
): Promise<CampaignDoc | null> {
  const [which, update] = archived
    ? [{ _id, state: { $in: [...AT_REST] } }, { $set: { archived: true as const, updatedAt: at } }]
    : [{ _id }, { $set: { updatedAt: at }, $unset: { archived: '' as const } }];
  return campaigns(database).findOneAndUpdate(which, update, { returnDocument: 'after' });
}

/** Deletes a draft. False where it was saved, started or deleted since it was read. */
export async function deleteDraft(
  database: Database,
  { _id, updatedAt }: Pick<CampaignDoc, '_id' | 'updatedAt'>,
): Promise<boolean> {
  return (await campaigns(database).deleteOne({ _id, state: 'draft', updatedAt })).deletedCount === 1;
}

/** The fields by which a campaign that is no more than planned names templates, segments and campaigns. */
export type CampaignNames = Pick<CampaignDoc, '_id' | 'name' | 'template' | 'split' | 'segment'>;

/** The drafts, and the campaigns under way. */
export async function unendedCampaigns(database: Database): Promise<CampaignNames[]> {
  return campaigns(database)
    .find(
      { state: { $in: ['draft', ...OPEN_STATES] } },
      { projection: { name: 1, template: 1, split: 1, segment: 1 } },
    )
    .toArray();
}

type Draft = Pick<
  CampaignDoc,
  '_id' | 'name' | 'program' | 'topic' | 'template' | 'segment' | 'capped' | 'split' | 'savedBy'
>;

/** The open resend of a campaign; null: there is none. */
export async function findOpenResend(database: Database, of: string): Promise<string | null> {
  const open = { 'missed.of': of, state: { $in: ['draft' as const, ...OPEN_STATES] } };
  return (await campaigns(database).findOne(open, { projection: { _id: 1 } }))?._id ?? null;
}

/**
 * Adds the draft of a resend. Null where a campaign with this id exists, or another resend of the same campaign is
 * open.
 */
export async function insertResend(
  database: Database,
  draft: Draft & Required<Pick<CampaignDoc, 'missed'>>,
  at: Date,
): Promise<CampaignDoc | null> {
  const resend: CampaignDoc = { ...draft, ...NEW_DRAFT, state: 'draft', createdAt: at, updatedAt: at };
  try {
    await campaigns(database).insertOne(resend);
    return resend;
  } catch (error) {
    if (isDuplicateKey(error)) return null;
    throw error;
  }
}

/** A changed draft loses its approval and the request for it: both were about the earlier draft. */
const UNSAID = { approval: '', asked: '' } as const;

/** Adds or changes a draft. Null where the campaign with this id is no draft any more. */
export async function writeDraft(database: Database, draft: Draft, at: Date): Promise<CampaignDoc | null> {
  const { _id, ...said } = draft;
  const $setOnInsert = { ...NEW_DRAFT, createdAt: at };
  const noSplit = said.split === undefined ? { split: '' as const } : {};
  const before = await findCampaign(database, _id);
  if (before !== null && before.state !== 'draft') return null;
  try {
    return await campaigns(database).findOneAndUpdate(
      { _id, state: 'draft' },
      { $set: { ...said, updatedAt: at }, $setOnInsert, $unset: { ...UNSAID, ...noSplit } },
      { upsert: before === null, returnDocument: 'after' },
    );
  } catch (error) {
    // MongoDB itself retries an upsert only where the filter names nothing but the unique key.
    if (before === null && isDuplicateKey(error)) return writeDraft(database, draft, at);
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
    | 'pausedBy'
    | 'startedBy'
    | 'restsUntil'
  >
>;
type MoveOptions = { asRead?: boolean; sweptFrom?: Date; seen?: PauseAcknowledged };

/**
 * Moves a campaign in one conditional write; null where its state changed meanwhile. `asRead`: also null where it
 * was saved, edited or archived since it was read. `sweptFrom`, for a cancel: the sweep then ends what is left of the
 * campaign from that time on, even if this process dies right after the write. `seen`: a person acknowledged the
 * automatic pause; its rules ignore everything sent before.
 */
export async function moveCampaign(
  database: Database,
  { _id, state, updatedAt }: Pick<CampaignDoc, '_id' | 'state' | 'updatedAt'>,
  $set: Change,
  { asRead = false, sweptFrom, seen }: MoveOptions = {},
): Promise<CampaignDoc | null> {
  const filter = { _id, state, ...(asRead ? { updatedAt, archived: NOT_ARCHIVED } : {}) };
  const $max = sweptFrom === undefined ? {} : { 'plan.leaseUntil': sweptFrom };
  const judged = seen === undefined ? {} : { trip: null, watchedFrom: seen.at };
  const $push = seen === undefined ? {} : { acknowledged: seen };
  const update = { $set: { ...$set, ...judged }, $max, $push };
  return campaigns(database).findOneAndUpdate(filter, update, { returnDocument: 'after' });
}

/** Records who first asked to start a draft. Later requests do not change it. */
export async function noteAsked(database: Database, id: string, asked: By): Promise<void> {
  await campaigns(database).updateOne(
    { _id: id, state: 'draft', asked: { $exists: false } },
    { $set: { asked } },
  );
}

/** Records an approval. Null where the campaign was changed or moved since it was read. */
export async function noteApproval(
  database: Database,
  { _id, state, updatedAt }: CampaignDoc,
  approval: Approval,
): Promise<CampaignDoc | null> {
  return campaigns(database).findOneAndUpdate(
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

const LIMIT = z.strictObject({
  most: z.number(),
  least: z.number(),
  leastHits: z.number(),
  windowMinutes: z.number(),
});
const RULES = defineSetting<CampaignRules>(
  'campaign rules',
  z.strictObject({ approvalOver: z.number().nullable(), breaker: z.record(z.enum(BREAKER_RULES), LIMIT) }),
  { approvalOver: null, breaker: USUAL_LIMITS },
);

const PRICE = z.strictObject({
  country: z.string(),
  kind: z.enum(SENDER_KINDS).nullable(),
  media: z.enum(MEDIA),
  micros: z.number(),
});
const PRICES = defineSetting<PriceTable, null>(
  'prices',
  z.strictObject({ currency: z.string(), asOf: z.string(), prices: z.array(PRICE) }),
  null,
);

/** The rules in force; the defaults until somebody saves others. */
export const readCampaignRules = (database: Database): Promise<CampaignRules> => RULES.read(database);

export const writeCampaignRules = (database: Database, rules: CampaignRules, at: Date): Promise<void> =>
  RULES.write(database, rules, at);

/** The price table; null until somebody saves one. */
export const readPrices = (database: Database): Promise<PriceTable | null> => PRICES.read(database);

export const writePrices = (database: Database, table: PriceTable, at: Date): Promise<void> =>
  PRICES.write(database, table, at);
