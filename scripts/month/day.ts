import type { AppContext } from '../../src/consent/app-context.ts';
import { findHolders } from '../../src/store/contacts/contacts.ts';
import { BUDGET } from '../../src/store/contacts/verification.ts';
import { CAMPAIGN_DAYS, dateOf, HOURS, momentOf, VERIFIED } from './calendar.ts';
import { launch, resumePaused, SERIES } from './campaigns.ts';
import { carrierOn, deactivatedOn } from './carrier-of-day.ts';
import type { MonthCast } from './cast.ts';
import { answerAsStrangers, confirmAll, joinAsStrangers, signUp, speakUp } from './people.ts';
import type { MonthStage } from './stage.ts';

/** Runs every job that is due. Resolves with what the jobs counted, by "job count". */
export type RunJobs = (stage: MonthStage) => Promise<ReadonlyMap<string, number>>;

export type Play = { stage: MonthStage; cast: MonthCast; start: Date; runJobs: RunJobs };

/** The figures of one day, which are printed in one line. */
export type DaySummary = {
  campaigns: number;
  resumed: number;
  texts: number;
  signUps: number;
  jobs: Map<string, number>;
};

/** Plays one day: the jobs of the night, the people of the morning, the campaign and its answers, and the jobs of the evening. */
export async function playDay(play: Play, day: number): Promise<DaySummary> {
  const { stage, cast, start } = play;
  const summary: DaySummary = { campaigns: 0, resumed: 0, texts: 0, signUps: 0, jobs: new Map() };
  const at = (hour: number): void => stage.clock.setTo(momentOf(start, day, hour));
  const jobs = async (): Promise<void> => {
    for (const [name, count] of await play.runJobs(stage)) {
      summary.jobs.set(name, (summary.jobs.get(name) ?? 0) + count);
    }
    await stage.settled();
  };
  at(0);
  await renewBudget(stage.context);
  await stage.behave(carrierOn(cast, day));
  const deactivated = { date: dateOf(start, day), numbers: deactivatedOn(cast, day) };
  await stage.control('PUT', '/sim/deactivations', deactivated);
  at(HOURS.night);
  await jobs();
  at(HOURS.morning);
  const verified = VERIFIED.get(day);
  if (verified !== undefined) await verify(stage, verified);
  summary.resumed = await resumePaused(stage.context);
  summary.signUps = await newcomersOf(play, day);
  summary.texts = (await speakUp(stage, cast, day)) + (await joinAsStrangers(stage, cast, day));
  await stage.settled();
  await jobs();
  at(HOURS.campaign);
  const campaigns = await launchAll(play, day);
  summary.campaigns = campaigns.length;
  await stage.settled();
  if (campaigns.length > 0) {
    const reached = await reachedBy(stage.context, cast, campaigns);
    summary.texts += await answerAsStrangers(stage, cast, { day, reached });
  }
  at(HOURS.evening);
  await jobs();
  return summary;
}

/** Renews the daily budget of Lookup questions. It depends on the day of the database, and each simulated day begins a new one. */
async function renewBudget({ store }: Pick<AppContext, 'store'>): Promise<void> {
  await store.marks.deleteOne({ _id: BUDGET });
}

/** Starts a verification of the numbers of one program. */
async function verify({ api }: MonthStage, program: string): Promise<void> {
  const segment = { kind: 'subscription', program, state: 'subscribed' };
  const { status } = await api('POST', '/verifications', { segment });
  if (status >= 300) throw new Error(`the gateway answered ${status} to a verification`);
}

async function newcomersOf({ stage, cast }: Play, day: number): Promise<number> {
  const newcomers = cast.newcomers.filter((newcomer) => newcomer.day === day);
  const asked = await signUp(stage, newcomers);
  await stage.settled();
  await confirmAll(stage, asked);
  return newcomers.length;
}

async function launchAll({ stage, start }: Play, day: number): Promise<string[]> {
  const which = CAMPAIGN_DAYS.indexOf(day);
  if (which < 0) return [];
  const ids: string[] = [];
  for (const series of SERIES) {
    if (which % series.every === 0) ids.push(await launch(stage.context, series, dateOf(start, day)));
  }
  return ids;
}

/** The numbers with a new holder that got a message of these campaigns. */
async function reachedBy(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  cast: MonthCast,
  campaigns: string[],
): Promise<Set<string>> {
  const numbers = cast.members.filter(({ event }) => event.kind === 'reassigned').map(({ number }) => number);
  const byIndex = new Map(numbers.map((number) => [context.indexOf(number), number]));
  const holders = await findHolders(context.store, [...byIndex.keys()]);
  const byContact = new Map(holders.map((holder) => [holder._id, byIndex.get(holder.index) ?? '']));
  const rows = await context.store.deliveries
    .find(
      { campaign: { $in: campaigns }, state: 'delivered', contact: { $in: [...byContact.keys()] } },
      { projection: { contact: 1 } },
    )
    .toArray();
  return new Set(rows.map((row) => byContact.get(row.contact) ?? ''));
}
