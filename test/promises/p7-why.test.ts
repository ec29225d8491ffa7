import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { REASONS } from '../../src/domain/sending/send-rules.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { indexOf, newPerson, postAndWait, textFields } from './inbound-posts.ts';

describe('P7: why, and why not', () => {
  let gateway: Gateway;
  let key: string;
  before(async () => {
    gateway = await startGateway();
    ({ key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date()));
  });
  after(() => gateway.stop());

  const say = async (person: string, body: string, to = SENDERS.shop.number): Promise<string[]> =>
    (await postAndWait(gateway, textFields(person, body, { To: to }))).replies;
  const rowsOf = (person: string): Promise<DeliveryDoc[]> =>
    gateway.store.deliveries
      .find({ index: indexOf(gateway, person) })
      .sort({ createdAt: 1 })
      .toArray();
  const lastOf = async (person: string): Promise<DeliveryDoc | undefined> => (await rowsOf(person)).at(-1);
  const invite = (phone: string): Promise<Response> =>
    fetch(`${gateway.url}/api/v1/opt-ins`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ phone, program: 'deals', language: 'en', channel: 'VERBAL' },
        evidence: { agent: 'agent 9', call_id: 'call-77', script_version: '3' },
      }),
    });

  it('records for every reply that it was allowed, when, and which text it answers', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES', 'MENU', '1 3', 'WHY', 'HELP', 'PAUSE 30', 'STOP DEALS', 'STOP']) {
      expect(await say(person, body), body).to.have.lengthOf(1);
    }
    const rows = await rowsOf(person);
    expect(rows.map((row) => row.decision?.allowed)).to.deep.equal(Array(9).fill(true));
    for (const { decision, answers, createdAt, acceptedAt } of rows) {
      expect(decision?.reasons).to.deep.equal([]);
      expect(decision?.at, 'decided after it was planned').to.be.at.least(createdAt);
      expect(decision?.at, 'and before the carrier took it').to.be.at.most(acceptedAt as Date);
      expect(await gateway.store.inbound.countDocuments({ _id: answers?.sid ?? '' })).to.equal(1);
    }
  });

  it('records for a refused reply why it was refused, and says nothing', async () => {
    for (const [before, asked, to, reasons] of [
      [['STOP'], 'what is this about', SENDERS.shop.number, ['opted-out']],
      [['STOP'], 'MENU', SENDERS.shop.number, ['opted-out']],
      [['STOP'], 'WHY', SENDERS.shop.number, ['opted-out']],
      [['STOP'], 'hello there', SENDERS.stylist.number, ['opted-out', 'carrier-blocks']],
    ] as const) {
      const person = newPerson();
      for (const body of before) await say(person, body, to);
      expect(await say(person, asked, to), asked).to.deep.equal([]);
      const row = await lastOf(person);
      expect([row?.state, row?.decision?.allowed], asked).to.deep.equal(['skipped', false]);
      expect(row?.decision?.reasons, asked).to.have.members([...reasons]);
      for (const reason of row?.decision?.reasons ?? []) expect(REASONS[reason]).to.match(/^[A-Z].*\.$/);
    }
  });

  it('records for messages of the dispatcher that they were allowed', async () => {
    const person = newPerson();
    expect((await invite(person)).status).to.be.lessThan(300);
    await until('the prompt is on the handset', async () => (await gateway.received(person)).length === 1);
    await until(
      'the decision on the prompt is recorded',
      async () => (await lastOf(person))?.decision !== null,
    );
    expect((await lastOf(person))?.decision).to.deep.include({ allowed: true, reasons: [] });
  });

  it('records for canceled messages that an opt-out canceled them', async () => {
    const person = newPerson();
    expect((await invite(person)).status).to.be.lessThan(300);
    const asked = await lastOf(person);
    if (asked === undefined) throw new Error('nobody was asked');
    const dueAt = new Date(Date.now() + 3_600_000);
    const later = {
      _id: `${asked._id.slice(0, 2)}later`,
      dueAt,
      state: 'planned',
      open: true,
      epoch: 0,
    } as const;
    const { carrierSid: _, acceptedAt: __, ...plan } = asked;
    await gateway.store.deliveries.insertOne({ ...plan, ...later, decision: null });
    await say(person, 'STOP');
    const row = await gateway.store.deliveries.findOne({ _id: later._id });
    expect([row?.state, row?.error]).to.deep.equal(['canceled', 'opted out']);
  });

  it('leaves no ended row without a decision', async () => {
    const ended = { open: { $exists: false }, state: { $ne: 'canceled' as const } };
    const decided = async () =>
      (await gateway.store.deliveries.countDocuments({ ...ended, decision: null })) === 0;
    await until('a decision is recorded for every row', decided);
    const rows = await gateway.store.deliveries.find(ended).toArray();
    expect(rows.length).to.be.greaterThan(10);
    expect(
      rows.filter((row) => (row.state === 'skipped') !== (row.decision?.allowed === false)),
    ).to.deep.equal([]);
  });
});
