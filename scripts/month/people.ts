import { isProvince } from '../../src/domain/hours/zone-tables.ts';
import { numberAt } from '../seed/audience/numbers.ts';
import { SENDERS } from '../seed/programs.ts';
import type { Member, MonthCast, Newcomer } from './cast.ts';
import type { MonthStage } from './stage.ts';

/** Texts under way at once. */
const AT_ONCE = 16;

/** Our number that somebody writes to: a short code of the US cannot be reached from Canada. */
const oursFor = ({ at }: Pick<Member, 'at'>): string =>
  isProvince(numberAt(at).state) ? SENDERS.stylist.number : SENDERS.shop.number;

/** What people text of their own accord on one day. Resolves with how many texts. */
export async function speakUp(stage: MonthStage, { members }: MonthCast, day: number): Promise<number> {
  const said = members.flatMap((member) => {
    const { event } = member;
    if (
      (event.kind === 'leaves' || event.kind === 'complains' || event.kind === 'asks') &&
      event.on === day
    ) {
      return [{ member, words: event.words }];
    }
    // Back from where there was no net, they ask who wrote to them.
    return event.kind === 'off' && event.speaks && event.to === day ? [{ member, words: 'HELP' }] : [];
  });
  await each(said, ({ member, words }) => stage.text(member.number, oursFor(member), words));
  return said.length;
}

/** New holders of numbers answer the first text of ours that reached them. `reached`: numbers that got one. */
export async function answerAsStrangers(
  stage: MonthStage,
  { members }: MonthCast,
  { day, reached }: { day: number; reached: ReadonlySet<string> },
): Promise<number> {
  const holders = members.flatMap((member) => {
    const { event } = member;
    if (event.kind !== 'reassigned' || event.on > day || event.holder === 'silent') return [];
    return reached.has(member.number) ? [{ member, holder: event.holder }] : [];
  });
  await each(holders, async ({ member, holder }) => {
    const ours = oursFor(member);
    if (holder === 'stops') await stage.text(member.number, ours, 'STOP');
    if (holder === 'wrong-number') await stage.text(member.number, ours, 'wrong number');
  });
  return holders.length;
}

/** New holders who want our texts join by themselves, on the day on which they have the number: they answer once they are asked. */
export async function joinAsStrangers(
  stage: MonthStage,
  { members }: MonthCast,
  day: number,
): Promise<number> {
  const joining = members.filter(
    ({ event }) => event.kind === 'reassigned' && event.on === day && event.holder === 'joins',
  );
  await each(joining, (member) => {
    const ours = oursFor(member);
    return stage.text(member.number, ours, ours === SENDERS.shop.number ? 'JOIN' : 'STYLE');
  });
  if (joining.length > 0) await stage.settled();
  await each(joining, (member) => stage.text(member.number, oursFor(member), 'YES'));
  return joining.length;
}

/** Fills in the web form for each; resolves with those that were asked to confirm. */
export async function signUp(stage: MonthStage, newcomers: readonly Newcomer[]): Promise<Newcomer[]> {
  const asked: Newcomer[] = [];
  const evidence = {
    page_url: 'https://fernway.example/join',
    ip: '198.51.100.7',
    user_agent: 'Mozilla/5.0',
  };
  await each(newcomers, async (newcomer) => {
    const answer = await stage.api('POST', '/opt-ins', {
      ...{ phone: newcomer.number, program: 'deals', channel: 'WEB_FORM' },
      evidence: { ...evidence, checkbox: true },
    });
    if (answer.status < 300) asked.push(newcomer);
  });
  return asked;
}

/** Whoever has a phone that got the question says yes. */
export async function confirmAll(stage: MonthStage, asked: readonly Newcomer[]): Promise<void> {
  const able = asked.filter(({ kind }) => kind === 'good');
  await each(able, ({ number }) => stage.text(number, SENDERS.shop.number, 'YES'));
}

async function each<T>(all: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await act(next);
  });
  await Promise.all(lanes);
}
