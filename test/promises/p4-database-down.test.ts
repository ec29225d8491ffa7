import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Readiness } from '../../src/running/health.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { repliesTaken } from '../support/replies.ts';
import {
  EMPTY,
  newPerson,
  optOutOf,
  postAndWait,
  postText,
  textFields,
  withdrawals,
} from './inbound-posts.ts';

/** The number of the level "error" in pino. */
const ERROR = 50;

describe('P4: STOP counts while the database is away', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let spool: string;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through });
    spool = join(gateway.config.dataDir, 'spool');
  });
  afterEach(() => proxy.restore());
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });

  const spooled = async (): Promise<string> => {
    const names = await readdir(spool);
    return (await Promise.all(names.map((name) => readFile(join(spool, name), 'utf8')))).join('');
  };
  const spoolReady = async (): Promise<boolean> => {
    const { parts } = (await (await fetch(`${gateway.url}/readyz`)).json()) as Readiness;
    return parts.spool === true;
  };
  const optedOut = (person: string) => async () => (await optOutOf(gateway, person)) !== null;
  const toldOnce = async (person: string): Promise<void> => {
    await until(
      'the confirmation is on the handset',
      async () => (await gateway.received(person)).length > 0,
    );
    expect(await gateway.received(person)).to.have.lengthOf(1);
    expect((await gateway.received(person))[0]).to.contain('unsubscribed');
  };

  it('is on disk, sealed, before its empty answer; then it is honored, and confirmed by the worker', async () => {
    const person = newPerson();
    await proxy.cut();
    const fields = textFields(person, 'STOP texting', { FromCity: 'PLANTEDCITY' });
    const answer = await postText(gateway, fields);
    expect([answer.status, answer.body]).to.deep.equal([200, EMPTY]);
    const lines = await spooled();
    expect(lines).to.match(/"by":"k1"/);
    for (const secret of [person, person.slice(2), 'STOP', 'texting', 'PLANTEDCITY']) {
      expect(lines).not.to.contain(secret);
      expect(lines).not.to.contain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
    }
    await proxy.restore();
    await until('the opt-out is recorded', optedOut(person));
    await toldOnce(person);
    await until('the spool is empty', async () => (await readdir(spool)).length === 0);
    const row = await gateway.store.inbound.findOne({ _id: String(fields[0]?.[1]) });
    expect(row?.door).to.equal('spool');
    expect(row?.receivedAt.getTime()).to.be.lessThan(row?.recordedAt.getTime() ?? 0);
    await postText(gateway, fields);
    expect(await withdrawals(gateway, person), 'the carrier posts it once more').to.equal(1);
    await toldOnce(person);
  });

  it('is answered with a 5xx, so that the carrier tries again, when the spool fails too, and the failure is logged', async () => {
    const person = newPerson();
    await rename(spool, `${spool}-away`);
    expect(await spoolReady(), 'before any text needs it').to.equal(false);
    await proxy.cut();
    const fields = textFields(person, 'STOP');
    const answer = await postText(gateway, fields);
    expect([answer.status, answer.body]).to.deep.equal([503, '']);
    const lines = gateway.logs.map((line) => JSON.parse(line));
    const refused = lines.filter(({ msg }) => msg.startsWith('a text was refused'));
    expect(refused.map(({ level, error, id }) => [level, error.code, id])).to.deep.equal([
      [ERROR, 'ENOENT', answer.headers['x-request-id']],
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).to.match(/^assent_inbound_total{outcome="refused".*} 1$/m);
    await rename(`${spool}-away`, spool);
    await proxy.restore();
    await until('the spool is writable again', spoolReady);
    await until('a repeated post of the STOP is accepted', async () => {
      const { status } = await postText(gateway, fields);
      return status === 200 && (await optOutOf(gateway, person)) !== null;
    });
    expect(await withdrawals(gateway, person)).to.equal(1);
  });
});

describe('a database that hangs for four seconds', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let ahead = 0;
  /** How often the web process read its clock. */
  let looks = 0;
  const monotonic = (): number => {
    looks += 1;
    return performance.now() + ahead;
  };
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: 'replies', monotonic });
  });
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });

  /** Resolves with the replies to a text for which the database took four seconds by the web process's clock. */
  const answer = async (person: string, body: string): Promise<string[]> => {
    proxy.freeze();
    const before = looks;
    const fields = textFields(person, body);
    const answered = postText(gateway, fields);
    await until('the text waits for the database', async () => looks > before);
    ahead += 4000;
    await proxy.restore();
    expect((await answered).body).to.equal(EMPTY);
    const sid = String(fields[0]?.[1]);
    expect((await gateway.store.inbound.findOne({ _id: sid }))?.door, 'no spool was needed').to.equal(
      'webhook',
    );
    return repliesTaken(gateway, sid);
  };

  it("delays nobody's answer, and sends the prompt that a YES then answers", async function () {
    this.timeout(60_000);
    const person = newPerson();
    expect((await answer(person, 'HELP'))[0]).to.contain('Fernway');
    expect((await answer(person, 'JOIN'))[0]).to.match(/reply YES/i);
    const { replies } = await postAndWait(gateway, textFields(person, 'YES'));
    expect(replies[0]).to.contain('joined Fernway Deals');
  });
});

describe('P4: STOP counts while the database hangs', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
  });
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });

  it('is answered in time, counts once, and leaves its confirmation to the dispatcher', async function () {
    this.timeout(60_000);
    const person = newPerson();
    proxy.freeze();
    const began = performance.now();
    const answer = await postText(gateway, textFields(person, 'STOP'));
    const took = performance.now() - began;
    expect([answer.status, answer.body]).to.deep.equal([200, EMPTY]);
    expect(took, 'the carrier waits fifteen seconds in all').to.be.lessThan(13_000);
    await proxy.restore();
    await until('the opt-out is recorded', async () => (await optOutOf(gateway, person)) !== null, 30_000);
    const isDue = async (): Promise<boolean> => {
      const rows = await gateway.store.deliveries.find().toArray();
      const [row] = rows;
      return (
        rows.length === 1 && row?.state === 'planned' && row.draining === undefined && row.dueAt <= new Date()
      );
    };
    await until('the confirmation is due', isDue);
    expect(await withdrawals(gateway, person)).to.equal(1);
  });
});
