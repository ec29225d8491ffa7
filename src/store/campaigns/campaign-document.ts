import { Schema } from 'mongoose';
import type { AutoPause } from '../../domain/campaigns/auto-pause.ts';
import type { Split } from '../../domain/campaigns/experiment.ts';
import { CAMPAIGN_STATES, type CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Recurring } from '../../domain/campaigns/recurrence.ts';
import type { When } from '../../domain/campaigns/schedule.ts';
import { ALL_PASSES } from '../../domain/campaigns/send-history.ts';
import { WHEN_CAPPED, type WhenCapped } from '../../domain/caps/cap-rules.ts';
import type { Program } from '../../domain/program.ts';
import type { Resolved, Tree } from '../../domain/segments/tree.ts';
import type { MessageTemplateDoc } from '../templates/templates.ts';

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
  plan: PlanningProgress;
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

/**
 * How far its rows are written. `cursor`: contact up to which, in the order of ids. Counts are of people; `planned`: of
 * those whose row was planned, which approvals limit. `owner`: token of
 * whoever has the lease, or had it last; absent until a process claims the campaign for the first time.
 */
export type PlanningProgress = {
  cursor: string | null;
  complete: boolean;
  people: number;
  planned: number;
  leaseUntil: Date | null;
  owner?: string;
};

export const NO_PLAN: PlanningProgress = {
  cursor: null,
  complete: false,
  people: 0,
  planned: 0,
  leaseUntil: null,
};

const { Mixed } = Schema.Types;
const FLOWN_FIELDS = {
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

/** Of those that are over: the ones of the last three days, and what nothing was noted of since. */
export const NOT_ALL_PASSES = { $not: { $gte: ALL_PASSES } };

/** Who says what was asked: the id of an API key. */
export type By = { by: string; at: Date };

/** One change of a campaign that was under way. */
export type Edit = By & { edition: number; what: string[]; words?: true; note: string };

/** A second person's yes to a draft as it stood. `draft`: digest of what they saw; `people`: how many it reached. */
export type Approval = By & { draft: string; people: number };

/** What somebody did about why a campaign paused by itself. */
export type PauseAcknowledged = By & { trip: AutoPause; note: string };

/** What a campaign knows of its flight, beside its state. A field is absent until what it tells of happens. */
type Flown = {
  split?: Split;
  /** A test whose winner is not chosen yet: the rest waits. */
  awaitsWinner?: boolean;
  winner?: { variant: string; at: Date; tallies: { id: string; people: number; hits: number }[] };
  /** Since when the test's people all have their row. */
  plannedAt?: Date;
  /** Why it was paused by itself; gone once somebody resumed it. */
  trip?: AutoPause | null;
  /**
   * Why it was paused because nothing of it could be planned, gone once it goes on; or, with `rewriting`, why its rows
   * cannot be written anew, gone once they can. Of one that is sent: why it has not begun, or waits.
   */
  halted?: { why: string; at: Date; rewriting?: true } | null;
  /** No planner takes it up before: it waits until it is known who got another. */
  restsUntil?: Date | null;
  /** When it went, where that was so long after its time that its spread begins then. */
  wentAt?: Date;
  acknowledged?: PauseAcknowledged[];
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
