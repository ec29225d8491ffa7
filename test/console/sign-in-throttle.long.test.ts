import { expect } from 'chai';
import { checkCode, deviceCookie, type SignInOutcome } from '../../src/access/sign-in.ts';
import { MINUTE_MS } from '../../src/domain/durations.ts';
import { PASSWORD } from './client.ts';
import { startThrottled } from './throttled.ts';

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
  let throttled: Awaited<ReturnType<typeof startThrottled>>;
  before(async () => {
    throttled = await startThrottled();
  });
  after(() => throttled.stop());
  beforeEach(async () => {
    await throttled.gateway.store.signInTries.deleteMany({});
  });

  it('lets 10,000 tries of one address check five passwords, and slows nobody elsewhere', async () => {
    const found = await counts(() => throttled.attempt('198.51.100.7'));
    expect(found).to.deep.equal({ wrong: 5, wait: TRIES - 5 });
    expect(await throttled.gateway.store.signInTries.countDocuments()).to.equal(3);
    expect((await throttled.attempt('203.0.113.9', { password: PASSWORD })).kind).to.equal('in');
  });

  it('lets one address try few accounts', async () => {
    const found = await counts((number) =>
      throttled.attempt('198.51.100.7', { email: `m${number}@fernway.example` }),
    );
    expect(found.wrong).to.equal(30);
  });

  it('lets 10,000 addresses check twenty passwords of one account, and never keeps a known device out', async () => {
    const device = deviceCookie(await throttled.ada(), throttled.signing);
    const found = await counts((number) => throttled.attempt(`10.${number >> 8}.${number & 255}.1`));
    expect(found).to.deep.equal({ wrong: 20, wait: TRIES - 20 });
    // Rows are counted by place, of which there are 131,072 for each scope.
    expect(await throttled.gateway.store.signInTries.countDocuments()).to.be.at.most(2 * TRIES + 1);
    expect((await throttled.attempt('203.0.113.9', { password: PASSWORD, device })).kind).to.equal('in');
    const elsewhere = await throttled.attempt('203.0.113.9', { password: PASSWORD });
    expect(elsewhere.kind === 'wait' && elsewhere.until.getTime() - throttled.now().getTime()).to.be.within(
      1,
      MINUTE_MS,
    );
    throttled.pass(MINUTE_MS);
    expect((await throttled.attempt('203.0.113.9', { password: PASSWORD })).kind).to.equal('in');
  });

  it('lets whoever has the password guess few codes', async () => {
    const entered = await throttled.ada();
    const set = {
      totp: { secret: { by: 'k1', box: Buffer.alloc(40) }, lastStep: 0, since: throttled.now() },
    };
    await throttled.gateway.store.staff.updateOne({ _id: entered.id }, { $set: set });
    const found = await counts((number) =>
      checkCode(
        throttled.context,
        { ...entered, code: 'not a code', address: `10.1.${number >> 8}.${number & 255}`, device: null },
        throttled.signing,
      ).catch(() => ({ kind: 'wrong' as const })),
    );
    expect(found.wrong).to.equal(10);
    await throttled.gateway.store.staff.updateOne({ _id: entered.id }, { $set: { totp: null } });
  });
});
