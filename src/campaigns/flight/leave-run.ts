import type { Desk } from '../../consent/desk.ts';
import { COUNT_TIME } from '../../domain/audience/counting.ts';
import { leavePaused } from '../../store/campaigns/runs.ts';
import { endSteering, type Mark, renewSteering, restSteering } from '../../store/campaigns/steering.ts';
import { UNCOUNTED_MS } from './rest-untold.ts';

/** Of a run that goes on by itself, later. */
const waitsSince = (whose: string): string =>
  `${whose} could not be counted in ${COUNT_TIME}, which codes and approvals need. It goes on with its recurrence once they can be: tried every ${UNCOUNTED_MS / 60_000} minutes. To keep it back, pause it.`;

const WHOSE = { own: 'Its people', others: 'People of another run of its recurrence' };

/** A run waits for a count, its own or another's that was asked first; how long until it is to be asked again, ms. */
export async function leaveUncounted(
  desk: Desk,
  run: string,
  mark: Mark,
  whose: keyof typeof WHOSE,
): Promise<number> {
  const why = waitsSince(WHOSE[whose]);
  if (await leave(desk, { run, mark, why, waits: true }))
    desk.log.warn({ campaign: run }, `a run waits: ${why}`);
  return UNCOUNTED_MS;
}

/** Of what else was refused nobody is counted again for the same answer, nor does a later resume take it along. */
export async function leaveRefused(desk: Desk, run: string, mark: Mark, why: string): Promise<void> {
  if (await leave(desk, { run, mark, why, waits: false }))
    desk.log.error({ campaign: run }, `a run did not go on with its recurrence: ${why}`);
}

/** A move of a recurrence has reached every run but those that cannot go on for so long yet, ms. */
export async function leaveSteering(
  { store, now }: Desk,
  mark: Mark,
  waits: readonly number[],
): Promise<void> {
  if (waits.length === 0) return endSteering(store, mark);
  await restSteering(store, mark, new Date(now().getTime() + Math.max(...waits)));
}

type Left = { run: string; mark: Mark; why: string; waits: boolean };

/** False where that move stands no more, or it is said already. */
async function leave({ store, now }: Desk, { run, mark, why, waits }: Left): Promise<boolean> {
  if (!(await renewSteering(store, mark, now()))) return false;
  return leavePaused(store, { run, runOf: mark.recurrence }, { why, at: now() }, waits);
}
