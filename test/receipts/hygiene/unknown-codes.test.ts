import { expect } from 'chai';
import type { Sweep } from '../../../src/receipts/bounce-sweep.ts';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { countUnknownCodes } from '../../../src/receipts/unknown-codes.ts';
import { type Client, newClient } from '../../api/client.ts';
import { until } from '../../support/gateway.ts';
import { type BounceHarness, daysAgo, NOW, openBounceHarness } from './bounce-harness.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const NOTHING: Omit<Sweep, 'judged'> = { ended: 0, suppressed: 0, restored: 0 };

describe('error codes that are not in the table', () => {
  let ground: BounceHarness;
  let api: Client;
  before(async () => {
    ground = await openBounceHarness();
    api = await newClient(ground.gateway);
  });
  beforeEach(async () => {
    const { store } = ground.gateway;
    for (const name of ['contacts', 'deliveries', 'suppressions', 'consentEvents', 'incidents'] as const) {
      await store.db.collection(name).deleteMany({});
    }
    await store.marks.deleteMany({ _id: /^(bounce|error classes)/ });
  });
  after(() => ground.close());

  const sweep = async (how = sweepBounces) => {
    const { judged: _, ...swept } = await how(ground.context, FREE);
    return swept;
  };
  const someoneWith = async (words: string): Promise<string> => {
    const contact = await ground.addPerson();
    await ground.addMessages(contact, words);
    return contact;
  };

  it('count from the next night once a person has classified them', async () => {
    const contact = await someoneWith('20 39999, 12 39999, 5 39999, 4 30003');
    expect(await sweep()).to.deep.equal(NOTHING);
    const [unknown, ...others] = (await api('get', '/error-codes/unknown')).body.items;
    expect(others).to.deep.equal([]);
    expect(unknown).to.include({
      code: '39999',
      messages: 3,
      classed: null,
      delivery: `${contact}.5.39999.2`,
    });
    expect(unknown.first_at).to.equal(new Date(daysAgo(20).getTime() + 60_000).toISOString());
    const { dailyFigures } = ground.gateway.store;
    const made = (day: string) => ({ _id: `deals ${day}`, program: 'deals', day, zone: 'UTC', groups: [] });
    await dailyFigures.insertMany([made('2026-01-10'), made('2026-03-10')]);
    const body = { class: 'unreachable', note: 'The phone is off, says the carrier.' };
    const said = await api('post', '/error-codes/39999/classify', { body });
    expect(said.body.classed).to.include({ ...body, at: NOW.toISOString() });
    expect(said.body.classed.by).to.match(/^key:/);
    expect(await dailyFigures.distinct('day', { stale: { $exists: true } })).to.deep.equal(['2026-03-10']);
    expect(await sweep(sweepAll)).to.deep.equal({ ...NOTHING, suppressed: 1 });
    expect(await ground.standing(contact)).to.equal('subscribed, suppressed all');
  });

  it('count against nobody on a network that was out long before they were classified', async () => {
    const coastal: string[] = [];
    for (let at = 0; at < 12; at += 1) coastal.push(await ground.addPerson('305'));
    for (const contact of coastal) {
      await ground.addMessages(contact, '40 ok, 20 39999, 12 39999, 5 39999', { network: '305' });
    }
    const off = await someoneWith('40 ok, 21 39999, 13 39999, 6 39999');
    expect(await sweep()).to.deep.equal(NOTHING);
    const say = async (of: string, done: Partial<Sweep>): Promise<void> => {
      const body = { class: of, note: 'I looked.' };
      expect((await api('post', '/error-codes/39999/classify', { body })).status).to.equal(200);
      expect(await sweep(sweepAll)).to.deep.equal({ ...NOTHING, ...done });
    };
    await say('unreachable', { suppressed: 1 });
    expect(await ground.standing(off)).to.equal('subscribed, suppressed all');
    const { incidents } = ground.gateway.store;
    expect(await incidents.countDocuments({ key: 'network 305' })).to.equal(3);
    await say('content', { restored: 1 });
    expect(await incidents.countDocuments({})).to.equal(0);
  });

  it('count against nobody on such a network when they are classified during the search for incidents', async () => {
    const coastal = [];
    for (let at = 0; at < 12; at += 1) coastal.push(await ground.addPerson('305'));
    for (const contact of coastal) {
      await ground.addMessages(contact, '40 ok, 20 39999, 12 39999, 5 39999', { network: '305' });
    }
    const { store } = ground.context;
    await store.marks.deleteOne({ _id: 'incident look' });
    let looks = 0;
    const say = async (): Promise<void> => {
      if (looks++ > 0) return;
      const body = { class: 'unreachable', note: 'I looked.' };
      expect((await api('post', '/error-codes/39999/classify', { body })).status).to.equal(200);
    };
    const find = (filter: object) => {
      const cursor = store.incidents.find(filter);
      const toArray = cursor.toArray.bind(cursor);
      return Object.assign(cursor, { toArray: () => say().then(toArray) });
    };
    const incidents = new Proxy(store.incidents, {
      get: (of, name) => {
        const part = Reflect.get(of, name);
        if (name === 'find') return find;
        return typeof part === 'function' ? part.bind(of) : part;
      },
    });
    const swept = await sweepAll({ ...ground.context, store: { ...store, incidents } }, FREE);
    expect(swept).to.include(NOTHING);
    expect(looks, 'the look read the incidents of more than one day').to.be.above(2);
    expect(await sweep(sweepAll)).to.deep.equal(NOTHING);
    expect(await store.incidents.countDocuments({ key: 'network 305' })).to.equal(3);
  });

  it('are counted anew as far back as the bounce rules look', async () => {
    const { dailyFigures } = ground.gateway.store;
    const made = (day: string) => ({ _id: `deals ${day}`, program: 'deals', day, zone: 'UTC', groups: [] });
    await dailyFigures.deleteMany({});
    await dailyFigures.insertMany([made('2025-12-01'), made('2026-01-10')]);
    const rule = await api('put', '/quality/rules/bounces', { body: { warn: 0.02, fail: 0.05, days: 90 } });
    expect(rule.status, rule.text).to.equal(200);
    const body = { class: 'network', note: 'The carrier was out.' };
    expect((await api('post', '/error-codes/39998/classify', { body })).status).to.equal(200);
    expect(await dailyFigures.distinct('day', { stale: { $exists: true } })).to.deep.equal(['2026-01-10']);
  });

  it('wait for a person, errors without a code too, in the order of need, and are counted', async () => {
    const contact = await someoneWith('20 39999, 12 39999, 5 4100, 4 41800');
    const without = `${contact}.4.41800.3`;
    await ground.gateway.store.deliveries.updateOne({ _id: without }, { $unset: { error: '' } });
    await ground.addMessages(contact, '3 41800');
    const listed = async () => {
      const { items } = (await api('get', '/error-codes/unknown')).body;
      return items.map(({ code, classed }: { code: string | null; classed: { class: string } | null }) =>
        [code, classed?.class ?? null].join(' '),
      );
    };
    expect(await listed()).to.deep.equal(['39999 ', ' ', '4100 ', '41800 ']);
    expect(await countUnknownCodes(ground.context)).to.equal(4);
    const say = (code: string, of: string) =>
      api('post', `/error-codes/${code}/classify`, { body: { class: of, note: 'I looked.' } });
    for (const code of ['39999', '41800', 'none', '4100']) {
      expect((await say(code, 'network')).status, code).to.equal(200);
      if (code !== '39999') continue;
      expect(await listed()).to.deep.equal([' ', '4100 ', '41800 ', '39999 network']);
      const metrics = async () => (await fetch(`${ground.gateway.url}/metrics`)).text();
      expect(await metrics(), 'a scrape waits for no count').not.to.contain(
        'assent_unknown_codes{role="web"}',
      );
      await until('the unknown codes are counted', async () =>
        (await metrics()).includes('assent_unknown_codes{role="web"} 3'),
      );
    }
    expect(await countUnknownCodes(ground.context)).to.equal(0);
    const refused = await say('none', 'unreachable');
    expect([refused.status, refused.body.errors?.[0]?.field]).to.deep.equal([422, 'class']);
    // An answer without a code fails no message: it goes back, or nobody knows what became of it.
    for (const none of ['hello', 'http-418']) expect((await say(none, 'network')).status).to.equal(400);
  });

  it('are logged on the night after they appeared, until a person has classified them', async () => {
    await someoneWith('20 39998, 0 39999');
    const told: object[] = [];
    const warn = (fields: object) => void told.push(fields);
    const context = { ...ground.context, log: { ...ground.context.log, warn } };
    const codes = () => told.splice(0).flatMap((alert) => ('code' in alert ? alert.code : []));
    await sweepAll(context, FREE);
    expect(codes()).to.deep.equal(['39999']);
    await api('post', '/error-codes/39999/classify', { body: { class: 'network', note: 'I looked.' } });
    await sweepAll(context, FREE);
    expect(codes()).to.deep.equal([]);
  });

  it('do not stop the sweep when they cannot be read in time', async () => {
    const contact = await someoneWith('4 30005');
    const told: string[] = [];
    const { store, log } = ground.context;
    const late = { toArray: () => Promise.reject(new Error('it took too long')) };
    let looks = 0;
    const deliveries = new Proxy(store.deliveries, {
      get: (of, name) => {
        const found = Reflect.get(of, name);
        if (typeof found !== 'function') return found;
        if (name === 'aggregate' && looks++ === 0) return () => late;
        return found.bind(of);
      },
    });
    const error = (_: object, line: string) => void told.push(line);
    const context = { ...ground.context, store: { ...store, deliveries }, log: { ...log, error } };
    expect(await sweepAll(context, FREE)).to.include({ judged: 1, ended: 1 });
    expect(await ground.standing(contact)).to.contain('ended gone');
    expect(told).to.deep.equal(['the codes that nobody knows could not be looked at']);
  });

  it('end no consent by their class, and the built-in table stays', async () => {
    const classed = (code: string, of: string) =>
      api('post', `/error-codes/${code}/classify`, { body: { class: of, note: 'I think so.' } });
    const answers = [await classed('39999', 'gone'), await classed('30005', 'network')];
    expect(answers.map(({ status }) => status)).to.deep.equal([400, 400]);
    const { items } = (await api('get', '/error-codes')).body;
    expect(items.find(({ code }: { code: string }) => code === '30005')).to.deep.include({
      ...{ class: 'gone', action: 'end', threshold: { times: 1, within_days: 1 } },
    });
  });
});
