import { hostname } from 'node:os';
import { expect } from 'chai';
import type { AppContext } from '../../src/consent/app-context.ts';
import type { Spool } from '../../src/consent/inbound/spool.ts';
import { startSpoolReplay } from '../../src/consent/inbound/spool-replay.ts';
import { databaseTime } from '../../src/store/connection.ts';
import type { Store } from '../../src/store/store.ts';
import { reportSpool, type WebProcessDoc } from '../../src/store/web-processes.ts';
import { until } from '../support/gateway.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const DIR = '/data/$spool';
const HOME = `${hostname()}:${DIR}`;

describe('reports of web processes on their spools', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  afterEach(async () => {
    await store.webProcesses.deleteMany({});
  });
  after(async () => {
    await closeTestStore(store);
  });

  const row = (_id: string, spooled = 0): WebProcessDoc => ({ _id, at: new Date(), spooled, silence: null });
  const ids = async (): Promise<string[]> =>
    (await store.webProcesses.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
  const nothing = async (): ReturnType<Spool['replay']> => ({ taken: 0, kept: 0, torn: 0 });
  const replaying = (
    left: () => number,
    replay = nothing,
    tell: (line: string) => void = () => undefined,
  ) => {
    const spool = { waiting: left, replay };
    const [say, silent] = [(_: unknown, line: string) => tell(line), () => undefined];
    const context = { store, log: { info: silent, warn: say, error: say } };
    return startSpoolReplay(context as unknown as AppContext, spool as unknown as Spool, DIR, {
      look: () => undefined,
      askTime: () => databaseTime(store),
    });
  };

  it('are written every second over the report of an earlier process on the same folder', async () => {
    await store.webProcesses.insertMany([row(HOME, 3), row('elsewhere')]);
    let left = 1;
    const replays = replaying(() => left);
    const own = () => store.webProcesses.findOne({ _id: HOME });
    await until('the spool report is written', async () => (await own())?.spooled === 1);
    const first = await own();
    await until(
      'the next spool report is written',
      async () => (await own())?.at.getTime() !== first?.at.getTime(),
    );
    left = 0;
    await until('the spool report says that the spool is empty', async () => (await own())?.spooled === 0);
    await replays.stop();
    expect(await ids()).to.deep.equal(['elsewhere']);
  });

  it('are written on after a process ended and left texts', async () => {
    const replays = replaying(() => 1);
    await until('the spool report is written', async () => (await ids()).length === 1);
    await replays.stop();
    expect(await ids()).to.deep.equal([HOME]);
  });

  it('log failing turns once, and once more when they fail again', async () => {
    const lines: string[] = [];
    let turns = 0;
    const replay = async (): ReturnType<Spool['replay']> => {
      turns += 1;
      if (turns === 3) return nothing();
      throw new Error(String(turns));
    };
    const replays = replaying(
      () => 0,
      replay,
      (line) => lines.push(line),
    );
    await until('a second failing turn is logged', async () => lines.length === 2);
    await replays.stop();
    expect(turns).to.be.at.least(4);
    expect(new Set(lines).size).to.equal(1);
  });

  it('keep the last long silence, with the time at which texts were counted', async () => {
    const me = 'one';
    const now = (await databaseTime(store)).getTime();
    const say = async (agoMs: number) => {
      await reportSpool(store, me, { at: new Date(now - agoMs), spooled: 0 });
      return store.webProcesses.findOne({ _id: me });
    };
    expect((await say(90_000))?.silence).to.equal(null);
    expect((await say(88_000))?.silence).to.equal(null);
    const silence = { from: new Date(now - 88_000), until: new Date(now - 2000) };
    expect((await say(2000))?.silence).to.deep.equal(silence);
    expect(await say(1000)).to.deep.equal({ _id: me, at: new Date(now - 1000), spooled: 0, silence });
  });
});
