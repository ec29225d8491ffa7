import { expect } from 'chai';
import { checkCode, checkPassword, deviceCookie, type SignInOutcome } from '../../src/access/sign-in.ts';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { firstAdmin, PASSWORD } from './client.ts';

const EMAIL = 'ada@fernway.example';
const TRIES = 10_000;
const AT_ONCE = 50;

/** Runs `work` for the numbers from 0 on, some at once. Resolves to how often each kind of answer came. */
async function counts(work: (number: number) => Promise<SignInOutcome>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < TRIES) {
      next += 1;
      const { kind } = await work(next);
      found[kind] = (found[kind] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return found;
}

describe('The throttle of the sign-in under 10,000 tries', function () {
  this.timeout(600_000);
  let gateway: Gateway;
  let opened: OpenedContext;
  let ahead = 0;
  const start = Date.now();
  /** Stands still unless the test moves it. */
  const now = (): Date => new Date(start + ahead);

  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on', PROXIES: '1' }, now });
    await firstAdmin(gateway);
    opened = await contextOf(gateway, now);
  });
  after(async () => {
    await opened.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    await gateway.store.signInTries.deleteMany({});
  });

  const signing = () => ({ secret: gateway.config.console?.sessionSecret ?? '' });
  const attempt = (address: string, over: { email?: string; password?: string; device?: string } = {}) => {
    const { email = EMAIL, password = 'a wrong password', device = null } = over;
    return checkPassword(opened.context, { email, password, address, device }, signing());
  };
  const ada = async () => {
    const found = await gateway.store.staff.findOne({ email: EMAIL });
    return { id: found?._id ?? '', generation: found?.generation ?? 0 };
  };

  it('lets 10,000 tries of one address check five passwords, and slows nobody elsewhere', async () => {
    const found = await counts(() => attempt('198.51.100.7'));
    expect(found).to.deep.equal({ wrong: 5, wait: TRIES - 5 });
    expect(await gateway.store.signInTries.countDocuments()).to.equal(3);
    expect((await attempt('203.0.113.9', { password: PASSWORD })).kind).to.equal('in');
  });

  it('lets one address try few accounts', async () => {
    const found = await counts((number) => attempt('198.51.100.7', { email: `m${number}@fernway.example` }));
    expect(found.wrong).to.equal(30);
  });

  it('lets 10,000 addresses check twenty passwords of one account, and never keeps a known device out', async () => {
    const device = deviceCookie(await ada(), signing());
    const found = await counts((number) => attempt(`10.${number >> 8}.${number & 255}.1`));
    expect(found).to.deep.equal({ wrong: 20, wait: TRIES - 20 });
    // Rows are counted by place, of which there are 131,072 for each scope.
    expect(await gateway.store.signInTries.countDocuments()).to.be.at.most(2 * TRIES + 1);
    expect((await attempt('203.0.113.9', { password: PASSWORD, device })).kind).to.equal('in');
    const elsewhere = await attempt('203.0.113.9', { password: PASSWORD });
    expect(elsewhere.kind === 'wait' && elsewhere.until.getTime() - now().getTime()).to.be.within(
      1,
      MINUTE_MS,
    );
    ahead += MINUTE_MS;
    expect((await attempt('203.0.113.9', { password: PASSWORD })).kind).to.equal('in');
  });

  it('lets whoever has the password guess few codes', async () => {
    const entered = await ada();
    const set = { totp: { secret: { by: 'k1', box: Buffer.alloc(40) }, lastStep: 0, since: now() } };
    await gateway.store.staff.updateOne({ _id: entered.id }, { $set: set });
    const found = await counts((number) =>
      checkCode(
        opened.context,
        { ...entered, code: 'not a code', address: `10.1.${number >> 8}.${number & 255}`, device: null },
        signing(),
      ).catch(() => ({ kind: 'wrong' as const })),
    );
    expect(found.wrong).to.equal(10);
    await gateway.store.staff.updateOne({ _id: entered.id }, { $set: { totp: null } });
  });
});
