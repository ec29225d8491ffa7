import type { CampaignState } from './moves.ts';

/** A campaign that another one's segment asks about. */
export type AskedAbout = {
  id: string;
  state: CampaignState;
  /** Not before; null: at once. */
  startAt: Date | null;
  /** Somebody may have got it. */
  begun: boolean;
  /** How often what it sent was noted on the contacts. */
  passes: number;
  /** Its own segment asks about the other in turn. */
  asksBack: boolean;
};

/** Why contacts do not tell yet who got a campaign. */
export type Unnoted = 'flies' | 'paused' | 'to-be-noted';

/**
 * Why it is not known yet who got a campaign that another, `asking`, asks about; null where it is known, or nobody has got it.
 * One that has not begun is waited for once its time has come; of two that ask about each other the later one waits, so
 * that they do not wait for each other.
 */
export function unnoted(
  of: AskedAbout,
  asking: Pick<AskedAbout, 'id' | 'startAt'>,
  now: Date,
): Unnoted | null {
  switch (of.state) {
    case 'draft':
      return null;
    case 'finished':
    case 'canceled':
      return of.passes === 0 ? 'to-be-noted' : null;
    case 'paused':
      return of.begun ? 'paused' : null;
    default: {
      const due = of.state === 'sending' || of.startAt === null || of.startAt <= now;
      const waitsItself = of.asksBack && isLater(of, asking);
      return of.begun || (due && !waitsItself) ? 'flies' : null;
    }
  }
}

type Starting = Pick<AskedAbout, 'id' | 'startAt'>;

function isLater(one: Starting, other: Starting): boolean {
  const apart = (one.startAt?.getTime() ?? 0) - (other.startAt?.getTime() ?? 0);
  return apart === 0 ? one.id > other.id : apart > 0;
}

/** The same as a person is told it. */
export const unnotedSentence = (id: string, why: Unnoted): string =>
  `Its segment asks who got "${id}", which is not known yet: ${IS[why]}.`;

const IS: Record<Unnoted, string> = {
  flies: 'that one is still being sent',
  paused: 'that one is paused',
  'to-be-noted': 'what that one sent is being noted, usually within a minute',
};

/** What to do about it. */
export const UNNOTED_STEPS: Record<Unnoted, string> = {
  flies: 'Try again a minute after its end.',
  paused: 'Resume or cancel it, and try again a minute after its end.',
  'to-be-noted': 'Try again then.',
};
