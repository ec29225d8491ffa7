import { expect } from 'chai';
import { cachedRead, staleWhileRevalidate } from '../../src/store/cached-read.ts';

describe('a read that many callers share', () => {
  const reads = () => {
    const ends: { good: (value: number) => void; bad: (error: Error) => void }[] = [];
    let clock = 0;
    const read = () => new Promise<number>((good, bad) => ends.push({ good, bad }));
    const ask = cachedRead(read, 5000, () => clock);
    const pass = (ms: number): void => {
      clock += ms;
    };
    return { ends, ask, pass };
  };

  it('is one for all who ask while it is under way, however long that is', async () => {
    const { ends, ask, pass } = reads();
    const first = ask();
    pass(60_000);
    const second = ask();
    ends[0]?.good(1);
    expect(await Promise.all([first, second])).to.deep.equal([1, 1]);
    expect(ends).to.have.length(1);
  });

  it('is valid for its time from its end, and then read anew', async () => {
    const { ends, ask, pass } = reads();
    const first = ask();
    pass(7000);
    ends[0]?.good(1);
    await first;
    pass(4999);
    expect(await ask()).to.equal(1);
    pass(1);
    const next = ask();
    ends[1]?.good(2);
    expect(await next).to.equal(2);
  });

  it('is not kept when it failed', async () => {
    const { ends, ask } = reads();
    const failing = [ask(), ask()].map((read) => read.catch((error: Error) => error.message));
    ends[0]?.bad(new Error('away'));
    expect(await Promise.all(failing)).to.deep.equal(['away', 'away']);
    const next = ask();
    ends[1]?.good(2);
    expect(await next).to.equal(2);
  });
});

describe('a read that nobody waits for', () => {
  it('returns the last result at once while the next is under way, and a failed one changes nothing', async () => {
    const ends: { good: (value: number) => void; bad: (error: Error) => void }[] = [];
    const read = () => new Promise<number>((good, bad) => ends.push({ good, bad }));
    let clock = 0;
    const ask = staleWhileRevalidate(read, 60_000, () => clock);
    const came = () => new Promise((resolve) => setImmediate(resolve));
    expect([await ask(), await ask(), ends.length]).to.deep.equal([null, null, 1]);
    ends[0]?.good(4);
    await came();
    expect([await ask(), ends.length]).to.deep.equal([4, 1]);
    clock += 60_000;
    expect([await ask(), ends.length]).to.deep.equal([4, 2]);
    ends[1]?.bad(new Error('it took too long'));
    await came();
    expect([await ask(), ends.length], 'it costs no more for failing').to.deep.equal([4, 2]);
    clock += 60_000;
    expect([await ask(), ends.length]).to.deep.equal([4, 3]);
    ends[2]?.good(5);
    await came();
    expect(await ask()).to.equal(5);
  });
});
