import { CommandRefused } from '../consent/command-refused.ts';
import {
  UNNOTED_STEPS,
  UNNOTED_WAITS,
  unnotedNote,
  unnotedSentence,
  type Unnoted as WhyUnnoted,
} from '../domain/campaigns/send-history.ts';
import { COUNT_MS } from '../store/contacts/audience.ts';

/** The database needed longer than a count of its people may take: later it may not. */
export class CountTimedOut extends CommandRefused {
  override name = 'Uncounted';
}

/** Its segment asks who got another campaign, `of`, which is not known yet. `waits`: the same where it waits for that, `willWait`: where it will. */
export class SendHistoryPending extends CommandRefused {
  override name = 'Unnoted';
  readonly waits: string;
  readonly willWait: string;
  constructor(of: string, why: WhyUnnoted) {
    const sentence = unnotedSentence(of, why);
    super(`${sentence} ${UNNOTED_STEPS[why]}`);
    this.waits = `${sentence} ${UNNOTED_WAITS[why]}`;
    this.willWait = unnotedNote(of);
  }
}

/** The first, as a refusal says it. */
export const COUNT_TIME = `${COUNT_MS / 1000} seconds`;

/** A count that took longer than `budgetMs`. `missed`: of those who missed another; `started`: it goes to them already. */
type TimedOutCount = { missed: boolean; budgetMs: number; started?: boolean };

/** Why nothing that needs that count can be done, or told. */
export function uncounted({ missed, budgetMs, started = false }: TimedOutCount): string {
  const seconds = `${budgetMs / 1000} seconds`;
  const what = missed
    ? `Those who missed it could not be counted in ${seconds}`
    : `Its people could not be counted in ${seconds}, which codes and approvals need`;
  if (budgetMs < COUNT_MS)
    return `${what}: whether it can be started is not known. A start counts for ${COUNT_TIME}.`;
  const or = missed || started ? '' : ', or make it several campaigns by ZIP area';
  return `${what}. Try again when less is sent${or}.`;
}
