import { expect } from 'chai';
import { createBatcher } from '../../src/store/batcher.ts';

type Item = { who: string; what: string; isOptOut?: boolean };

describe('a batcher of acts that wait for the same write', () => {
  /** Runs that end when the test says so, in the order they began. */
  const rehearse = () => {
    const running: { group: string[]; end: () => void }[] = [];
    const began: string[][] = [];
    const batcher = createBatcher<Item, string>({
      most: 250,
      lanes: { optOuts: { batches: 1, furtherAt: 1 }, others: { batches: 4, furtherAt: 32 } },
      laneOf: ({ isOptOut }) => (isOptOut === true ? 'optOuts' : 'others'),
      keyOf: ({ who }) => who,
      run: (entries) =>
        new Promise((end) => {
          const group = entries.map(({ item }) => item.what);
          began.push(group);
          running.push({
            group,
            end: () => {
              for (const { item, done } of entries) done(item.what);
              end();
            },
          });
        }),
    });
    const add = (...items: Item[]): void => items.forEach((item) => void batcher.submit(item));
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const end = async (what: string): Promise<void> => {
      const at = running.findIndex(({ group }) => group.includes(what));
      for (const batch of running.splice(at, at < 0 ? 0 : 1)) batch.end();
      await turn();
    };
    return { batcher, began, add, turn, end };
  };
  const many = (prefix: string, count: number): Item[] =>
    Array.from({ length: count }, (_, at) => ({ who: `${prefix}${at}`, what: `${prefix}${at}` }));

  it('runs together what came in one tick, and later acts once enough of them wait', async () => {
    const { began, add, turn, end } = rehearse();
    add(...many('a', 3));
    await turn();
    add(...many('b', 5));
    await turn();
    expect(began).to.deep.equal([['a0', 'a1', 'a2']]);
    await end('a0');
    expect(began[1]).to.have.lengthOf(5);
    add(...many('c', 31));
    await turn();
    expect(began).to.have.lengthOf(2);
    add(...many('d', 69));
    await turn();
    expect(began[2]).to.have.lengthOf(100);
  });

  it('runs at most four batches at once', async () => {
    const { began, add, turn, end } = rehearse();
    for (const prefix of ['a', 'b', 'c', 'd', 'e']) {
      add(...many(prefix, 40));
      await turn();
    }
    expect(began).to.have.lengthOf(4);
    await end('b0');
    expect(began[4]).to.deep.equal(many('e', 40).map(({ what }) => what));
  });

  it('runs the acts of one person one after the other, opt-outs included, in the order they came', async () => {
    const { began, add, turn, end } = rehearse();
    add({ who: 'p', what: '1' }, { who: 'p', what: '2', isOptOut: true }, { who: 'p', what: '3' });
    await turn();
    for (const what of ['1', '2']) await end(what);
    expect(began).to.deep.equal([['1'], ['2'], ['3']]);
  });

  it('starts an opt-out at once whatever is under way, and only together with other opt-outs', async () => {
    const { began, add, turn, end } = rehearse();
    const stop = (who: string): Item => ({ who, what: `stop ${who}`, isOptOut: true });
    for (const prefix of ['a', 'b', 'c', 'd']) {
      add(...many(prefix, 40));
      await turn();
    }
    add(...many('e', 40), stop('x'));
    await turn();
    expect(began.map((group) => group.length)).to.deep.equal([40, 40, 40, 40, 1]);
    add(stop('y'), ...many('f', 2), stop('z'));
    await turn();
    expect(began).to.have.lengthOf(5);
    await end('stop x');
    expect(began[5]).to.deep.equal(['stop y', 'stop z']);
  });

  it('never runs items that share a value in one batch', async () => {
    const began: string[][] = [];
    const batcher = createBatcher<string[], number>({
      most: 2,
      lanes: { reads: { batches: Number.POSITIVE_INFINITY, furtherAt: 1 } },
      apartBy: (values) => values,
      run: async (entries) => {
        began.push(entries.map(({ item }) => item.join('')));
        for (const { item, done } of entries) done(item.length);
      },
    });
    const items = [['a', 'b'], ['b'], ['c'], ['d'], ['b', 'c']];
    expect(await Promise.all(items.map(batcher.submit))).to.deep.equal([2, 1, 1, 1, 2]);
    expect(began).to.deep.equal([['ab', 'c'], ['b', 'd'], ['bc']]);
  });

  it('fails every item of a batch that throws, and runs the next batch', async () => {
    const batcher = createBatcher<number, number>({
      most: 1,
      lanes: { writes: { batches: 1, furtherAt: 1 } },
      run: async ([entry]) => {
        if (entry === undefined || entry.item === 1) throw new Error('no primary');
        entry.done(entry.item);
      },
    });
    const [failed, done] = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
    expect([failed?.status, done?.status]).to.deep.equal(['rejected', 'fulfilled']);
  });

  it('waits some time for others where it is told to, and not once it is drained', async () => {
    const began: number[][] = [];
    const batcher = createBatcher<number, void>({
      ...{ most: 100, waitMs: 3_600_000 },
      lanes: { outcomes: { batches: Number.POSITIVE_INFINITY, furtherAt: 1 } },
      run: async (entries) => {
        began.push(entries.map(({ item }) => item));
        for (const entry of entries) entry.done();
      },
    });
    const recorded = [batcher.submit(1), batcher.submit(2)];
    await batcher.drain();
    await Promise.all(recorded);
    expect(began).to.deep.equal([[1, 2]]);
  });

  it('is drained once nothing waits or runs', async () => {
    const { batcher, add, turn, end } = rehearse();
    add({ who: 'p', what: '1' }, { who: 'p', what: '2' });
    let drained = false;
    const done = batcher.drain().then(() => {
      drained = true;
    });
    await turn();
    await end('1');
    expect(drained).to.equal(false);
    await end('2');
    await done;
  });
});
