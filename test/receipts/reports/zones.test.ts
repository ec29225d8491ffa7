import { expect } from 'chai';
import { SCOPES } from '../../../src/access/api-keys.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { contextOf } from '../rows.ts';

/** Afternoon of the 20th in New York, the small hours of the 21st in Auckland. */
const NOW = new Date('2026-03-20T20:00:00Z');

describe('reports on programs of several zones', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: false, now: () => NOW });
    client = await newClient(gateway, SCOPES);
    const { id: _, ...orders } = (await client('get', '/programs/orders')).body;
    const body = { ...orders, zone: 'Pacific/Auckland' };
    const saved = await client('put', '/programs/orders', { body });
    expect(saved.status, saved.text).to.equal(200);
    await gateway.store.deliveries.insertMany([
      handedOver('deals', '2026-03-20T19:00:00Z'),
      handedOver('orders', '2026-03-20T19:00:00Z'),
      // These belong to the 20th in Auckland and to the 19th in New York.
      handedOver('deals', '2026-03-19T20:00:00Z'),
      handedOver('orders', '2026-03-19T20:00:00Z'),
    ]);
  });
  after(() => gateway.stop());

  const handedOver = (program: string, time: string): DeliveryDoc => {
    const at = new Date(time);
    return {
      _id: `${program} ${time}`,
      ...{ contact: 'c_nobody', program, sender: '28555', answers: null, class: 'marketing' },
      ...{ state: 'delivered', createdAt: at, acceptedAt: at, finalAt: at },
      decision: { allowed: true, reasons: [], at },
    } as Partial<DeliveryDoc> as DeliveryDoc;
  };
  const get = async (path: string, query = '') => {
    const answer = await client('get', `/reports/${path}`, { query });
    expect(answer.status, answer.text).to.equal(200);
    return answer.body;
  };

  it('count each program by its own days, until the latest today', async () => {
    const all = await get('deliverability', 'by=program');
    expect(all).to.include({ zone: "each program's own", since: '2026-02-20', until: '2026-03-21' });
    const handed = (found: { rows: { key: string; handed_over: number }[] }) =>
      found.rows.map(({ key, handed_over }) => [key, handed_over]);
    expect(handed(all)).to.deep.equal([
      ['deals', 2],
      ['orders', 2],
    ]);
    const day = 'by=program&since=2026-03-20&until=2026-03-20';
    expect(handed(await get('deliverability', day))).to.deep.equal([
      ['deals', 1],
      ['orders', 1],
    ]);
  });

  it('name the zone of a single program, and use its today', async () => {
    const orders = await get('deliverability', 'by=program&program=orders');
    expect(orders).to.include({ zone: 'Pacific/Auckland', until: '2026-03-21' });
    const deals = await get('deliverability', 'by=program&program=deals');
    expect(deals).to.include({ zone: 'America/New_York', until: '2026-03-20' });
    const { status } = await client('get', '/reports/growth', { query: 'program=deals&until=2026-03-21' });
    expect(status).to.equal(422);
  });

  it('end the days of each program with its own today', async () => {
    const { programs } = await get('growth', 'since=2026-03-19');
    const last = programs.map(({ program, days }: { program: string; days: { day: string }[] }) => [
      program,
      days.at(-1)?.day,
    ]);
    expect(new Map(last).get('deals')).to.equal('2026-03-20');
    expect(new Map(last).get('orders')).to.equal('2026-03-21');
  });

  it('count the clean-up, which belongs to no program, by UTC days', async () => {
    expect(await get('list-quality')).to.include({ zone: 'UTC', until: '2026-03-20' });
  });

  const make = async (most = Number.POSITIVE_INFINITY) => {
    const { context, close } = await contextOf(gateway, () => NOW);
    let days = 0;
    const goOn = (): boolean => {
      days += 1;
      return days <= most;
    };
    const made = await buildDailyFigures(context, goOn);
    await close();
    return made.left;
  };
  const moveDeals = async (zone: string): Promise<void> => {
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    expect((await client('put', '/programs/deals', { body: { ...deals, zone } })).status).to.equal(200);
  };

  it('compute the days of a program again when its zone changed, to the west and to the east', async () => {
    await gateway.store.deliveries.insertOne(handedOver('deals', '2026-03-11T06:00:00Z'));
    const of = async (day: string): Promise<number> => {
      const query = `program=deals&since=${day}&until=${day}`;
      return (await get('deliverability', query)).totals.handed_over;
    };
    await make();
    expect([await of('2026-03-10'), await of('2026-03-11')]).to.deep.equal([0, 1]);
    await moveDeals('Pacific/Honolulu');
    expect(await make()).to.equal(0);
    expect([await of('2026-03-10'), await of('2026-03-11')]).to.deep.equal([1, 0]);
    await moveDeals('America/New_York');
    expect(await make()).to.equal(0);
    expect([await of('2026-03-10'), await of('2026-03-11')]).to.deep.equal([0, 1]);
  });

  it('compute the last days of every program before the old days of a changed zone', async () => {
    const { dailyFigures } = gateway.store;
    await make();
    await dailyFigures.deleteMany({ program: 'orders' });
    await moveDeals('Pacific/Honolulu');
    // The only one of orders, which was never made, and three of the last four of deals.
    expect(await make(4)).to.equal(7);
    expect(await dailyFigures.countDocuments({ program: 'orders' })).to.equal(1);
    expect((await dailyFigures.findOne({ _id: 'deals 2026-03-10' }))?.zone).to.equal('America/New_York');
    expect(await make()).to.equal(0);
    expect((await dailyFigures.findOne({ _id: 'deals 2026-03-10' }))?.zone).to.equal('Pacific/Honolulu');
  });
});
