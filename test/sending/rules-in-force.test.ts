import { expect } from 'chai';
import type { Filter } from 'mongodb';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { ROOT } from '../../src/config.ts';
import { openCatalog, readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import { grouped } from '../../src/domain/grouped.ts';
import type { Program } from '../../src/domain/program.ts';
import { createLog } from '../../src/running/log.ts';
import { letAttemptsEnd } from '../../src/sending/cancel-and-drain.ts';
import { findInbound } from '../../src/store/consent/inbound-texts.ts';
import { readBookVersion, writeSender } from '../../src/store/consent/programs.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { inSession } from '../../src/store/transaction.ts';
import { startSending } from '../../src/worker.ts';
import { type Client, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { addSubscriber, addSubscribers, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

/** Four in the morning in New York, one in Los Angeles: a time at which offers leave only where no hours bind them. */
const NIGHT = new Date('2027-01-20T09:00:00Z').getTime();

const PEOPLE = 40;
const EACH = 12;

describe('a change of rules while two workers hand over', () => {
  let gateway: Gateway;
  let workers: { stop: () => Promise<void> }[] = [];
  let client: Client;
  before(async () => {
    const began = performance.now();
    const now = (): Date => new Date(NIGHT + performance.now() - began);
    gateway = await startGateway({ worker: false, now });
    const log = createLog('debug', 'worker', { write: (line) => gateway.logs.push(line) });
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    workers = [await startSending(config, log, { now }), await startSending(config, log, { now })];
    client = await newClient(gateway);
  });
  after(async () => {
    for (const worker of workers) await worker.stop();
    await gateway.stop();
  });

  const count = (rows: readonly DeliveryDoc[], more: Filter<DeliveryDoc>): Promise<number> =>
    gateway.store.deliveries.countDocuments({ _id: { $in: rows.map(({ _id }) => _id) }, ...more });
  /** Messages that left, by person. */
  const reached = async (rows: readonly DeliveryDoc[]): Promise<Map<string, number>> => {
    const left = { _id: { $in: rows.map(({ _id }) => _id) }, acceptedAt: { $gt: new Date(0) } };
    const found = await gateway.store.deliveries.find(left).toArray();
    const groups = [...grouped(found, ({ contact }) => contact)];
    return new Map(groups.map(([contact, own]) => [contact, own.length]));
  };
  const sum = (of: ReadonlyMap<string, number>): number => [...of.values()].reduce((a, b) => a + b, 0);

  const numbers = testPeople('212', () => new Date(NIGHT));
  const changes: [what: string, change: Record<string, unknown>, each: number][] = [
    ['quiet hours turned on', { quiet_hours: 'on' }, 0],
    ['a cap of one message a year', { capping: 'on', caps: [{ count: 1, hours: 8784 }] }, 1],
    ['the end of the program', { status: 'ended' }, 0],
  ];
  for (const [what, change, each] of changes) {
    it(`${what}: once the API has confirmed it, nothing leaves by the older rules`, async () => {
      const { id: _, ...program } = (await client('get', '/programs/deals')).body as Record<string, unknown>;
      const { keyRing: ring, blindIndexKeys: keys } = gateway.config;
      const people = { ...numbers, ring, indexOf: (number: string) => blindIndex(keys, number) };
      const subscribers = await addSubscribers(gateway.store, people, PEOPLE);
      const rows = subscribers.flatMap((subscriber) =>
        Array.from({ length: EACH }, () => plannedFor(subscriber, { createdAt: new Date(NIGHT) })),
      );
      await gateway.store.deliveries.insertMany(rows);
      await until('some offers have left', async () => sum(await reached(rows)) > 20);
      const answer = await client('put', '/programs/deals', { body: { ...program, ...change } });
      const before = await reached(rows);
      expect(answer.status).to.equal(200);
      expect(sum(before), 'most are still to come').to.be.below(rows.length);
      const due = { state: 'planned' as const, dueAt: { $lt: new Date(NIGHT + 3_600_000) } };
      await until('no offer is due any more', async () => (await count(rows, due)) === 0);
      await until('no offer is under way', async () => (await count(rows, { state: 'sending' })) === 0);
      for (const [contact, messages] of await reached(rows)) {
        expect(messages).to.be.at.most(Math.max(before.get(contact) ?? 0, each));
      }
      await gateway.store.deliveries.deleteMany({ _id: { $in: rows.map(({ _id }) => _id) } });
      expect((await client('put', '/programs/deals', { body: program })).status).to.equal(200);
    });
  }
});

describe('a new keyword', () => {
  it('is read by a web process that has not read the programs since', async () => {
    const gateway = await startGateway({ worker: false });
    try {
      const [deals] = PROGRAMS as [Program];
      const keywords = { ...deals.keywords, en: [...(deals.keywords.en ?? []), 'WOWZA'] };
      await saveProgram(gateway.store, await readTemplates(ROOT), { ...deals, keywords }, new Date());
      const { sid } = await gateway.textWithoutWaiting('+15552140001', 'WOWZA');
      const [text] = await findInbound(gateway.store, [sid]);
      expect(text?.reading.kind).to.equal('join');
    } finally {
      await gateway.stop();
    }
  });
});

describe('the rules by which a worker decides', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));
  const versionNow = (): Promise<number> => inSession(store, (session) => readBookVersion(store, session));

  it('are read again when a save of a sender was confirmed after the last read', async () => {
    await writeSender(store, SENDERS.shop);
    const shelf = await openCatalog(store, await readTemplates(ROOT), (error) => expect.fail(String(error)));
    try {
      const before = shelf.current();
      await shelf.atLeast(await versionNow());
      expect(shelf.current()).to.equal(before);
      await writeSender(store, { ...SENDERS.shop, handling: 'network' });
      await shelf.atLeast(await versionNow());
      expect(shelf.current().sender(SENDERS.shop.number)?.handling).to.equal('network');
      const unknown = shelf.atLeast((await versionNow()) + 1);
      expect(await unknown.catch(String)).to.contain('an older version of the programs and senders');
    } finally {
      shelf.stop();
    }
  });

  it('may be reported as changed once earlier claims have ended, at other numbers or not', async () => {
    const person = await addSubscriber(store, testPeople('213'));
    const flagged = plannedFor(person, { state: 'sending', epoch: 1 });
    const elsewhere = plannedFor(person, {
      state: 'sending',
      epoch: 1,
      sender: '+15550100',
      program: 'other',
    });
    await store.deliveries.insertMany([flagged, elsewhere]);
    let told = false;
    const waits = letAttemptsEnd(store, { numbers: [], program: 'deals' }, () => 0).then(() => {
      told = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.equal(false);
    // Put back, and flagged anew by who reads the newer rules.
    await store.deliveries.updateOne({ _id: flagged._id }, { $inc: { epoch: 1 } });
    await waits;
    let now = 0;
    const clock = (): number => {
      now += 1000;
      return now;
    };
    await letAttemptsEnd(store, { numbers: [elsewhere.sender] }, clock);
    expect(now, 'no longer than a lease').to.be.within(3250, 6000);
  });
});
