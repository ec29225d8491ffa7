import { expect } from 'chai';
import { PAGES } from '../../src/console/pages.ts';
import { may, type Role } from '../../src/domain/access/permissions.ts';
import { limitRule } from '../../src/domain/access/program-limits.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, colleague, firstAdmin } from './client.ts';

/** Ana is in the deals, Ben in the orders alone. */
const ANA = '+15551236001';
const BEN = '+15551236002';
const DAYS = 'since=2026-01-01';

describe('A member who is limited to a program', () => {
  let gateway: Gateway;
  let admin: ConsoleClient;
  const people: Record<'ana' | 'ben', string> = { ana: '', ben: '' };
  const members = new Map<Role, ConsoleClient>();
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    for (const [phone, word] of [
      [ANA, 'JOIN'],
      [BEN, 'ORDERS'],
    ] as const) {
      await gateway.text(phone, word);
      await gateway.text(phone, 'YES');
      await gateway.text(phone, 'my order has not come, where is it now');
      await gateway.text(phone, 'you text me too much');
    }
    admin = await firstAdmin(gateway);
    const stored = await gateway.store.contacts.find({}).toArray();
    for (const { _id, subscriptions } of stored)
      people[subscriptions.some(({ program }) => program === 'deals') ? 'ana' : 'ben'] = _id;
    for (const role of ['support', 'marketer', 'compliance', 'read-only'] as const) {
      const member = { name: `A ${role}`, email: `${role}@fernway.example`, role, programs: ['deals'] };
      members.set(role, await colleague(gateway, admin, member));
    }
  });
  after(() => gateway.stop());

  const as = (role: Role): ConsoleClient => {
    const client = members.get(role);
    if (client === undefined) throw new Error(`nobody has the role ${role}`);
    return client;
  };
  const doorsIn = (html: string, list: string): string[] => [
    ...new Set(
      [...html.matchAll(new RegExp(`href="(/console/${list}/[\\w.-]+)"`, 'g'))].map(([, at]) => at ?? ''),
    ),
  ];

  it('opens the people of the program, and no page or form about others', async () => {
    expect(people.ana).to.not.equal(people.ben);
    const support = as('support');
    expect((await support.get(`/console/people/${people.ana}`)).status).to.equal(200);
    const refused = await support.get(`/console/people/${people.ben}`);
    expect(refused.status).to.equal(403);
    expect(refused.html).to.include('You work on these programs alone: deals.');
    for (const { method, path, permission } of PAGES) {
      if (!path.startsWith('/people/:id') || permission === null || !may('support', permission)) continue;
      const at = path.replace(':id', people.ben).replace(':entry', '1');
      expect((await support[method](`/console${at}`)).status, path).to.equal(403);
    }
  });

  it('does not reach the person of a number that is looked up', async () => {
    const support = as('support');
    const found = await support.post('/console/people', { phone: BEN, reason: 'call' });
    expect((await support.follow(found)).status).to.equal(403);
  });

  for (const list of ['inbox', 'holds'] as const)
    it(`sees and counts in ${list} what people of the program wrote, and opens nothing else`, async () => {
      const all = doorsIn((await admin.get(`/console/${list}`)).html, list);
      expect(all, 'of everybody').to.have.length(2);
      const support = as('support');
      const { html } = await support.get(`/console/${list}`);
      const own = doorsIn(html, list);
      expect(own, 'of the program').to.have.length(1);
      const [other = ''] = all.filter((door) => !own.includes(door));
      expect((await support.get(own[0] ?? '')).status).to.equal(200);
      expect((await support.get(other)).status).to.equal(403);
      const act = list === 'inbox' ? `${other}/close` : other;
      const form = { reason: 'seen', decision: 'release' };
      expect((await support.post(act, form)).status).to.equal(403);
      expect(html).to.not.include(people.ben);
    });

  it('counts on the first page what people of the program wait for', async () => {
    expect((await as('support').get('/console')).html).to.include('1 person waits for an answer');
    expect((await admin.get('/console')).html).to.include('<b>2</b> wait for an answer');
    expect((await as('compliance').get('/console')).html).to.include('1 text may be an opt-out.');
  });

  it('lists the people and topics of the program', async () => {
    for (const role of ['marketer', 'compliance', 'read-only'] as const) {
      const { html } = await as(role).get('/console/people');
      expect(html, role).to.include(people.ana).and.not.include(people.ben);
      expect(html, role).to.match(/[01] of 1 people/);
      expect(html, role).to.not.include('value="orders:');
    }
    expect((await admin.get('/console/people')).html).to.include(people.ben);
    expect((await as('marketer').get('/console/people?topic=orders:orders')).status).to.equal(422);
  });

  /** Lists without a person leave answers out, so an answer of each program becomes a message of its own. */
  const ownMessages = async (): Promise<void> => {
    for (const program of ['deals', 'orders']) {
      const row = await gateway.store.deliveries.findOne({ program });
      if (row === null) throw new Error(`there is no message of ${program}`);
      const _id = `${row._id.slice(0, -1)}${row._id.endsWith('x') ? 'y' : 'x'}`;
      await gateway.store.deliveries.insertOne({ ...row, _id, answers: null });
    }
  };

  it('lists, counts and exports messages of the program', async () => {
    await ownMessages();
    const marketer = as('marketer');
    const all = doorsIn((await admin.get(`/console/sent?${DAYS}`)).html, 'sent');
    const own = doorsIn((await marketer.get(`/console/sent?${DAYS}`)).html, 'sent');
    expect([all.length, own.length]).to.deep.equal([2, 1]);
    const rows = await gateway.store.deliveries.find({}).toArray();
    const ofOrders = rows.filter(({ program }) => program === 'orders');
    expect(ofOrders, 'messages of orders').to.not.have.length(0);
    for (const { _id } of ofOrders) {
      expect(own).to.not.include(`/console/sent/${_id}`);
      expect((await marketer.get(`/console/sent/${_id}`)).status).to.equal(403);
    }
    const file = (await marketer.get(`/console/sent.csv?${DAYS}`)).html;
    expect(file.trim().split('\n'), 'head and one row').to.have.length(2);
    expect(file).to.include(people.ana).and.not.include(people.ben);
    expect((await marketer.get(`/console/sent?contact=${people.ben}`)).status).to.equal(403);
    expect((await marketer.get('/console/sent?program=orders')).status).to.equal(403);
    expect((await marketer.get('/console/sent')).html).to.not.include('program=orders');
    expect((await marketer.get('/console/programs')).html).to.not.include('/console/programs/orders');
    expect((await marketer.get('/console/programs/orders')).status).to.equal(403);
    expect((await marketer.get('/console/programs/deals')).status).to.equal(200);
  });

  it('is refused pages that cover all programs, in one sentence, and has no link to them', async () => {
    const compliance = as('compliance');
    const { html: home } = await compliance.get('/console');
    for (const { method, path, permission, only } of PAGES) {
      if (only === 'demo' || permission === null || !may('compliance', permission)) continue;
      if (limitRule(path) !== 'closed') continue;
      const { status, html } = await compliance[method](`/console${path.replace(/:\w+/g, 'x')}`);
      expect(status, path).to.equal(403);
      expect(html, path).to.include('This page covers all programs.');
      expect(home).to.not.include(`href="/console${path}"`);
    }
  });
});
