import { asKey, order } from './acts.ts';
import type { System } from './system.ts';

/** How long the account is suspended, and between two tries at resuming what that stopped, ms. */
const SUSPENDED_MS = 1000;
const AGAIN_MS = 1000;

/** A web process may be dead, and an answer of before may stop a sender once more. */
const TRIES = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The carrier refuses the whole account for a while (20005), which stops every sender; then somebody resumes each. */
export async function suspended(system: System): Promise<void> {
  const { carrier, webs, rates } = system;
  await order(carrier, 'PUT', '/sim/account', { suspended: true });
  await pause(SUSPENDED_MS);
  await order(carrier, 'PUT', '/sim/account', { suspended: false });
  for (let tries = 0; tries < TRIES; tries += 1) {
    await pause(AGAIN_MS);
    for (const number of Object.keys(rates)) {
      const path = `/api/v1/senders/${encodeURIComponent(number)}/resume`;
      const web = webs[tries % 2 === 0 ? 0 : 1];
      await order(web, 'POST', path, { reason: 'the account is paid' }, asKey(system)).catch(() => undefined);
    }
  }
}
