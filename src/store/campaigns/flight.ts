import { Schema } from 'mongoose';
import type { Trip } from '../../domain/campaigns/breaker.ts';
import type { Split } from '../../domain/campaigns/split.ts';
import type { Store } from '../store.ts';
import type { CampaignDoc } from './campaigns.ts';

/** Who says what was asked: the id of an API key. */
export type By = { by: string; at: Date };

/** One change of a campaign that was under way. */
export type Edit = By & { edition: number; what: string[]; words?: true; note: string };

/** A second person's yes to a draft as it stood. `draft`: digest of what they saw; `people`: how many it reached. */
export type Approval = By & { draft: string; people: number };

/** What somebody did about why a campaign paused by itself. */
export type Seen = By & { trip: Trip; note: string };

/** What a campaign knows of its flight, beside its state. A field is absent until what it tells of happens. */
export type Flown = {
  split?: Split;
  /** A test whose winner is not chosen yet: the rest waits. */
  awaitsWinner?: boolean;
  winner?: { variant: string; at: Date; tallies: { id: string; people: number; hits: number }[] };
  /** Since when the test's people all have their row. */
  plannedAt?: Date;
  /** Why it was paused by itself; gone once somebody resumed it. */
  trip?: Trip | null;
  /**
   * Why it was paused because nothing of it could be planned, gone once it goes on; or, with `rewriting`, why its rows
   * cannot be written anew, gone once they can. Of one that is sent: why it has not begun, or waits.
   */
  halted?: { why: string; at: Date; rewriting?: true } | null;
  /** No planner takes it up before: it waits until it is known who got another. */
  restsUntil?: Date | null;
  /** When it went, where that was so long after its time that its spread begins then. */
  wentAt?: Date;
  acknowledged?: Seen[];
  /** What left before is judged no more. */
  watchedFrom?: Date;
  edits?: Edit[];
  /** Counts its edits; rows name the one they are written by. */
  edition?: number;
  /** Rows of an older edition may still be there. */
  stale?: boolean;
  /** Contact up to whom they were written anew. */
  rewrittenTo?: string | null;
  /** Another process watches it, or writes its rows anew, until then. */
  tendedUntil?: Date;
  /** Who saved the draft last. */
  savedBy: string;
  /** Who started it; of a run, who started its recurrence. Absent on a draft. */
  startedBy?: string;
  /** Who asked first to start it, where a second person is needed. */
  asked?: By;
  approval?: Approval | null;
  /** A resend: it goes to those who did not get another campaign, which is no resend itself. */
  missed?: { of: string; unknownToo: boolean };
};

const { Mixed } = Schema.Types;
export const FLOWN_FIELDS = {
  split: Mixed,
  awaitsWinner: Boolean,
  winner: Mixed,
  plannedAt: Date,
  trip: Mixed,
  halted: Mixed,
  restsUntil: Date,
  wentAt: Date,
  acknowledged: { type: [Mixed], default: undefined },
  watchedFrom: Date,
  edits: { type: [Mixed], default: undefined },
  edition: Number,
  stale: Boolean,
  rewrittenTo: String,
  tendedUntil: Date,
  savedBy: { type: String, required: true },
  startedBy: String,
  asked: Mixed,
  approval: Mixed,
  missed: Mixed,
};

/** How long one process tends a campaign alone, ms, where it does not say so itself: longer than its figures may take. */
const TEND_MS = 30_000;

/** Campaigns that fly, or whose rows are to be written anew, each for one process alone from when it is asked for. */
export async function* claimTending(store: Store, clock: () => Date): AsyncGenerator<CampaignDoc> {
  const due = { $or: [{ state: 'sending' as const }, { state: 'paused' as const, stale: true }] };
  const freeAt = (now: Date) => ({
    $and: [due, { $or: [{ tendedUntil: { $exists: false } }, { tendedUntil: { $lte: now } }] }],
  });
  const found = await store.campaigns
    .find({ state: { $in: ['sending', 'paused'] }, ...freeAt(clock()) }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of found) {
    const now = clock();
    const claimed = await store.campaigns.findOneAndUpdate(
      { _id, ...freeAt(now) },
      { $set: { tendedUntil: new Date(now.getTime() + TEND_MS) } },
      { returnDocument: 'after' },
    );
    if (claimed !== null) yield claimed;
  }
}

