import { expect } from 'chai';
import { createBatcher } from '../../src/store/batcher.ts';

type Item = { who: string; what: string; apart?: boolean };

describe('groups of acts that wait for the same write', () => {
  /** Runs that end when the test says so, in the order they began. */
  const rehearse = () => {
    const running: { group: string[]; end: () => void }[] = [];
    const began: string[][] = [];
    const groups = createBatcher<Item>({
      keyOf: ({ who }) => who,
      apart: ({ apart }) => apart === true,
      run: (items, release) =>
        new Promise((end) => {
          const group = items.map(({ what }) => what);
          began.push(group);
          running.push({
            group,
            end: () => {
              items.forEach(release);
              end();
            },
          });
        }),
    });
    const add = (...items: Item[]): void => items.forEach(groups.add);
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const end = async (what: string): Promise<void> => {
      const at = running.findIndex(({ group }) => group.includes(what));
      for (const write of running.splice(at, at < 0 ? 0 : 1)) write.end();
      await turn();
    };
    return { groups, began, add, turn, end };
  };
  const many = (prefix: string, count: number): Item[] =>
    Array.from({ length: count }, (_, at) => ({ who: `${prefix}${at}`, what: `${prefix}${at}` }));

  it('hold whatever came in one turn, and what comes later until enough of it waits', async () => {
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

  it('run four at a time at most', async () => {
    const { began, add, turn, end } = rehearse();
    for (const prefix of ['a', 'b', 'c', 'd', 'e']) {
      add(...many(prefix, 40));
      await turn();
    }
    expect(began).to.have.lengthOf(4);
    await end('b0');
    expect(began[4]).to.deep.equal(many('e', 40).map(({ what }) => what));
  });

  it('take one person’s acts one after the other, in the order they came, an opt-out among them too', async () => {
    const { began, add, turn, end } = rehearse();
    add({ who: 'p', what: '1' }, { who: 'p', what: '2', apart: true }, { who: 'p', what: '3' });
    await turn();
    for (const what of ['1', '2']) await end(what);
    expect(began).to.deep.equal([['1'], ['2'], ['3']]);
  });

  it('let an opt-out start at once whatever is under way, and share with opt-outs alone', async () => {
    const { began, add, turn, end } = rehearse();
    const stop = (who: string): Item => ({ who, what: `stop ${who}`, apart: true });
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

  it('drain once nothing waits or runs', async () => {
    const { groups, add, turn, end } = rehearse();
    add({ who: 'p', what: '1' }, { who: 'p', what: '2' });
    let drained = false;
    const done = groups.drain().then(() => {
      drained = true;
    });
    await turn();
    await end('1');
    expect(drained).to.equal(false);
    await end('2');
    await done;
  });
});
