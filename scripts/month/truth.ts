import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppContext } from '../../src/consent/app-context.ts';
import type { Member, MonthCast } from './cast.ts';
import { statusesOf } from './ends.ts';
import type { NumberEvent } from './number-event.ts';

/** What really happens to each person, by contact, for the people who could be texted at the start. It contains no number. */
type TruthFile = { seed: number; start: string; days: number; people: Record<string, NumberEvent> };

const PAGE = 1000;

const fileIn = (dataDir: string): string => join(dataDir, 'month-truth.json');

/** Saves who is on the active list before the month begins, and what will happen to them. Resolves with these people. */
export async function writeTruth(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  cast: MonthCast,
  start: Date,
  dataDir: string,
): Promise<Member[]> {
  const statuses = await statusesOf(
    context,
    cast.members.map(({ number }) => number),
  );
  const active = cast.members.filter(({ number }) => statuses.get(number) === 'active');
  const ids = await contactsOf(context, active);
  const people = Object.fromEntries(active.map(({ number, event }) => [ids.get(number) ?? '', event]));
  const file: TruthFile = { seed: cast.seed, start: start.toISOString(), days: cast.days, people };
  writeFileSync(fileIn(dataDir), `${JSON.stringify(file)}\n`, { mode: 0o600 });
  return active;
}

/** The people who were on the active list when the month began, as saved then. */
export async function readTruth(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  cast: MonthCast,
  dataDir: string,
): Promise<Member[]> {
  const { people } = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as TruthFile;
  const byIndex = new Map(cast.members.map((member) => [context.indexOf(member.number), member]));
  const active: Member[] = [];
  const ids = Object.keys(people);
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = { _id: { $in: ids.slice(from, from + PAGE) } };
    const found = await context.store.contacts.find(page, { projection: { index: 1 } }).toArray();
    active.push(...found.flatMap(({ index }) => byIndex.get(index) ?? []));
  }
  return active;
}

/** Ids of the current holders of numbers, by number. */
export async function contactsOf(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  people: readonly Pick<Member, 'number'>[],
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let from = 0; from < people.length; from += PAGE) {
    const byIndex = new Map(
      people.slice(from, from + PAGE).map(({ number }) => [context.indexOf(number), number]),
    );
    const filter = { index: { $in: [...byIndex.keys()] }, current: true };
    const found = await context.store.contacts.find(filter, { projection: { index: 1 } }).toArray();
    for (const { _id, index } of found) ids.set(byIndex.get(index) ?? '', _id);
  }
  return ids;
}
