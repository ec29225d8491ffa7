import type { AppContext } from '../consent/app-context.ts';
import { openItems } from '../store/consent/inbox.ts';
import { openHolds } from '../store/consent/suppressions.ts';

/** What waits for a person: texts that no rule could answer, and texts that may be an opt-out. */
type WaitingForStaff = {
  /** `oldest`: when the text that waits longest arrived; null while none waits. `alarms`: items that come first. */
  inbox: { count: number; oldest: Date | null; alarms: number };
  /** `firstEnd`: when the first timer ends in an opt-out; null while none runs. */
  holds: { count: number; firstEnd: Date | null };
};

export async function waitingForStaff({ store }: Pick<AppContext, 'store'>): Promise<WaitingForStaff> {
  const [inbox, holds] = await Promise.all([openItems(store), openHolds(store)]);
  return { inbox, holds };
}