/** Nobody tends it again before; but at once where it was moved or edited since it was claimed. */
export async function restTending(
  store: Store,
  { _id, state, edition }: CampaignDoc,
  until: Date,
): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state, edition: edition ?? { $exists: false } },
    { $set: { tendedUntil: until } },
  );
}

/**
 * Notes up to whom rows of a paused campaign were written anew, null to begin with the first again, and keeps it for
 * this process. False where it is not to go on: it was moved, or edited once more.
 */
export async function noteRewritten(
  store: Store,
  { _id, edition }: CampaignDoc,
  rewrittenTo: string | null,
  now: Date,
): Promise<boolean> {
  const { matchedCount } = await store.campaigns.updateOne(
    { _id, state: 'paused', edition: edition ?? 0 },
    { $set: { rewrittenTo, tendedUntil: new Date(now.getTime() + TEND_MS) } },
  );
  return matchedCount === 1;
}

/** Pauses a campaign that still flies. False where it does not, or somebody resumed it since it was judged. */
export async function pauseFor(store: Store, campaign: CampaignDoc, trip: Trip): Promise<boolean> {
  const { modifiedCount } = await store.campaigns.updateOne(
    { _id: campaign._id, state: 'sending', watchedFrom: campaign.watchedFrom ?? { $exists: false } },
    // What it waited for would read as why.
    { $set: { state: 'paused', trip, halted: null, updatedAt: trip.at } },
  );
  return modifiedCount === 1;
}

/** Changes a paused campaign by one edition. Null where it was moved or edited since it was read. */
export async function editPaused(
  store: Store,
  before: CampaignDoc,
  edit: Edit,
  change: Partial<Pick<CampaignDoc, 'frozen' | 'startAt' | 'deadline'>>,
): Promise<CampaignDoc | null> {
  const { _id, updatedAt } = before;
  return store.campaigns.findOneAndUpdate(
    { _id, state: 'paused', updatedAt, edition: before.edition ?? { $exists: false } },
    {
      $set: { ...change, edition: edit.edition, stale: true, updatedAt: edit.at },
      $push: { edits: edit },
      $unset: { tendedUntil: '', rewrittenTo: '' },
    },
    { returnDocument: 'after' },
  );
}

/** Its rows can be written anew after all. */
export async function endHalt(store: Store, { _id }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: 'paused', 'halted.rewriting': true },
    { $set: { halted: null } },
  );
}

/** No row of an older edition is left. */
export async function markFresh(store: Store, { _id, edition }: CampaignDoc): Promise<void> {
  await store.campaigns.updateOne(
    { _id, state: 'paused', edition: edition ?? 0 },
    { $set: { stale: false }, $unset: { rewrittenTo: '' } },
  );
}

/**
 * Notes when it went, once: of two processes that plan it at a time the second is told what the first noted. What was noted
 * before `since` counts no more: nothing came of it then, since it was paused or its process died, or another time was set.
 */
export async function noteWent(
  store: Store,
  { _id }: CampaignDoc,
  { now, since }: { now: Date; since: Date },
): Promise<Date | undefined> {
  const stands = { $gte: ['$wentAt', since] };
  const noted = await store.campaigns.findOneAndUpdate(
    { _id },
    [{ $set: { wentAt: { $cond: [stands, '$wentAt', now] } } }],
    { returnDocument: 'after', projection: { wentAt: 1 } },
  );
  return noted?.wentAt;
}

/** Of a draft: who asked to start it, kept from the first time on. */
export async function noteAsked(store: Store, id: string, asked: By): Promise<void> {
  await store.campaigns.updateOne(
    { _id: id, state: 'draft', asked: { $exists: false } },
    { $set: { asked } },
  );
}

/** Who said yes; null where it was changed or moved since it was read. */
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
