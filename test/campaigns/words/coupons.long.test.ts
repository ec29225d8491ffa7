import { expect } from 'chai';
import { messageContext } from '../../../src/campaigns/content.ts';
import { planBatch } from '../../../src/campaigns/worker/batch.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { findCampaign } from '../../../src/store/campaigns/campaigns.ts';
import { claimCodes } from '../../../src/store/templates/coupons.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { programs } from '../../support/program.ts';
import type { PlannerSetup } from '../programs/planner-that-dies.ts';

const phoneOf = (at: number): string => `+1555129${String(at).padStart(4, '0')}`;
const PEOPLE = 6;

function reachOf({ config, store }: Gateway): PlannerSetup {
  const { keyRing, ledgerKeys, blindIndexKeys, publicUrl, mongodbUri } = config;
  const text = (key: Buffer): string => key.toString('base64');
  const ringOf = ({ active, keys }: typeof keyRing) => ({
    active,
    keys: [...keys].map(([id, key]): [string, string] => [id, text(key)]),
  });
  return {
    ...{ keyRing: ringOf(keyRing), ledgerKeys: ringOf(ledgerKeys), blindIndexKeys: blindIndexKeys.map(text) },
    ...{ publicUrl, mongodbUri, database: store.db.databaseName },
  };
}

