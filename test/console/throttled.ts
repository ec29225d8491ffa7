import { checkPassword, type SignInOutcome } from '../../src/access/sign-in.ts';
import { contextOf } from '../receipts/rows.ts';
import { startGateway } from '../support/gateway.ts';
import { firstAdmin } from './client.ts';

/** The address of the admin of the gateway under test. */
export const EMAIL = 'ada@fernway.example';

type Attempt = { email?: string; password?: string; device?: string };

/** A gateway with one admin, tried from addresses of the test's choice. Its clock stands still unless `pass` moves it. */
export async function startThrottled() {
  const start = Date.now();
  let ahead = 0;
  const now = (): Date => new Date(start + ahead);
  const gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on', PROXIES: '1' }, now });
  await firstAdmin(gateway);
  const { context, close } = await contextOf(gateway, now);
  const signing = { secret: gateway.config.console?.sessionSecret ?? '' };
  return {
    ...{ gateway, context, now, signing },
    pass: (ms: number): void => {
      ahead += ms;
    },
    attempt: (address: string, over: Attempt = {}): Promise<SignInOutcome> => {
      const { email = EMAIL, password = 'a wrong password', device = null } = over;
      return checkPassword(context, { email, password, address, device }, signing);
    },
    ada: async () => {
      const found = await gateway.store.staff.findOne({ email: EMAIL });
      return { id: found?._id ?? '', generation: found?.generation ?? 0 };
    },
    stop: async (): Promise<void> => {
      await close();
      await gateway.stop();
    },
  };
}
