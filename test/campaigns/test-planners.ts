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
  const running = new Set<CampaignWorker>();
  const startPlanner: TestPlanners['startPlanner'] = (context, onError) => {
    const errors: unknown[] = [];
    const started = startCampaignWorker(context, onError ?? ((error) => errors.push(error)));
    const planner: CampaignWorker = {
      stop: async () => {
        running.delete(planner);
        await started.stop();
        if (errors.length > 0) throw errors[0];
      },
    };
    running.add(planner);
    return planner;
  };
  return {
    startPlanner,
    stopAll: async () => void (await Promise.all([...running].map((planner) => planner.stop()))),
  };
}
