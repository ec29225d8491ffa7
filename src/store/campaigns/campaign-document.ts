import type { AutoPause } from '../../domain/campaigns/auto-pause.ts';
import type { Split } from '../../domain/campaigns/experiment.ts';
import type { CampaignState } from '../../domain/campaigns/lifecycle.ts';
import type { Recurring } from '../../domain/campaigns/recurrence.ts';
import type { When } from '../../domain/campaigns/schedule.ts';
import { ALL_PASSES } from '../../domain/campaigns/send-history.ts';
import type { WhenCapped } from '../../domain/caps/cap-rules.ts';
import type { Program } from '../../domain/program.ts';
import type { Resolved, Tree } from '../../domain/segments/tree.ts';
import { defineCollection } from '../collection.ts';
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
  /** The earliest start; null: at once. */
  startAt: Date | null;
  /** Nothing is sent after this. */
  deadline: Date | null;
  /** What happens to a message that a frequency cap stops. */
  capped: WhenCapped;
  /** Audience and words as they were at the start. Later edits of the segment or template do not change them. */
  frozen: {
    segment: Resolved;
    /** The audience in one sentence, by the names that fields, programs and campaigns had at the start. */
    audience: string;
    template: MessageTemplateDoc;
    /** The template of each variant of a split, by the variant's id. */
    variants?: Record<string, MessageTemplateDoc>;
    copy: FrozenCopy;
    /**
     * Only people who were contacts at this time belong to the audience. Their place and activity are read later,
     * when each of them is planned.
     */
    at: Date;
  } | null;
  plan: PlanningProgress;
  /** How due times are spread from `startAt` on; absent: all at once. */
  when?: When;
  /**
   * Present on a recurrence. A recurrence itself is never planned: each of its times becomes a campaign of its own,
   * a run.
   */
  repeat?: Recurring;
  /** The recurrence that a run belongs to. */
  runOf?: string;
  /** Archived: only lists of archived campaigns show it. Absent: not archived. */
  archived?: true;
  createdAt: Date;
  updatedAt: Date;
  /** When the campaign finished or was canceled. */
  endedAt?: Date;
  /** How many passes have recorded its messages in the contacts' send histories. */
  passes?: number;
  /** Until when a process holds the claim on such a pass. */
  notingUntil?: Date | null;
};

/** What the program adds to the texts of a campaign, as it was at the campaign's start. */
export type FrozenCopy = Pick<Program, 'brand' | 'name'> & {
  marketingTexts: NonNullable<Program['marketingTexts']>;
  optOutLines: Record<string, string>;
};

/**
 * How far a campaign's deliveries are written. `cursor`: id of the last contact covered; contacts are planned in id
 * order. `people`: people covered so far, with whatever result. `planned`: people with a planned message, which
 * approvals limit. `owner`: token of the process that has the lease or had it last; absent until the first claim.
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

/** States of a campaign that was started and is not over. */
export const OPEN_STATES = ['scheduled', 'sending', 'paused'] as const;

export const campaigns = defineCollection<CampaignDoc>()('campaigns', {
  'by-state': { key: { state: 1, startAt: 1 } },
  // One for each order of the list.
  'list-created': { key: { createdAt: -1, _id: 1 } },
  'list-start': { key: { startAt: -1, _id: 1 } },
  'list-name': { key: { name: 1, _id: 1 } },
  'list-of-state': { key: { state: 1, createdAt: -1, _id: 1 } },
  'by-passes': { key: { state: 1, passes: 1 } },
  runs: { key: { runOf: 1, createdAt: -1, _id: 1 }, partialFilterExpression: { runOf: { $exists: true } } },
  // Two open resends of one campaign would send to the same people twice.
  'open-resend': {
    key: { 'missed.of': 1 },
    unique: true,
    partialFilterExpression: { 'missed.of': { $exists: true }, state: { $in: ['draft', ...OPEN_STATES] } },
  },
});

/**
 * Matches ended campaigns whose send histories are not complete: those of the last three days, and those without
 * any pass since.
 */
export const NOT_ALL_PASSES = { $not: { $gte: ALL_PASSES } };

/** The API key that acted, by id, and when. */
export type By = { by: string; at: Date };

/** One edit of a paused campaign. */
export type Edit = By & { edition: number; what: string[]; words?: true; note: string };

/**
 * The approval of a second person. `draft`: digest of the draft that they saw; `people`: how many people
 * could get it then. Where that was estimated from a sample, `between` has its bounds, and `atMost` is the upper one.
 */
export type Approval = By & { draft: string; people: number; between?: [number, number]; atMost?: number };

/** A person's note on an automatic pause. */
export type PauseAcknowledged = By & { trip: AutoPause; note: string };

/**
 * The fields that a campaign gets while it runs, apart from its state. Each field is absent until its event
 * happens.
 */
type Flown = {
  split?: Split;
  /** The winner of the A/B test is not chosen yet; the people outside the test wait. */
  awaitsWinner?: boolean;
  winner?: { variant: string; at: Date; tallies: { id: string; people: number; hits: number }[] };
  /** When all people of the test had their delivery. */
  plannedAt?: Date;
  /** Who paused the campaign; null once somebody resumed it. Absent where nobody did. */
  pausedBy?: By | null;
  /** Why the campaign paused automatically; removed when a person resumes it. */
  trip?: AutoPause | null;
  /**
   * Paused: why nothing could be planned, removed on resume; with `rewriting`, why the deliveries cannot be
   * rendered anew, removed when they can. Sending: why the campaign has not begun, or waits.
   */
  halted?: { why: string; at: Date; rewriting?: true } | null;
  /**
   * No planner claims the campaign before this time: it waits until the recipients of another campaign are known.
   */
  restsUntil?: Date | null;
  /** The actual start, where the campaign started so late that its spread begins then. */
  wentAt?: Date;
  acknowledged?: PauseAcknowledged[];
  /** The rules of the automatic pause ignore messages sent before this. */
  watchedFrom?: Date;
  edits?: Edit[];
  /** The number of edits. Each delivery names the edition that rendered it. */
  edition?: number;
  /** Planned deliveries of an older edition may still exist. */
  stale?: boolean;
  /** The last contact whose delivery was rendered anew. */
  rewrittenTo?: string | null;
  /** Until then, a process holds the claim to monitor the campaign or to render its deliveries anew. */
  tendedUntil?: Date;
  /** The key that saved the draft last. */
  savedBy: string;
  /** The key that started the campaign, or the recurrence of a run. Absent on a draft. */
  startedBy?: string;
  /** The key that first asked to start a campaign that needs an approval. */
  asked?: By;
  approval?: Approval | null;
  /**
   * Present on a resend, which is sent to the people who missed another campaign. That campaign is no resend
   * itself.
   */
  missed?: { of: string; unknownToo: boolean };
};
