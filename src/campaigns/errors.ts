import { CommandRefused } from '../consent/command-refused.ts';
import {
  gapNote,
  gapSentence,
  REFUSAL_STEPS,
  WAITING_STEPS,
  type SendHistoryGap as WhyUnnoted,
} from '../domain/campaigns/send-history.ts';
import { COUNT_MS } from '../store/contacts/audience.ts';

/** A count exceeded its time limit. A later attempt may succeed. */
export class CountTimedOut extends CommandRefused {
  override name = 'CountTimedOut';
}

/**
 * The campaign's segment refers to another campaign, `of`, whose recipients are not known yet. `waits`: the
 * sentence for a campaign that waits for that; `willWait`: the sentence for one that will have to.
 */
export class SendHistoryPending extends CommandRefused {
  override name = 'SendHistoryPending';
  readonly waits: string;
  readonly willWait: string;
  constructor(campaign: string, why: WhyUnnoted) {
    const sentence = gapSentence(campaign, why);
    super(`${sentence} ${REFUSAL_STEPS[why]}`);
    this.waits = `${sentence} ${WAITING_STEPS[why]}`;
    this.willWait = gapNote(campaign);
  }
}

/** The time limit of a start's count, in words. */
export const COUNT_TIME = `${COUNT_MS / 1000} seconds`;

/**
 * A count that took longer than `budgetMs`. `missed`: the count of a resend. `started`: the campaign was started
 * before.
 */
type TimedOutCount = { missed: boolean; budgetMs: number; started?: boolean };

/** Says why nothing that needs the count can be done or reported. */
export function uncounted({ missed, budgetMs, started = false }: TimedOutCount): string {
  const seconds = `${budgetMs / 1000} seconds`;
  const what = missed
    ? `The people who missed it could not be counted in ${seconds}`
    : `Its people could not be counted in ${seconds}, which codes and approvals need`;
  if (budgetMs < COUNT_MS)
    return `${what}, so it is unknown whether the campaign can be started. A start counts for ${COUNT_TIME}.`;
  const or = missed || started ? '' : ', or make it several campaigns by ZIP area';
  return `${what}. Try again when less is sent${or}.`;
}
