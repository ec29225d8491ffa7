import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { type Client, newClient } from '../../api/client.ts';
import { newPerson } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { bareRow, contextOf } from '../rows.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-03-20T16:00:00Z');
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);

type Row = { key: string | null; handed_over: number; delivered: number };
type Campaign = { campaign: string | null; complaints: number; opted_out: number };

describe('reports by group', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => NOW });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => NOW);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    for (const name of ['deliveries', 'inbound', 'dailyFigures'] as const) {
      await gateway.store.db.collection(name).deleteMany({});
    }
  });

  const left = (hours: number, over: Partial<DeliveryDoc> = {}): DeliveryDoc => {
    const at = hoursAgo(hours);
    const told = { decision: { allowed: true, reasons: [], at }, acceptedAt: at, finalAt: at };
    const times = { createdAt: at, dueAt: at, leaseUntil: at };
    const { open: _, ...row } = bareRow({ state: 'delivered', ...told, ...times, ...over });
    return row as DeliveryDoc;
  };
  const get = async (path: string, query: string) =>
    (await client('get', `/reports/${path}`, { query })).body.rows;

  it('show the networks of verified numbers, and what brought the numbers', async () => {
    const someone = async (_id: string, source: string | null, carrier: string | null): Promise<void> => {
      const verified = carrier === null ? {} : { verified: { carrier } };
      const of = { _id, index: `1.${_id}`, ...(source === null ? {} : { source }), ...verified };
      await gateway.store.contacts.insertOne(of as ContactDoc);
    };
    const form = 'form shop.example/join';
    await someone('c_a', 'text', 'Verizon Wireless');
    await someone('c_b', form, 'Verizon Wireless');
    await someone('c_c', 'text', 'T-Mobile USA');
    await someone('c_d', null, null);
    const failed = { state: 'undelivered', error: '30003' } as const;
    const sent = [left(2, { contact: 'c_a' }), left(2, { contact: 'c_b' }), left(3, { contact: 'c_d' })];
    await gateway.store.deliveries.insertMany([...sent, left(30, { contact: 'c_c', ...failed })]);
    const by = async (group: string): Promise<[string | null, number, number][]> => {
      const rows: Row[] = await get('deliverability', `by=${group}&since=2026-03-19`);
      return rows.map(({ key, handed_over, delivered }) => [key, handed_over, delivered]);
    };
    const told = async () => ({ carrier: await by('carrier'), source: await by('source') });
    const live = await told();
    expect(live.carrier).to.have.deep.members([
      ['Verizon Wireless', 2, 2],
      ['T-Mobile USA', 1, 0],
      [null, 1, 1],
    ]);
    expect(live.source).to.have.deep.members([
      ['text', 2, 1],
      [form, 1, 1],
      [null, 1, 1],
    ]);
    await buildDailyFigures(open.context);
    expect(await told()).to.deep.equal(live);
  });

  it('count people who complained for the last campaign that texted them, each once', async () => {
    const [twice, stranger, late] = [newPerson(), newPerson(), newPerson()];
    for (const person of [twice, stranger, late]) await gateway.text(person, 'HELP');
    const of = async (person: string) =>
      (await gateway.store.contacts.findOne({ index: open.context.indexOf(person) }))?._id ?? '';
    await gateway.store.deliveries.insertMany([
      left(2, { contact: await of(twice), campaign: 'rude' }),
      left(30, { contact: await of(twice), campaign: 'kind' }),
      left(80, { contact: await of(late), campaign: 'kind' }),
    ]);
    for (const body of ['This is SPAM', 'I will sue you', 'Thanks']) await gateway.text(twice, body);
    await gateway.text(stranger, 'How did you get my number?');
    await gateway.text(late, 'spam spam');
    const rows: Campaign[] = await get('opt-outs', '');
    expect(rows.map(({ campaign, complaints }) => [campaign, complaints])).to.have.deep.members([
      ['rude', 1],
      ['kind', 0],
      [null, 2],
    ]);
    const other = PROGRAMS.find(({ numbers }) => !numbers.includes(SENDERS.shop.number))?.id ?? '';
    const elsewhere: Campaign[] = await get('opt-outs', `program=${other}`);
    expect(elsewhere.filter(({ complaints }) => complaints > 0)).to.deep.equal([]);
  });
});
