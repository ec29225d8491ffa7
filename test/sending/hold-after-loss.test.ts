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

describe('the hold on marketing after a loss of the database', () => {
  let store: Store;
  let proxy: DatabaseProxy;
  let own: Store;
  let hold: LossHold | null = null;
  let lines: string[] = [];
  let skipped = 0;
  /** How often a hold read the reports of web processes, and lost the database. */
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
  const said = (speakers: readonly string[]) => Promise.all(speakers.map((speaker) => report(speaker, 0)));
  /** Expects that the hold ends while these processes report empty spools, well before it would end without them. */
  const released = (lossHold: LossHold, ...speakers: string[]): Promise<void> =>
    until(
      'the hold on marketing has ended',
      async () => {
        await said(speakers);
        return !lossHold.holds();
      },
      WAITED_MS / 2,
    );
  /** Still there after several looks, whatever these say. */
  const stays = async (lossHold: LossHold, ...speakers: string[]): Promise<void> => {
    const before = looks;
    await until('the reports have been read four times', async () => {
      await said(speakers);
      expect(lossHold.holds()).to.equal(true);
      return looks >= before + 4;
    });
  };
  const lose = async (lossHold: LossHold): Promise<void> => {
    const before = losses;
    await proxy.cut();
    await until('the loss of the database is noticed', async () => losses > before);
    expect(lossHold.holds()).to.equal(true);
  };
  const comeBack = async (): Promise<void> => {
    await proxy.restore();
    await until(
      'the database answers again',
      async () => (await databaseTime(own).catch(() => null)) !== null,
    );
  };

  it('is there from the start, and ends at once when no web process was ever seen', async () => {
    const lossHold = start();
    expect(lossHold.holds()).to.equal(true);
    await released(lossHold);
    expect(lines).to.deep.equal([]);
  });

  it("ends at a worker's start after a report of every live web process, and waits for none that died", async () => {
    await report('first', 500);
    await report('second', 900);
    await report('dead', HOUR_MS);
    const lossHold = start();
    await stays(lossHold, 'first');
    await report('second', 0, 1);
    await stays(lossHold, 'first');
    await released(lossHold, 'first', 'second');
    expect(lines).to.have.lengthOf(2);
  });

  it("waits at a worker's start after an outage for the web processes that were alive before it", async () => {
    await report('slow', 2 * HOUR_MS);
    const lossHold = start();
    await stays(lossHold);
    await released(lossHold, 'slow');
  });

  it('waits after a long loss for a web process that could report nothing meanwhile', async () => {
    const lossHold = start();
    await released(lossHold);
    await report('slow', HOUR_MS + 2000);
    await lose(lossHold);
    skipped = HOUR_MS;
    // The database came back for this process sooner.
    await report('quick', 0);
    await comeBack();
    await stays(lossHold, 'quick');
    await released(lossHold, 'quick', 'slow');
    expect(lines[0]).to.match(/^marketing waits/);
    expect(lines.at(-1)).to.match(/^marketing continues/);
  });

  it('counts two losses in a row from the first, since no process could report between them', async () => {
    const lossHold = start();
    await released(lossHold);
    await report('slow', HOUR_MS);
    await report('quick', 0);
    await lose(lossHold);
    skipped = HOUR_MS;
    await comeBack();
    await lose(lossHold);
    await comeBack();
    await stays(lossHold, 'quick');
    await released(lossHold, 'quick', 'slow');
  });
});
