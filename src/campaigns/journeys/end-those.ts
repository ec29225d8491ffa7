import type { Desk } from '../../consent/desk.ts';
import { mustEnd } from '../../domain/journeys/ending.ts';
import { moveRuns, type RunMove } from '../../store/journeys/run-moves.ts';
import { runsOf } from '../../store/journeys/runs.ts';
import type { Versions } from './live.ts';
import { programOf, readStandings, standingOf } from './standings.ts';

/** Ends the runs of people that cannot go on now, without waiting for their next step. */
export async function endThose(
  desk: Desk,
  versions: Versions,
  contacts: readonly string[],
  now: Date,
): Promise<void> {
  const people = [...new Set(contacts)];
  if (people.length === 0) return;
  const runs = await runsOf(desk.store, people, { open: true });
  if (runs.length === 0) return;
  const standings = await readStandings(desk, people);
  const plans = await versions(runs.map(({ plan }) => plan));
  const moves = runs.flatMap((run): RunMove[] => {
    const steps = plans.get(run.plan)?.steps ?? [];
    const left = steps.slice(
      Math.max(
        0,
        steps.findIndex(({ id }) => id === run.step),
      ),
    );
    const standing = standingOf(standings, run.contact, programOf(desk, run.program));
    const reason = standing === null ? null : mustEnd(run, left, standing);
    return reason === null ? [] : [{ run, end: reason }];
  });
  await moveRuns(desk.store, moves, now);
}
