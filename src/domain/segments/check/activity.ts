import { firstRemembered, REMEMBERED_DAYS } from '../../audience/activity.ts';
import { utcDay } from '../../durations.ts';
import { type Fault, isGroup, type LeafOf, type Resolved } from '../tree.ts';
import { reversedFaults } from './range.ts';

type Activity = LeafOf<'did'> | LeafOf<'did-not'>;

/** What is wrong with a clause on what people did. A day still to come is none where it is asked later than `now`. */
export const activityFaults = (leaf: Activity, now: Date, isAskedLater: boolean): Fault[] => [
  ...(leaf.kind === 'did' ? boundFaults(leaf) : []),
  ...timeFaults(leaf, now, isAskedLater),
];

/** Why a tree, checked when it was kept, cannot be asked at a moment: by then nobody did anything. Null where it can. */
export function stillToCome(tree: Resolved, at: Date): string | null {
  if (isGroup(tree)) {
    return tree.of.map((child) => stillToCome(child, at)).find((problem) => problem !== null) ?? null;
  }
  return tree.kind === 'did' || tree.kind === 'did-not' ? comingProblem(tree, at) : null;
}

const comingProblem = ({ since }: Activity, at: Date): string | null =>
  since !== undefined && since > utcDay(at)
    ? `${since} is still to come: nobody did anything since then.`
    : null;

function boundFaults({ times, timesAtMost, sum, sumAtMost }: LeafOf<'did'>): Fault[] {
  const sums = reversedFaults(sum, sumAtMost, '/sum');
  if (times !== 0 && timesAtMost !== 0) return [...reversedFaults(times, timesAtMost, '/times'), ...sums];
  if (times === 0 && timesAtMost !== undefined && timesAtMost > 0) {
    const problem = `“did” begins at once. 0 to ${timesAtMost} times is a “none” of “did” with "times": ${timesAtMost + 1}.`;
    return [{ path: '/times', problem }, ...sums];
  }
  const path = times === 0 ? '/times' : '/timesAtMost';
  return [{ path, problem: '“did” begins at once. Who did it 0 times is asked for by “did-not”.' }, ...sums];
}

/** A day of UTC, by its date. */
/** Of days that are forgotten nothing is known: `did-not` would let everybody in. */
function timeFaults(leaf: Activity, now: Date, isAskedLater: boolean): Fault[] {
  const { days, since, before } = leaf;
  if (days !== undefined && (since !== undefined || before !== undefined)) {
    return [{ path: '/days', problem: 'The time is said twice. Say it by days, or by since and before.' }];
  }
  if (since !== undefined && before !== undefined && since >= before) {
    return [{ path: '/since', problem: `No day lies from ${since} on and before ${before}.` }];
  }
  const coming = isAskedLater ? null : comingProblem(leaf, now);
  if (coming !== null) return [{ path: '/since', problem: coming }];
  const first = utcDay(firstRemembered(now));
  const problem = `What people did is remembered for ${REMEMBERED_DAYS} days, now since ${first}.`;
  if (since !== undefined && since < first) {
    return [{ path: '/since', problem: `${problem} Take that day or a later one.` }];
  }
  if (before === undefined || before > first) return [];
  return [{ path: '/before', problem: `${problem} Take a later day.` }];
}