describe('coupon codes', () => {
  const run = programs();
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (let at = 1; at <= PEOPLE; at += 1) {
      await gateway.text(phoneOf(at), 'JOIN');
      await gateway.text(phoneOf(at), 'YES');
    }
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
  const pool = (id: string) => client('put', `/coupon-pools/${id}`, { body: { name: id } });
  const add = (id: string, codes: string[]) =>
    client('post', `/coupon-pools/${id}/codes`, { body: { codes } });
  const codes = (name: string, many: number) => Array.from({ length: many }, (_, at) => `${name}-${at}`);
  const counted = async (id: string) => {
    const { free, claimed } = (await client('get', `/coupon-pools/${id}`)).body;
    return { free, claimed };
  };
  /** A campaign whose text ends with a code of a pool of its own name. */
  const draft = async (id: string) => {
    await pool(id);
    const texts = { en: `{brand}: your code {coupon:${id}}` };
    await client('put', `/templates/${id}`, { body: { program: 'deals', texts } });
    const body = { name: id, program: 'deals', topic: 'deals', template: id, segment };
    return client('put', `/campaigns/${id}`, { body });
  };
  const start = (id: string, body: object = {}) => client('post', `/campaigns/${id}/start`, { body });
  const finished = (id: string) =>
    until(
      `campaign ${id} is finished`,
      async () => (await client('get', `/campaigns/${id}`)).body.state === 'finished',
    );
  const campaignOf = async (id: string) => {
    const campaign = await findCampaign(gateway.store, id);
    if (campaign === null) throw new Error('no such campaign');
    return campaign;
  };
  const receivedCodes = async (name: string): Promise<string[]> => {
    const all = await Promise.all(codes('', PEOPLE).map((_, at) => gateway.received(phoneOf(at + 1))));
    return all.flat().flatMap((text) => new RegExp(`${name}-\\d+$`).exec(text) ?? []);
  };

  it('are added in bulk, and duplicates are refused one by one with their places', async () => {
    expect((await add('nowhere', ['A-1'])).status).to.equal(404);
    await pool('bulk');
    expect((await add('bulk', ['A-1', 'A-2', 'A-1'])).body).to.deep.equal({
      added: 2,
      refused: 1,
      places: [2],
    });
    expect((await add('bulk', ['A-2', 'A-3'])).body).to.deep.equal({ added: 1, refused: 1, places: [0] });
    expect(fieldsOf(await add('bulk', ['A-4', 'no code']))).to.deep.equal(['codes.1']);
    expect(await counted('bulk')).to.deep.equal({ free: 3, claimed: 0 });
  });

  it('are named by templates with existing pools, and measured at their longest', async () => {
    const save = (text: string) =>
      client('put', '/templates/named', { body: { program: 'deals', texts: { en: text } } });
    expect(fieldsOf(await save('{brand} {coupon:none}'))).to.deep.equal(['texts.en']);
    await add('bulk', ['Z'.repeat(30)]);
    expect((await save(`{brand}${'a'.repeat(124)}{coupon:bulk}`)).body.report[0].parts).to.equal(2);
    expect((await save(`{brand}${'a'.repeat(123)}{coupon:bulk}`)).body.report[0].parts).to.equal(1);
  });

  it('are given one to each person, and a campaign with too few does not start', async () => {
    await draft('spring');
    await add('spring', codes('SPRING', PEOPLE - 1));
    const short = await start('spring');
    expect(short.status).to.equal(409);
    expect(short.body.detail).to.match(/"spring" has 5 codes left, and 6 people may be texted\. /);
    await add('spring', ['SPRING-99', 'SPRING-100']);
    expect((await start('spring')).status).to.equal(200);
    await finished('spring');
    await until(
      'a coupon code is on each handset',
      async () => (await receivedCodes('SPRING')).length === PEOPLE,
    );
    expect(new Set(await receivedCodes('SPRING')).size).to.equal(PEOPLE);
    expect(await counted('spring')).to.deep.equal({ free: 1, claimed: PEOPLE });
  });

  it('are withdrawn while no delivery has them, and shown when one does', async () => {
    const withdraw = (pool: string, of: string[]) =>
      client('post', `/coupon-pools/${pool}/codes/withdraw`, { body: { codes: of } });
    expect((await withdraw('nowhere', ['A-1'])).status).to.equal(404);
    const [given = ''] = await receivedCodes('SPRING');
    await add('spring', ['WRONG-1', 'WRONG-2']);
    const asked = ['WRONG-1', given, 'NONE-1', 'WRONG-2', 'WRONG-1'];
    const expected = { claimed: 1, claimed_places: [1] };
    expect((await withdraw('spring', asked)).body).to.deep.equal({ ...expected, withdrawn: 2, unknown: 1 });
    expect((await withdraw('spring', asked)).body).to.deep.equal({ ...expected, withdrawn: 0, unknown: 3 });
    expect(await counted('spring')).to.deep.equal({ free: 1, claimed: PEOPLE });
    expect((await add('spring', ['WRONG-1'])).body.added).to.equal(1);
  });

  it('credit a purchase that names one to its campaign and to no other', async () => {
    const [code] = await receivedCodes('SPRING');
    const body = { phone: phoneOf(PEOPLE), type: 'purchase', amount: 40, at: new Date().toISOString() };
    const event = { ...body, coupon: { pool: 'spring', code } };
    expect((await client('post', '/events', { body: event })).status).to.equal(200);
    expect((await client('post', '/events', { body })).status).to.equal(200);
    const told = async (query: string) => {
      const { groups } = (await client('get', '/campaigns/spring/results', { query })).body;
      return groups.map(({ people, hits, amount }: Record<string, number>) => [people, hits, amount]);
    };
    expect(await told('by=purchase&via=coupon')).to.deep.equal([[PEOPLE, 1, 40]]);
    expect(await told('by=purchase')).to.deep.equal([[PEOPLE, 1, 80]]);
  });

  it('stay the same after a planner died between claim and row, and none is used twice', async () => {
    await draft('killed');
    await add('killed', codes('KILLED', PEOPLE));
    await start('killed', { at: new Date(Date.now() + 3_600_000).toISOString() });
    const planner = run(new URL('../programs/planner-that-dies.ts', import.meta.url), [
      JSON.stringify(reachOf(gateway)),
    ]);
    const { code, stderr } = await planner.ended;
    expect([code, stderr]).to.deep.equal([null, '']);
    expect(await gateway.store.deliveries.countDocuments({ campaign: 'killed' })).to.equal(0);
    const claims = () => gateway.store.couponCodes.find({ pool: 'killed' }).sort({ _id: 1 }).toArray();
    const before = await claims();
    expect(new Set(before.map(({ delivery }) => delivery)).size).to.equal(PEOPLE);
    // Its lease has ended and its time has come. Two further planners and the worker plan at once.
    const going = await messageContext(open.context, await campaignOf('killed'));
    const slice = () => planBatch(open.context, going, async () => true);
    await Promise.all([slice(), slice()]);
    const due = { $set: { startAt: null, 'plan.leaseUntil': null } };
    await gateway.store.campaigns.updateOne({ _id: 'killed' }, due);
    await finished('killed');
    await until(
      'a coupon code is on each handset',
      async () => (await receivedCodes('KILLED')).length === PEOPLE,
    );
    expect(await claims()).to.deep.equal(before);
    expect(new Set(await receivedCodes('KILLED')).size).to.equal(PEOPLE);
  });

  it('are missing for whoever finds the pool empty, which is a skip with its own reason', async () => {
    await draft('dry');
    await add('dry', codes('DRY', PEOPLE));
    await start('dry', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await claimCodes(gateway.store, 'dry', ['someone-else', 'and-another'], new Date());
    await gateway.store.campaigns.updateOne({ _id: 'dry' }, { $set: { startAt: null } });
    await finished('dry');
    const rows = await gateway.store.deliveries.find({ campaign: 'dry' }).toArray();
    const skipped = rows.filter(({ state }) => state === 'skipped');
    expect(skipped.map(({ decision }) => decision?.reasons)).to.deep.equal([['no-coupon'], ['no-coupon']]);
    const { body } = await client('get', `/deliveries/${skipped[0]?._id}`);
    expect(body.sentence).to.equal('Not sent: The coupon pool had no code left for this person.');
    expect(await counted('dry')).to.deep.equal({ free: 0, claimed: PEOPLE });
  });

  it('go to one delivery each when many claim several at once', async () => {
    await pool('race');
    await add('race', codes('RACE', 40));
    const deliveries = codes('d', 50);
    const asked = [deliveries, deliveries.toReversed(), deliveries.slice(10), deliveries.slice(0, 40)];
    const claims = await Promise.all(asked.map((ids) => claimCodes(gateway.store, 'race', ids, new Date())));
    const pairs = new Set(claims.flatMap((claim) => [...claim].map(([id, code]) => `${id} ${code}`)));
    expect(new Set([...pairs].map((pair) => pair.split(' ')[0])).size).to.equal(40);
    expect(pairs.size).to.equal(40);
  });

  it('go to one delivery each when many claim one at once', async () => {
    await pool('singles');
    await add('singles', codes('SINGLES', 60));
    const claim = (id: string) => claimCodes(gateway.store, 'singles', [id], new Date());
    const claims = await Promise.all(codes('s', 50).map(claim));
    expect(new Set(claims.flatMap((claim) => [...claim.values()])).size).to.equal(50);
    expect(await counted('singles')).to.deep.equal({ free: 10, claimed: 50 });
    const all = await Promise.all(codes('t', 30).map(claim));
    expect(all.filter((codes) => codes.size > 0).length, 'of ten that are left').to.equal(10);
  });

  it('stay with a message that is ordered again, and none goes to a message that may not leave', async () => {
    await draft('single');
    await add('single', codes('SINGLE', 3));
    const order = (phone: string, key: string) => ({
      body: { phone, program: 'deals', topic: 'deals', template: 'single' },
      headers: { 'Idempotency-Key': key },
    });
    const first = await client('post', '/messages', order(phoneOf(1), 'one'));
    await gateway.store.idempotencyKeys.deleteMany({});
    const again = await client('post', '/messages', order(phoneOf(1), 'one'));
    expect(again.body.id).to.equal(first.body.id);
    expect(await counted('single')).to.deep.equal({ free: 2, claimed: 1 });
    await gateway.text(phoneOf(2), 'STOP');
    expect((await client('post', '/messages', order(phoneOf(2), 'two'))).body.state).to.equal('skipped');
    expect(await counted('single')).to.deep.equal({ free: 2, claimed: 1 });
  });
});
