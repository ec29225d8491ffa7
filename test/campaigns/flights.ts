import { type Flight, startFlight } from '../../src/campaigns/flight/fly.ts';
import type { Desk } from '../../src/consent/desk.ts';

export type Flights = {
  /** Plans as the process of `desk` until stopped. An error of the planner goes to `onError`, else `stop` rejects with it. */
  fly: (desk: Desk, onError?: (error: unknown, line: string) => void) => Flight;
  /** Ends those that a failed test left: one that plans on after its store is closed would end the whole test process. */
  stopAll: () => Promise<void>;
};

export function createFlights(): Flights {
  const flying = new Set<Flight>();
  const fly: Flights['fly'] = (desk, onError) => {
    const errors: unknown[] = [];
    const started = startFlight(desk, onError ?? ((error) => errors.push(error)));
    const flight: Flight = {
      stop: async () => {
        flying.delete(flight);
        await started.stop();
        if (errors.length > 0) throw errors[0];
      },
    };
    flying.add(flight);
    return flight;
  };
  return { fly, stopAll: async () => void (await Promise.all([...flying].map((flight) => flight.stop()))) };
}
