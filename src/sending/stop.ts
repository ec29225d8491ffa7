import { type Stopping, stopSender } from '../store/senders/stops.ts';
import type { Store } from '../store/store.ts';

export type StopDeps = {
  store: Store;
  now: () => Date;
  log: { error: (fields: Record<string, unknown>, line: string) => void };
  /** Told once of each stop, by its code. */
  onStop?: (code: string) => void;
};

/** Stops a sender until a person resumes it, and says so once. Rejects where the database did not take it. */
export async function stop(deps: StopDeps, sender: string, stopping: Stopping): Promise<void> {
  const { store, now, log, onStop } = deps;
  if (!(await stopSender(store, sender, stopping, now()))) return;
  log.error({ sender, code: stopping.code }, `sending is stopped: ${stopping.why}`);
  onStop?.(stopping.code);
}
