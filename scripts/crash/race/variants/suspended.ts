import { readSenderHealth } from '../../../../src/store/senders/sender-state.ts';
import { asKey, order } from '../acts.ts';
import type { RaceSystem } from '../system.ts';

/** How long the account is suspended, and between two looks at what that stopped, ms. */
const SUSPENDED_MS = 1000;
const LOOK_MS = 1000;

/** A worker that was frozen with a refusal in hand stops the sender once more when it goes on: looks in a row that find none stopped. */
const SOUND_LOOKS = 8;
const MOST_LOOKS = 60;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The carrier refuses the whole account for a while (20005), which stops every sender; then somebody resumes each. */
export async function suspendAccount(system: RaceSystem): Promise<void> {
  await order(system.carrier, 'PUT', '/sim/account', { suspendAccount: true });
  await pause(SUSPENDED_MS);
  await order(system.carrier, 'PUT', '/sim/account', { suspendAccount: false });
  let sound = 0;
  for (let looks = 0; sound < SOUND_LOOKS && looks < MOST_LOOKS; looks += 1) {
    await pause(LOOK_MS);
    const stopped = await stoppedOf(system);
    sound = stopped.length === 0 ? sound + 1 : 0;
    for (const number of stopped) await resume(system, number, looks);
  }
}

async function stoppedOf({ store, rates }: RaceSystem): Promise<string[]> {
  const numbers = Object.keys(rates);
  const troubles = await Promise.all(numbers.map((number) => readSenderHealth(store, number)));
  return numbers.filter((_, at) => troubles[at]?.stopped !== null);
}

/** At each web process in turn: either may be dead. */
async function resume(system: RaceSystem, number: string, look: number): Promise<void> {
  const path = `/api/v1/senders/${encodeURIComponent(number)}/resume`;
  const web = system.webs[look % 2 === 0 ? 0 : 1];
  await order(web, 'POST', path, { reason: 'the account is paid' }, asKey(system)).catch(() => undefined);
}
