import type { AppContext } from '../consent/app-context.ts';
import { indexesWaiting } from '../store/campaigns/messages.ts';

/** Those of the given numbers, E.164, to which a message of a campaign still waits to be sent, in the order given. */
export async function numbersWaiting(
  { store, indexOf }: Pick<AppContext, 'indexOf' | 'store'>,
  campaign: string,
  numbers: readonly string[],
): Promise<string[]> {
  const waiting = await indexesWaiting(store, campaign);
  return numbers.filter((number) => waiting.has(indexOf(number)));
}
