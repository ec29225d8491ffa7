import { HOUR_MS } from '../durations.ts';
import type { CampaignState } from './lifecycle.ts';
import { isOfCampaign } from './recurrence.ts';

/**
 * How long after a campaign's end its messages are recorded in the contacts' send histories, ms: at once, and again
 * after late delivery reports have arrived. Carriers report within 72 hours or never.
 */
const PASSES = [0, HOUR_MS, 24 * HOUR_MS, 73 * HOUR_MS] as const;

export const ALL_PASSES = PASSES.length;

/** True where the next pass is due, after `passes` earlier ones. */
export function isRecordingDue(endedAt: Date, passes: number, now: Date): boolean {
  const after = PASSES[passes];
  return after !== undefined && now.getTime() >= endedAt.getTime() + after;
}

/** A campaign that the segment of another campaign, the asking one, refers to. */
export type NamedCampaign = {
  id: string;
  state: CampaignState;
  /** The earliest start; null: at once. */
  startAt: Date | null;
  /** A person may already have got the message. */
  begun: boolean;
  deadline: Date | null;
  /** Every recipient has a delivery. */
  planned: boolean;
  /** How many passes have recorded its messages in the contacts' send histories. */
  passes: number;
  /** The asking segment only excludes the people who got this campaign. Its deliveries answer that, too. */
  leftOut: boolean;
  /** Both campaigns are runs of one recurrence, so both segments refer to each other. */
  isSibling: boolean;
};

/** The asking campaign. */
export type SendHistoryQuestion = Pick<NamedCampaign, 'id' | 'begun'>;

/** Why the contacts' send histories do not show yet who got a campaign. */
export type SendHistoryGap = 'flies' | 'paused' | 'to-be-noted';

/**
 * Why the asking campaign must still wait to learn who got `of`. Null: the send histories show it, or nobody got
 * it. `by-rows`: the send histories do not show it, but the deliveries do; people who have yet to get `of`, for
 * example because of a frequency cap, are then excluded, too. A campaign that has not begun is waited for only when
 * its start has come.
 */
export function sendHistoryGap(
  of: NamedCampaign,
  asking: SendHistoryQuestion,
  now: Date,
): SendHistoryGap | 'by-rows' | null {
  switch (of.state) {
    case 'draft':
      return null;
    case 'finished':
    case 'canceled':
      return of.passes === 0 ? 'to-be-noted' : null;
    case 'paused':
      if (!of.begun) return null;
      // After its deadline nobody gets the campaign any more, even if it is resumed.
      return of.leftOut && of.deadline !== null && of.deadline <= now ? 'by-rows' : 'paused';
    default: {
      const goes = of.begun || of.state === 'sending' || of.startAt === null || of.startAt <= now;
      if (!goes) return null;
      const first = goesFirst(asking, of);
      if (of.leftOut && of.begun && (of.planned || first)) return 'by-rows';
      return first ? null : 'flies';
    }
  }
}

/**
 * Runs of one recurrence must not wait for each other. A run that has begun goes first, otherwise the earlier run
 * by id.
 */
const goesFirst = (asking: SendHistoryQuestion, of: NamedCampaign): boolean =>
  of.isSibling && (asking.begun === of.begun ? asking.id < of.id : asking.begun);

/** A campaign under way, with the ids of the campaigns that its segment refers to. */
export type HistoryDependency = { id: string; asks: readonly string[] };

/**
 * Finds a campaign under way that would make `one` wait for itself: `one` refers to it, and it refers to `one`,
 * directly or through other campaigns. Null: there is none. Runs of one recurrence have an order, so they form no
 * such ring.
 */
export function findCircularWait(
  asking: HistoryDependency,
  underWay: readonly HistoryDependency[],
): string | null {
  const others = underWay.filter(({ id }) => !isOfCampaign(id, asking.id));
  const asked = ({ asks }: HistoryDependency): HistoryDependency[] =>
    others.filter(({ id }) => asks.some((named) => isOfCampaign(id, named)));
  const seen = new Set<string>();
  const leadsBack = (by: HistoryDependency): boolean => {
    if (by.asks.includes(asking.id)) return true;
    seen.add(by.id);
    return asked(by).some((next) => !seen.has(next.id) && leadsBack(next));
  };
  return asked(asking).find(leadsBack)?.id ?? null;
}

/** Says why a campaign in such a ring is not started. */
export const circularWaitSentence = (id: string): string =>
  `Its segment asks who got "${id}", and "${id}", which has not ended, asks who got this campaign, so each would wait for the other. Start it once "${id}" has ended, or remove that clause from its segment.`;

/** Says in one sentence why it is not known yet who got a campaign. */
export const gapSentence = (id: string, why: SendHistoryGap): string =>
  `Its segment asks who got "${id}", which is not known yet: ${IS[why]}.`;

/** The note on a scheduled campaign that will have to wait. */
export const gapNote = (id: string): string =>
  `Its segment asks who got "${id}". The campaign waits for the end of "${id}", which records this. Messages that "${id}" sends until then are not in these figures.`;

const IS: Record<SendHistoryGap, string> = {
  flies: 'that campaign is still being sent',
  paused: 'that campaign is paused',
  'to-be-noted':
    'the messages of that campaign are being recorded in the send histories, usually within a minute',
};

/** Says how a waiting campaign continues. */
export const WAITING_STEPS: Record<SendHistoryGap, string> = {
  flies: 'This campaign continues by itself soon after that campaign has ended or was canceled.',
  paused: 'Resume or cancel that campaign. This campaign continues by itself soon after its end.',
  'to-be-noted': 'This campaign continues by itself then.',
};

/** Says what a person can do when a start is refused. */
export const REFUSAL_STEPS: Record<SendHistoryGap, string> = {
  flies: 'Try again a minute after its end.',
  paused: 'Resume or cancel it, and try again a minute after its end.',
  'to-be-noted': 'Try again then.',
};
