import type { Desk } from '../../src/consent/desk.ts';
import { momentOf } from './calendar.ts';
import type { Cast, Member } from './cast.ts';
import { statusesOf } from './ends.ts';
import type { Fate } from './fate.ts';
import { type Group, type Judgement, judge, judgeNewcomer, type Reckoning, reckon } from './reckoning.ts';
import { contactsOf } from './truth.ts';

/** Compares how everybody stands now with what really happened. `active`: who could be texted when the month began. */
export async function lookBack(
  desk: Desk,
  cast: Cast,
  { active, start }: { active: readonly Member[]; start: Date },
): Promise<Reckoning> {
  const numbers = [...active, ...cast.newcomers].map(({ number }) => number);
  const statuses = await statusesOf(desk, numbers);
  const failures = await failedDaysOf(desk, active, start);
  const judged: { group: Group; judgement: Judgement }[] = active.map(({ number, fate }) => {
    const status = statuses.get(number) ?? 'refused';
    const failedDays = [...(failures.get(number) ?? [])].filter((day) => day >= strikes(fate)).length;
    return { group: fate.kind, judgement: judge({ fate, status, failedDays }) };
  });
  for (const { number, kind } of cast.newcomers) {
    const judgement = judgeNewcomer(kind, statuses.get(number) ?? 'refused');
    judged.push({ group: `new, ${kind}`, judgement });
  }
  return reckon(judged);
}

/** The day from which the number is not what it was. */
function strikes(fate: Fate): number {
  if ('from' in fate) return fate.from;
  return 'on' in fate ? fate.on : 0;
}

/** Days on which messages of the month to each number failed. */
async function failedDaysOf(
  desk: Desk,
  people: readonly Member[],
  start: Date,
): Promise<Map<string, Set<number>>> {
  const ids = await contactsOf(
    desk,
    people.filter(({ fate }) => fate.kind !== 'good'),
  );
  const numberOf = new Map([...ids].map(([number, id]) => [id, number]));
  const rows = desk.store.deliveries.find(
    { state: { $in: ['failed', 'undelivered'] }, createdAt: { $gte: start } },
    { projection: { contact: 1, decision: 1 } },
  );
  const days = new Map<string, Set<number>>();
  const dayMs = momentOf(start, 1, 0).getTime() - start.getTime();
  for await (const { contact, decision } of rows) {
    const number = numberOf.get(contact);
    if (number === undefined || decision === null) continue;
    const day = Math.floor((decision.at.getTime() - start.getTime()) / dayMs);
    days.set(number, (days.get(number) ?? new Set()).add(day));
  }
  return days;
}
