import { HOUR_MS } from '../durations.ts';
import type { CampaignState } from './lifecycle.ts';
import { isOfCampaign } from './recurrence.ts';

/**
 * How long after the end of a campaign its messages are noted on the contacts, ms: at once, and again when late receipts
 * have told what became of them. Carriers report within 72 hours or never.
 */
const PASSES = [0, HOUR_MS, 24 * HOUR_MS, 73 * HOUR_MS] as const;

export const ALL_PASSES = PASSES.length;

/** Whether the next pass is due, after so many. */
export function isNotingDue(endedAt: Date, passes: number, now: Date): boolean {
  const after = PASSES[passes];
  return after !== undefined && now.getTime() >= endedAt.getTime() + after;
}

/** A campaign that another one's segment asks about. */
export type AskedAbout = {
  id: string;
  state: CampaignState;
  /** Not before; null: at once. */
  startAt: Date | null;
  /** Somebody may have got it. */
  begun: boolean;
  deadline: Date | null;
  /** Everybody it goes to has a row of it. */
  planned: boolean;
  /** How often what it sent was noted on the contacts. */
  passes: number;
  /** The other does no more than leave out who got it, which its rows tell, too. */
  leftOut: boolean;
  /** Another run of the recurrence that the other is a run of: both ask about each other. */
  isSibling: boolean;
};

/** The campaign whose segment asks. */
export type SendHistoryQuestion = Pick<AskedAbout, 'id' | 'begun'>;

/** Why contacts do not tell yet who got a campaign. */
export type Unnoted = 'flies' | 'paused' | 'to-be-noted';

/**
 * Why it is not known yet who got a campaign that another, `asking`, asks about; null where it is known, or nobody has got it;
 * `by-rows` where contacts do not tell it and its rows do: whoever is still to get it, as when a cap puts it off, is left out, too.
 * One that has not begun is waited for once its time has come.
 */
export function unnoted(of: AskedAbout, asking: SendHistoryQuestion, now: Date): Unnoted | 'by-rows' | null {
  switch (of.state) {
    case 'draft':
      return null;
    case 'finished':
    case 'canceled':
      return of.passes === 0 ? 'to-be-noted' : null;
    case 'paused':
      if (!of.begun) return null;
      // Past its deadline nobody gets it any more, whatever becomes of it.
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

/** Two runs of one recurrence do not wait for each other: a run that has begun goes first, else the earlier one, by its id. */
const goesFirst = (asking: SendHistoryQuestion, of: AskedAbout): boolean =>
  of.isSibling && (asking.begun === of.begun ? asking.id < of.id : asking.begun);

/** A campaign under way, with the ids that its segment asks about. */
export type Asks = { id: string; asks: readonly string[] };

/**
 * The campaign under way by which one that is to be started would wait for itself: the one asks about it, and it asks about the
 * one, itself or by others that it asks about. Null: there is none. Runs of one recurrence have an order, and are no such ring.
 */
export function ringWith(one: Asks, underWay: readonly Asks[]): string | null {
  const others = underWay.filter(({ id }) => !isOfCampaign(id, one.id));
  const asked = ({ asks }: Asks): Asks[] =>
    others.filter(({ id }) => asks.some((named) => isOfCampaign(id, named)));
  const seen = new Set<string>();
  const leadsBack = (by: Asks): boolean => {
    if (by.asks.includes(one.id)) return true;
    seen.add(by.id);
    return asked(by).some((next) => !seen.has(next.id) && leadsBack(next));
  };
  return asked(one).find(leadsBack)?.id ?? null;
}

/** Why a campaign of such a ring is not started. */
export const ringSentence = (id: string): string =>
  `It asks who got "${id}", and "${id}", which is under way, asks in turn who got this one: each would wait for the other. Start it once "${id}" is over, or take that clause out of its segment.`;

/** The same as a person is told it. */
export const unnotedSentence = (id: string, why: Unnoted): string =>
  `Its segment asks who got "${id}", which is not known yet: ${IS[why]}.`;

/** What is said of a campaign whose time has not come. */
export const unnotedNote = (id: string): string =>
  `Its segment asks who got "${id}": at its time it waits until that is known, soon after the end of that one. What that one sends until then is not in these figures.`;

const IS: Record<Unnoted, string> = {
  flies: 'that one is still being sent',
  paused: 'that one is paused',
  'to-be-noted': 'what that one sent is being noted, usually within a minute',
};

/** What is said of a campaign that waits. */
export const UNNOTED_WAITS: Record<Unnoted, string> = {
  flies: 'It goes on by itself once it is, soon after that one has ended or was canceled.',
  paused: 'Resume or cancel that one: this goes on by itself soon after its end.',
  'to-be-noted': 'It goes on by itself once it is.',
};

/** What to do about it where a start is refused. */
export const UNNOTED_STEPS: Record<Unnoted, string> = {
  flies: 'Try again a minute after its end.',
  paused: 'Resume or cancel it, and try again a minute after its end.',
  'to-be-noted': 'Try again then.',
};
