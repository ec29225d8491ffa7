import type { AppContext } from '../../src/consent/app-context.ts';
import type { Member, MonthCast } from './cast.ts';
import { statusesOf } from './ends.ts';
import { readEvidence } from './evidence.ts';
import {
  type Judgement,
  judge,
  judgeNewcomer,
  type MonthGroup,
  type Reckoning,
  reckon,
} from './reckoning.ts';

/** Compares how everybody stands now with what really happened. `active`: who could be texted when the month began. */
export async function evaluateMonth(
  context: AppContext,
  cast: MonthCast,
  { active, start }: { active: readonly Member[]; start: Date },
): Promise<Reckoning> {
  const numbers = [...active, ...cast.newcomers].map(({ number }) => number);
  const statuses = await statusesOf(context, numbers);
  const shown = await readEvidence(context, { people: active, start, days: cast.days });
  const judged: { group: MonthGroup; judgement: Judgement }[] = active.map(({ number, event }) => {
    const status = statuses.get(number) ?? 'refused';
    return { group: event.kind, judgement: judge({ event, status, ...shown(number) }) };
  });
  for (const { number, kind } of cast.newcomers) {
    const judgement = judgeNewcomer(kind, statuses.get(number) ?? 'refused');
    judged.push({ group: `new, ${kind}`, judgement });
  }
  return reckon(judged);
}
