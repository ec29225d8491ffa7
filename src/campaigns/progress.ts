import type { Desk } from '../consent/desk.ts';
import { doneAt, type Queue } from '../domain/campaigns/eta.ts';
import { programById, type Sender, senderRate } from '../domain/program.ts';
import type { CampaignDoc } from '../store/campaigns/campaigns.ts';
import { clickedOf } from '../store/campaigns/clicks.ts';
import { countRows } from '../store/campaigns/plan.ts';
import { readQueue } from '../store/campaigns/queue.ts';
import type { DeliveryState } from '../store/deliveries/deliveries.ts';
import { type StoppedNumber, stoppedNumbers } from './stopped-numbers.ts';

export type Progress = {
  people: number;
  planComplete: boolean;
  rows: Record<DeliveryState, number>;
  /** Messages of which a person opened a link, and those of which only machines did. */
  clicked: { people: number; bots: number };
  /** When the last of what is planned will have left, or ends by its deadline; null where nothing waits, it does not fly, or some of it waits for a number that is stopped. */
  doneAt: Date | null;
  /** What `doneAt` counts with: messages of others that go before or beside, and own ones that wait for a time. */
  others: number;
  later: number;
  /** Numbers of its program that are stopped, until it is over. */
  stopped: StoppedNumber[];
};

const AHEAD: readonly CampaignDoc['state'][] = ['draft', 'scheduled', 'sending', 'paused'];

/** How far a campaign is, from its rows as they stand now. */
export async function progressOf(desk: Desk, campaign: CampaignDoc): Promise<Progress> {
  const [rows, clicked] = await Promise.all([
    countRows(desk.store, campaign._id),
    clickedOf(desk.store, campaign._id),
  ]);
  const pool = poolOf(desk, campaign);
  const flying = campaign.state === 'sending' && rows.planned > 0;
  const queues = flying ? await queuesOf(desk, campaign, pool) : [];
  const stopped = AHEAD.includes(campaign.state) ? await stoppedNumbers(desk, pool) : [];
  const isStopped = (sender: string): boolean => stopped.some(({ number }) => number === sender);
  const stuck = queues.some(({ number, own }) => own > 0 && isStopped(number));
  const sum = (of: (one: Queue) => number): number => queues.reduce((total, one) => total + of(one), 0);
  return {
    people: campaign.plan.people,
    planComplete: campaign.plan.complete,
    rows,
    clicked,
    doneAt: stuck ? null : notAfter(campaign.deadline, doneAt(queues, desk.now())),
    others: sum(({ others }) => others),
    later: sum(({ later }) => later),
    stopped,
  };
}

const notAfter = (deadline: Date | null, at: Date | null): Date | null =>
  deadline !== null && at !== null && at > deadline ? deadline : at;

function poolOf({ catalog }: Desk, campaign: CampaignDoc): Sender[] {
  const { book } = catalog.current();
  const program = programById(book, campaign.program);
  return book.senders.filter(({ number }) => program?.numbers.includes(number));
}

async function queuesOf(
  desk: Desk,
  campaign: CampaignDoc,
  pool: readonly Sender[],
): Promise<(Queue & { number: string })[]> {
  return Promise.all(
    pool.map(async (sender) => ({
      number: sender.number,
      rate: senderRate(sender),
      ...(await readQueue(desk.store, sender.number, campaign._id, desk.now())),
    })),
  );
}
