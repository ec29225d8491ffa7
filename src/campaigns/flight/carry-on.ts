import type { Desk } from '../../consent/desk.ts';
import type { Steer } from '../../domain/campaigns/moves.ts';
import { claimSteering } from '../../store/campaigns/steering.ts';
import type { Looker } from '../looking.ts';
import { steerRuns } from '../steer.ts';

const AGAIN = 'the runs of a recurrence could not be moved with it; it is tried again';

/**
 * Carries on moves of recurrences that did not come to all their runs, as where whoever made them died. Beside what is
 * planned and tended, and what resumes beside what ends: before a run is resumed its people may have to be counted.
 */
export function carryingOn(desk: Desk, onError: (error: unknown, line: string) => void): Looker[] {
  return [carryOn(desk, ['pause', 'cancel'], onError), carryOn(desk, ['resume'], onError)];
}

function carryOn(
  desk: Desk,
  hows: readonly Steer[],
  onError: (error: unknown, line: string) => void,
): Looker {
  const failed = (error: unknown): void => onError(error, AGAIN);
  const look = async (mayGoOn: () => boolean): Promise<boolean> => {
    for await (const mark of claimSteering(desk.store, hows, desk.now)) {
      // One that fails leaves the others their turn.
      await steerRuns(desk, mark, mayGoOn).catch(failed);
      if (!mayGoOn()) break;
    }
    return false;
  };
  return { look, onError: failed };
}
