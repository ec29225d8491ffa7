import type { AppContext } from '../consent/app-context.ts';
import { doneAt, type Queue } from '../domain/campaigns/forecast.ts';
import { isPlanned } from '../domain/campaigns/lifecycle.ts';
import { programById, type Sender, senderRate } from '../domain/program.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { countRows, readQueue } from '../store/campaigns/figures.ts';
import { indexesWaiting } from '../store/campaigns/messages.ts';
import type { DeliveryState } from '../store/deliveries/delivery.ts';
import { readSenderHealth } from '../store/senders/sender-state.ts';
import { clickedOf } from '../store/templates/links.ts';

export type CampaignProgress = {
  people: number;
  /** Every recipient has a delivery, the people who wait for a test's winner included. */
  planComplete: boolean;
  rows: Record<DeliveryState, number>;
  /** Messages with a link that a person opened, and messages with clicks by bots only. */
  clicked: { people: number; bots: number };
  /**
   * When the last planned message will be sent, or expires. Null where nothing waits, the campaign is not being
   * sent, or some messages wait for a stopped sender.
   */
  doneAt: Date | null;
  /**
   * The inputs of `doneAt`: messages of other campaigns that are sent before or in turns with these, and own
   * messages that are not due yet.
   */
  others: number;
  later: number;
  /**
   * Stopped senders: those of the program, and those with waiting messages of this campaign. Empty when the
   * campaign is over.
   */
  stopped: StoppedNumber[];
};

const AHEAD: readonly CampaignDoc['state'][] = ['draft', 'scheduled', 'sending', 'paused'];

/** The progress of a campaign, from the current states of its deliveries. */
export async function progressOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<CampaignProgress> {
  const [rows, clicked] = await Promise.all([
    countRows(context.store, campaign._id),
    clickedOf(context.store, campaign._id),
  ]);
  const flying = campaign.state === 'sending' && rows.planned > 0;
  const ahead = AHEAD.includes(campaign.state);
  const waiting = ahead && rows.planned > 0 ? await queuesOf(context, campaign) : [];
  const stopped = ahead ? await stoppedNumbers(context, poolOf(context, campaign, waiting)) : [];
  const queues = flying ? waiting : [];
  const isStopped = (sender: string): boolean => stopped.some(({ number }) => number === sender);
  const stuck = queues.some(({ number }) => isStopped(number));
  const sum = (figureOf: (queue: Queue) => number): number =>
    queues.reduce((total, queue) => total + figureOf(queue), 0);
  return {
    people: campaign.plan.people,
    planComplete: isPlanned(campaign),
    rows,
    clicked,
    doneAt: stuck ? null : notAfter(campaign.deadline, doneAt(queues, context.now())),
    others: sum(({ others }) => others),
    later: sum(({ later }) => later),
    stopped,
  };
}

const notAfter = (deadline: Date | null, at: Date | null): Date | null =>
  deadline !== null && at !== null && at > deadline ? deadline : at;

type Waiting = Queue & { number: string };

/** The senders of the campaign's program, and former ones for which some of its messages still wait. */
function poolOf(
  { catalog }: Pick<AppContext, 'catalog'>,
  campaign: CampaignDoc,
  queues: readonly Waiting[],
): Sender[] {
  const { book } = catalog.current();
  const program = programById(book, campaign.program);
  const numbers = new Set([...(program?.numbers ?? []), ...queues.map(({ number }) => number)]);
  return book.senders.filter(({ number }) => numbers.has(number));
}

/** The queues of the senders for which messages of the campaign wait. */
async function queuesOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<Waiting[]> {
  const { senders } = context.catalog.current().book;
  const queues = await Promise.all(
    senders.map(async (sender) => ({
      number: sender.number,
      rate: senderRate(sender),
      ...(await readQueue(context.store, sender.number, campaign._id, context.now())),
    })),
  );
  return queues.filter(({ own }) => own > 0);
}

/** A sender that sends nothing until a person resumes it, and what must be done first. */
export type StoppedNumber = { number: string; why: string };

/** The stopped ones of these senders, in the same order. */
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

/** Those of the given numbers, E.164, to which a message of a campaign still waits to be sent, in the order given. */
export async function numbersWaiting(
  { store, indexOf }: Pick<AppContext, 'indexOf' | 'store'>,
  campaign: string,
  numbers: readonly string[],
): Promise<string[]> {
  const waiting = await indexesWaiting(store, campaign);
  return numbers.filter((number) => waiting.has(indexOf(number)));
}
