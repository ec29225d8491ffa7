import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { carrierOptOut, optOutFromUnmatchedReceipt } from '../../src/consent/carrier-opt-out.ts';
import { endDueHolds, expireDuePrompts } from '../../src/consent/maintenance/expirations.ts';
import { DAY_MS } from '../../src/domain/durations.ts';
import { movesOf, sourceOf } from '../../src/domain/reports/growth.ts';
import { type OpenedContext, openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { chainOf } from '../../src/store/consent/consent-events.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf, newSid, plant, QUIET } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { indexOf, newPerson, optOutOf } from './inbound-posts.ts';
import { LOST, losingKeys } from './losing-keys.ts';

describe('P4: what staff and jobs can do about people whose key is lost for good', () => {
  let gateway: Gateway;
  let client: Client;
  let late: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    late = await openContext(config, createLog('silent', 'test'), () => new Date(Date.now() + 8 * DAY_MS));
  });
  afterEach(() => gateway.store.marks.deleteOne({ _id: LOST }));
  after(async () => {
    await late.close();
    await gateway.stop();
  });

  const keys = losingKeys(
    () => gateway,
    () => client,
  );
  const { current, holderNow, joined, lose, merge, note, offer } = keys;
  const act = (id: string, how: string, body: object = { reason: 'Read with care.' }) =>
    client('post', `/inbox/${id}/${how}`, { body });

  it('their inbox items can be closed, but neither answered nor opted out, once the key is noted as lost', async () => {
    const [number, another] = [await joined(), await joined()];
    const asked = async (from: string): Promise<string> => {
      await gateway.text(from, 'is the blue one back in store?');
      return (await current(from))?.inboxItem?.text ?? '';
    };
    const [item, other] = [await asked(number), await asked(another)];
    const contact = await lose(number);
    await lose(another);
    const missing = await act(item, 'close');
    expect(missing.status).to.equal(503);
    expect(missing.body.next_step).to.contain('KEYRING');
    await note();
    await gateway.text(another, 'HELP');
    for (const answer of [await act(item, 'answer', { text: 'Fernway: yes.' }), await act(item, 'opt-out')]) {
      expect([answer.status, answer.body.next_step]).to.deep.equal([
        409,
        'Close it: POST /inbox/{id}/close.',
      ]);
    }
    for (const id of [item, other]) expect((await act(id, 'close')).status).to.equal(200);
    expect(
      await gateway.store.inbound.countDocuments({ _id: { $in: [item, other] }, inbox: 'open' }),
    ).to.equal(0);
    expect((await gateway.store.contacts.findOne({ _id: contact }))?.inboxItem).to.equal(undefined);
    const again = await act(item, 'close');
    expect([again.status, again.body.repeated]).to.deep.equal([200, true]);
  });

  it('an alarm stands for what they asked before it, until it is closed itself', async () => {
    const number = await joined();
    await gateway.text(number, 'is the blue one back in store?');
    const item = (await current(number))?.inboxItem?.text ?? '';
    await gateway.text(number, 'my lawyer will sue you over the blue one');
    const alarm = (await current(number))?.inboxItem?.text ?? '';
    expect(alarm).not.to.equal(item);
    await lose(number);
    await note();
    const early = await act(item, 'close');
    expect([early.status, early.body.next_step]).to.deep.equal([409, `See to the item ${alarm}.`]);
    const open = { _id: { $in: [item, alarm] }, inbox: 'open' as const };
    expect(await gateway.store.inbound.countDocuments(open)).to.equal(2);
    expect((await act(alarm, 'close')).status).to.equal(200);
    expect(await gateway.store.inbound.countDocuments(open)).to.equal(0);
  });

  it('their hold ends in opt-out by its timer, on their other numbers too, and says what else can be done', async () => {
    const [number, another] = [await joined(), await joined()];
    const other = await holderNow(another);
    await merge((await holderNow(number)).id, other.id);
    await gateway.text(number, 'I get too many texts');
    const row = await gateway.store.suppressions.findOne({ index: indexOf(gateway, number), kind: 'hold' });
    const hold = `${row?._id}.${row?.generation}`;
    await lose(number);
    const decide = () =>
      client('post', `/holds/${hold}/decide`, { body: { decision: 'release', reason: 'Read with care.' } });
    const read = () => client('post', `/holds/${hold}/read`, { body: { reason: 'Read with care.' } });
    for (const answer of [await read(), await decide()]) {
      expect(answer.status).to.equal(503);
      expect(answer.body.next_step).to.contain('KEYRING');
    }
    expect(await endDueHolds(late.context)).to.equal(0);
    await note();
    for (const answer of [await read(), await decide()]) {
      expect(answer.status).to.equal(409);
      expect(answer.body.next_step).to.contain('POST /opt-outs');
    }
    expect(await offer(other)).to.deep.equal(['other-number-held']);
    expect(await endDueHolds(late.context)).to.equal(1);
    expect(await endDueHolds(late.context)).to.equal(0);
    expect(await optOutOf(gateway, number)).to.include({ source: 'hold timer', generation: 1 });
    expect(await offer(other)).to.deep.equal(['other-number-stopped']);
    expect((await client('get', '/holds')).body.items).to.deep.equal([]);
  });

  it('their next ledger begins with the opt-out of its timer, which the growth report counts once', async () => {
    const number = await joined();
    await gateway.text(number, 'I get too many texts');
    await lose(number);
    await note();
    expect(await endDueHolds(late.context)).to.equal(1);
    const since = (await optOutOf(gateway, number))?.since;
    await gateway.text(number, 'HELP');
    const now = await current(number);
    const chain = await chainOf(gateway.store, now?._id ?? '');
    expect(chain.map(({ seq, kind, program, scope }) => ({ seq, kind, program, scope }))).to.deep.equal([
      { seq: 1, kind: 'withdrawn', program: 'deals', scope: 'all' },
    ]);
    expect(chain[0]).to.deep.include({ actor: 'job:end-holds', actedAt: since, topics: ['deals'] });
    expect(chain[0]?.reason).to.contain('nobody decided about the hold in time');
    const [moved] = movesOf(chain);
    expect([moved?.kind, moved?.program]).to.deep.equal(['opted-out', 'deals']);
    expect(moved && sourceOf(moved.entry)).to.equal('timer');
    expect(now?.head.seq).to.equal(1);
    const { body } = await client('get', '/consent-records', { query: `contact=${now?._id}` });
    expect([body.verified, body.fault]).to.deep.equal([true, null]);
  });

  it('their open prompts stay as they are, without a log line at every run', async () => {
    const number = newPerson();
    await gateway.text(number, 'JOIN');
    const contact = await lose(number);
    await note();
    const lines: unknown[] = [];
    const log = { ...QUIET, error: (fields: object) => void lines.push(fields) };
    await expireDuePrompts({ ...late.context, log });
    expect(lines).to.deep.equal([]);
    expect((await gateway.store.contacts.findOne({ _id: contact }))?.prompts[0]?.state).to.equal('open');
  });

  it('every other request about them is answered with the next step, and their messages are shown without words', async () => {
    const number = await joined();
    const contact = await lose(number);
    const ask = async () => [
      await client('get', `/contacts/${contact}/status`),
      await client('get', `/contacts/${contact}`),
      await client('post', `/contacts/${contact}/overturn`, { body: { event: 1, reason: 'A test.' } }),
    ];
    const optOut = () => client('post', '/opt-outs', { body: { phone: number } });
    for (const answer of [...(await ask()), await optOut()]) {
      expect([answer.status, answer.headers['retry-after']]).to.deep.equal([503, '60']);
      expect(answer.body.next_step).to.contain('KEYRING');
    }
    await note();
    for (const answer of await ask()) {
      expect(answer.status).to.equal(409);
      expect(answer.body.next_step).to.contain('POST /opt-outs');
    }
    const { status, body } = await client('get', '/deliveries', { query: `contact=${contact}` });
    expect(status).to.equal(200);
    expect(body.items.map(({ text }: { text: string | null }) => text)).to.deep.equal([null, null]);
    const answer = await client('get', `/deliveries/${body.items[0].id}`);
    expect([answer.status, answer.body.text]).to.deep.equal([200, null]);
    expect((await optOut()).status).to.equal(200);
    expect(await optOutOf(gateway, number)).not.to.equal(null);
  });

  it("the carrier's report on a message under way to them goes to their new contact", async () => {
    const number = await joined();
    const open = await contextOf(gateway);
    const by = { sender: SENDERS.shop.number, decision: { allowed: true, reasons: [], at: new Date() } };
    const row = await plant(open, number, 'Curls!', { state: 'accepted', ...by });
    await lose(number);
    await note();
    await gateway.text(number, 'HELP');
    await carrierOptOut(open.context, { delivery: row._id, code: '21610', at: new Date() });
    await open.close();
    expect(await optOutOf(gateway, number)).to.include({ source: 'carrier error 21610' });
    const block = { index: indexOf(gateway, number), kind: 'carrier' as const };
    expect(await gateway.store.suppressions.findOne(block)).to.include({ scope: 'sender:28555' });
  });

  it('an earlier opt-out report of the carrier on an unknown message applies to their new contact', async () => {
    const number = await joined();
    const told = { index: indexOf(gateway, number), carrierSid: newSid(), code: '21610', at: new Date() };
    await lose(number);
    await note();
    await gateway.text(number, 'HELP');
    const open = await contextOf(gateway);
    await optOutFromUnmatchedReceipt(open.context, { ...told, sender: SENDERS.shop.number });
    await open.close();
    expect(await optOutOf(gateway, number)).to.include({ source: 'carrier error 21610' });
  });
});
