import type { AppContext } from '../consent/app-context.ts';
import { doneAt, type Queue } from '../domain/campaigns/forecast.ts';
import { isPlanned } from '../domain/campaigns/lifecycle.ts';
import { programById, type Sender, senderRate } from '../domain/program.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { countRows, readQueue } from '../store/campaigns/figures.ts';
import type { DeliveryState } from '../store/deliveries/delivery.ts';
import { readSenderHealth } from '../store/senders/sender-state.ts';
import { clickedOf } from '../store/templates/links.ts';

type Progress = {
  people: number;
  /** Everybody it goes to has a row, also who waits for the winner of its test. */
  planComplete: boolean;
  rows: Record<DeliveryState, number>;
  /** Messages of which a person opened a link, and those of which only machines did. */
  clicked: { people: number; bots: number };
  /**
   * When the last of what is planned will have left, or ends by its deadline; null where nothing waits, it does not fly,
   * or some of it waits for a number that is stopped.
   */
  doneAt: Date | null;
  /** What `doneAt` counts with: messages of others that go before or beside, and own ones that wait for a time. */
  others: number;
  later: number;
  /** Numbers that are stopped, of its program or with some of it waiting for them, until it is over. */
  stopped: StoppedNumber[];
};

const AHEAD: readonly CampaignDoc['state'][] = ['draft', 'scheduled', 'sending', 'paused'];

/** How far a campaign is, from its rows as they stand now. */
export async function progressOf(desk: AppContext, campaign: CampaignDoc): Promise<Progress> {
  const [rows, clicked] = await Promise.all([
    countRows(desk.store, campaign._id),
    clickedOf(desk.store, campaign._id),
  ]);
  const flying = campaign.state === 'sending' && rows.planned > 0;
  const ahead = AHEAD.includes(campaign.state);
  const waiting = ahead && rows.planned > 0 ? await queuesOf(desk, campaign) : [];
  const stopped = ahead ? await stoppedNumbers(desk, poolOf(desk, campaign, waiting)) : [];
  const queues = flying ? waiting : [];
  const isStopped = (sender: string): boolean => stopped.some(({ number }) => number === sender);
  const stuck = queues.some(({ number }) => isStopped(number));
  const sum = (of: (one: Queue) => number): number => queues.reduce((total, one) => total + of(one), 0);
  return {
    people: campaign.plan.people,
    planComplete: isPlanned(campaign),
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

type Waiting = Queue & { number: string };

/** Numbers of its program, and those that the program has no more, but for which some of it waits. */
function poolOf({ catalog }: AppContext, campaign: CampaignDoc, queues: readonly Waiting[]): Sender[] {
  const { book } = catalog.current();
  const program = programById(book, campaign.program);
  const numbers = new Set([...(program?.numbers ?? []), ...queues.map(({ number }) => number)]);
  return book.senders.filter(({ number }) => numbers.has(number));
}

/** Of each of our numbers for which some of it waits. */
async function queuesOf(desk: AppContext, campaign: CampaignDoc): Promise<Waiting[]> {
  const { senders } = desk.catalog.current().book;
  const queues = await Promise.all(
    senders.map(async (sender) => ({
      number: sender.number,
      rate: senderRate(sender),
      ...(await readQueue(desk.store, sender.number, campaign._id, desk.now())),
    })),
  );
  return queues.filter(({ own }) => own > 0);
}

/** One of our numbers from which nothing leaves until somebody resumes it, and what is to be done before. */
export type StoppedNumber = { number: string; why: string };

/** Of some of our numbers those that are stopped, in their order. */
export async function stoppedNumbers(
  { store }: Pick<AppContext, 'store'>,
  pool: readonly Pick<Sender, 'number'>[],
): Promise<StoppedNumber[]> {
  const troubles = await Promise.all(pool.map(({ number }) => readSenderHealth(store, number)));
  return pool.flatMap(({ number }, at) => {
    const stopped = troubles[at]?.stopped ?? null;
    return stopped === null ? [] : [{ number, why: stopped.why }];
  });
}
