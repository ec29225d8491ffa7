import { expect } from 'chai';
import { MongoOperationTimeoutError } from 'mongodb';
import { withTimeLimit } from '../../src/store/transaction.ts';

const LONG_MS = 60_000;

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('work with a time limit', () => {
  it('ends as it ends, and leaves no timer behind', async () => {
    // The runner's own timer stands once a test waits.
    await Promise.resolve();
    const before = timers();
    expect(await withTimeLimit(LONG_MS, Promise.resolve(1))).to.equal(1);
    const failed = new RangeError('broken');
    expect(await withTimeLimit(LONG_MS, Promise.reject(failed)).catch((error: unknown) => error)).to.equal(
      failed,
    );
    expect(timers()).to.equal(before);
  });

  it('counts as lost after that, and its late end disturbs nobody', async () => {
    let fail = (_: Error): void => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const late = await withTimeLimit(1, work).catch((error: unknown) => error);
    expect(late).to.be.instanceOf(MongoOperationTimeoutError);
    // A rejection that nobody hears would end the run.
    fail(new Error('too late'));
    await work.catch(() => undefined);
  });
});
