import { expect } from 'chai';
import { WAITED_MS } from '../../src/domain/sending/database-outage.ts';
import { holdMarketingAfterOutage, type LossHold } from '../../src/sending/marketing-hold.ts';
import { databaseTime, watchPrimary } from '../../src/store/connection.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { spied } from '../support/spied.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const HOUR_MS = 3_600_000;

describe('the hold on marketing', () => {
  let store: Store;
  let proxy: DatabaseProxy;
  let own: Store;
  let hold: LossHold | null = null;
  let lines: string[] = [];
  let skipped = 0;
  /** How often a hold looked at what web processes say, and lost the database. */
  let looks = 0;
  let losses = 0;
  before(async () => {
    const opened = await openTestStore();
    store = opened.store;
    proxy = await startProxy(opened.uri);
    const behind = await openStore({ uri: proxy.through(opened.uri), database: opened.name });
    const webProcesses = spied(behind.webProcesses, 'find', () => {
      looks += 1;
    });
    own = { ...behind, webProcesses };
    const lost = (): void => {
      losses += 1;
    };
    watchPrimary(own, { lost, back: () => undefined });
  });
  beforeEach(() => {
    [lines, skipped] = [[], 0];
  });
  afterEach(async () => {
    await hold?.stop();
    hold = null;
    await store.webProcesses.deleteMany({});
  });
  after(async () => {
    await own.close();
    await proxy.close();
    await closeTestStore(store);
  });

  const note = (_: unknown, line: string): void => void lines.push(line);
  const start = (): LossHold => {
    const monotonic = (): number => performance.now() + skipped;
    hold = holdMarketingAfterOutage({ store: own, log: { info: note, warn: note }, monotonic });
    return hold;
  };
  /** A report of so many ms ago. */
  const report = async (_id: string, agoMs: number, spooled = 0): Promise<void> => {
    const at = new Date((await databaseTime(store)).getTime() - agoMs);
    const $set = { home: 'a machine:a folder', pid: 1, at, spooled, silence: null };
    await store.webProcesses.updateOne({ _id }, { $set }, { upsert: true });
  };
  const said = (speakers: readonly string[]) => Promise.all(speakers.map((one) => report(one, 0)));
  /** While these go on saying that their spools are empty; well before it would end without them. */
  const released = (one: LossHold, ...speakers: string[]): Promise<void> =>
    until(
      'the end of the hold',
      async () => {
        await said(speakers);
        return !one.holds();
      },
      WAITED_MS / 2,
    );
  /** Still there after several looks, whatever these say. */
  const stays = async (one: LossHold, ...speakers: string[]): Promise<void> => {
    const before = looks;
    await until('several looks', async () => {
      await said(speakers);
      expect(one.holds()).to.equal(true);
      return looks >= before + 4;
    });
  };
  const lose = async (one: LossHold): Promise<void> => {
    const before = losses;
    await proxy.cut();
    await until('the loss', async () => losses > before);
    expect(one.holds()).to.equal(true);
  };
  const comeBack = async (): Promise<void> => {
    await proxy.restore();
    await until('the return', async () => (await databaseTime(own).catch(() => null)) !== null);
  };

  it('is there from the start, and gone at once where no web process was ever heard of', async () => {
    const one = start();
    expect(one.holds()).to.equal(true);
    await released(one);
    expect(lines).to.deep.equal([]);
  });

  it('of a worker that starts ends with a word of every web process that lives, and waits for none that died', async () => {
    await report('first', 500);
    await report('second', 900);
    await report('dead', HOUR_MS);
    const one = start();
    await stays(one, 'first');
    await report('second', 0, 1);
    await stays(one, 'first');
    await released(one, 'first', 'second');
    expect(lines).to.have.lengthOf(2);
  });

  it('of a worker that starts after an outage waits for those that were alive before it', async () => {
    await report('slow', 2 * HOUR_MS);
    const one = start();
    await stays(one);
    await released(one, 'slow');
  });

  it('after a long loss waits for a web process that could say nothing meanwhile', async () => {
    const one = start();
    await released(one);
    await report('slow', HOUR_MS + 2000);
    await lose(one);
    skipped = HOUR_MS;
    // It was back for this one sooner.
    await report('quick', 0);
    await comeBack();
    await stays(one, 'quick');
    await released(one, 'quick', 'slow');
    expect(lines[0]).to.match(/^marketing waits/);
    expect(lines.at(-1)).to.match(/^marketing goes on/);
  });

  it('counts a loss right after another from the first: nobody had time to speak between them', async () => {
    const one = start();
    await released(one);
    await report('slow', HOUR_MS);
    await report('quick', 0);
    await lose(one);
    skipped = HOUR_MS;
    await comeBack();
    await lose(one);
    await comeBack();
    await stays(one, 'quick');
    await released(one, 'quick', 'slow');
  });
});
