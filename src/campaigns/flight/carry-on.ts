import type { Desk } from '../../consent/desk.ts';
import type { Steer } from '../../domain/campaigns/moves.ts';
import { claimSteering } from '../../store/campaigns/steering.ts';
import { type Looking, startLooking } from '../looking.ts';
import { steerRuns } from '../steer.ts';

/** Between two looks at which moves were left, ms. */
const LOOK_MS = 500;

const AGAIN = 'the runs of a recurrence could not be moved with it; it is tried again';

/**
 * Carries on moves of recurrences that did not come to all their runs, as where whoever made them died. Beside what is
 * planned and tended, and what resumes beside what ends: before a run is resumed its people may have to be counted.
 */
export function startCarryingOn(desk: Desk, onError: (error: unknown, line: string) => void): Looking {
  const both = [carryOn(desk, ['pause', 'cancel'], onError), carryOn(desk, ['resume'], onError)];
  return { stop: async () => void (await Promise.all(both.map((one) => one.stop()))) };
}

function carryOn(
  desk: Desk,
  hows: readonly Steer[],
  onError: (error: unknown, line: string) => void,
): Looking {
  const failed = (error: unknown): void => onError(error, AGAIN);
  const look = async (mayGoOn: () => boolean): Promise<boolean> => {
    for await (const mark of claimSteering(desk.store, hows, desk.now)) {
      // One that fails leaves the others their turn.
      await steerRuns(desk, mark, mayGoOn).catch(failed);
      if (!mayGoOn()) break;
    }
    return false;
  };
  return startLooking(look, { restMs: LOOK_MS, onError: failed });
}
