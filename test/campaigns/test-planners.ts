import { type CampaignWorker, startCampaignWorker } from '../../src/campaigns/worker/scheduler.ts';
import type { AppContext } from '../../src/consent/app-context.ts';

export type TestPlanners = {
  /** Starts a planner with this context. An error of the planner goes to `onError`, or else `stop` rejects with it. */
  startPlanner: (context: AppContext, onError?: (error: unknown, line: string) => void) => CampaignWorker;
  /**
   * Stops planners that a failed test left. A planner that goes on after its store is closed would end the whole test
   * process.
   */
  stopAll: () => Promise<void>;
};

export function createTestPlanners(): TestPlanners {
  const flying = new Set<CampaignWorker>();
  const fly: TestPlanners['startPlanner'] = (context, onError) => {
    const errors: unknown[] = [];
    const started = startCampaignWorker(context, onError ?? ((error) => errors.push(error)));
    const flight: CampaignWorker = {
      stop: async () => {
        flying.delete(flight);
        await started.stop();
        if (errors.length > 0) throw errors[0];
      },
    };
    flying.add(flight);
    return flight;
  };
  return {
    startPlanner: fly,
    stopAll: async () => void (await Promise.all([...flying].map((flight) => flight.stop()))),
  };
}
