import { request } from 'node:http';
import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { settleAnswers } from '../../src/consent/inbound/unsaid.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import { FLAG_LEASE_MS } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
import { raiseFlags } from '../../src/store/deliveries/due.ts';
import { inSession } from '../../src/store/transaction.ts';
import { EMPTY, INBOUND, newPerson, newSid, postText, textFields } from '../promises/inbound-posts.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { encodeForm, type Field, sign } from '../support/signed-post.ts';

describe('an answer in TwiML that provably did not leave', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let open: OpenDesk;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    const programs = PROGRAMS.map((one) => (one.id === 'stylist' ? { ...one, minimumAge: 21 } : one));
    gateway = await startGateway({ through: proxy.through, worker: false, programs });
    open = await deskOf(gateway);
  });
  afterEach(() => proxy.restore());
  after(async () => {
    await open.close();
    await gateway.stop();
    await proxy.close();
  });

  const rowOf = (sid: string): Promise<DeliveryDoc | null> =>
    gateway.store.deliveries.findOne({ 'answers.sid': sid });
  const handedOver = async ({ contact }: DeliveryDoc): Promise<Date | null | undefined> =>
    (await gateway.store.contacts.findOne({ _id: contact }))?.prompts[0]?.handedOverAt;
  /** Posts a text and hangs up before its answer. */
  const hangUp = (fields: readonly Field[]): Promise<void> =>
    new Promise((resolve) => {
      const url = gateway.url + INBOUND;
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': sign(gateway.config.twilio.authToken, url, fields),
      };
      const sent = request(url, { method: 'POST', headers, agent: false });
      sent.on('error', () => undefined);
      sent.once('finish', () => sent.destroy());
      sent.once('close', resolve);
      sent.end(encodeForm(fields));
    });
  const cutOff = (): number =>
    gateway.logs.filter((line) => line.includes('"route":"inbound"') && line.includes('"finished":false'))
      .length;

  it('because nobody was there to take it: left to the dispatcher, its question not asked yet, and said by no repeat', async () => {
    const fields = textFields(newPerson(), 'JOIN');
    const sid = String(fields[0]?.[1]);
    const before = cutOff();
    proxy.freeze();
    await hangUp(fields);
    await until('the end of the connection', async () => cutOff() > before);
    await proxy.restore();
    await until('an outcome', async () => !['sending', undefined].includes((await rowOf(sid))?.state));
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row).to.include({ state: 'planned', epoch: 1, open: true, owner: null });
    expect(await handedOver(row)).to.equal(null);
    expect((await postText(gateway, fields)).body).to.equal(EMPTY);
    expect(await rowOf(sid)).to.deep.equal(row);
  });

  const cleared = async (body = 'JOIN', over: Partial<InboundMessage> = {}) => {
    const text: InboundMessage = {
      ...{ sid: newSid(), from: newPerson(), to: '28555', body, receivedAt: new Date() },
      ...{ post: 'first', door: 'webhook', otherBodies: [], optOutType: null, form: { Body: body } },
      ...over,
    };
    const [one] = await receive(open.desk, text);
    if (one === undefined) throw new Error('nothing was cleared');
    return { text, sid: text.sid, ref: one.ref };
  };

  it('because its deadline had passed: left to the dispatcher in the same way', async () => {
    const { sid, ref } = await cleared();
    await settleAnswers(open.desk, [{ ...ref, result: 'late', why: 'the deadline had passed' }]);
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row).to.include({ state: 'planned', epoch: 1 });
    expect(await handedOver(row)).to.equal(null);
  });

  it('which asks for the birth date after a YES: the question that this answered was asked all the same', async () => {
    const to = SENDERS.stylist.number;
    const { text: join } = await cleared('STYLE', { to });
    const { sid, ref } = await cleared('YES', { to, from: join.from });
    await settleAnswers(open.desk, [{ ...ref, result: 'late', why: 'the connection had closed' }]);
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row).to.include({ state: 'planned', template: 'prompt-age' });
    expect(await handedOver(row)).to.be.instanceOf(Date);
    const again = await cleared('YES', { to, from: join.from });
    expect(await rowOf(again.sid), 'they are asked once more').to.include({ template: 'prompt-age' });
  });

  it('this time, and may have been heard before: unknown', async () => {
    const { sid, ref } = await cleared();
    await gateway.store.deliveries.updateOne({ _id: ref.delivery }, { $set: { epoch: 2 } });
    await settleAnswers(open.desk, [{ ...ref, epoch: 2, result: 'late', why: 'the deadline had passed' }]);
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row.state).to.equal('unknown');
    expect(await handedOver(row)).to.be.instanceOf(Date);
  });

  /** An answer that was left to a dispatcher, which has flagged it. */
  const flagged = async () => {
    const { text, ref } = await cleared('STOP');
    await settleAnswers(open.desk, [{ ...ref, result: 'late', why: 'the connection had closed' }]);
    const flag = { owner: 'a dispatcher', leaseMs: FLAG_LEASE_MS };
    const { store } = gateway;
    await inSession(store, (session) => raiseFlags(store, [ref.delivery], flag, session));
    return { text, ref: { ...ref, epoch: 2 } };
  };

  it('is said by no repeat, where the answer to its create call is lost: it may have left by that', async () => {
    const { text, ref } = await flagged();
    await open.desk.settler.record([{ ...ref, result: 'unknown', why: 'no answer in time' }]);
    const row = await rowOf(text.sid);
    expect(row).to.include({ state: 'unknown', epoch: 2 });
    expect(await receive(open.desk, text)).to.deep.equal([]);
    expect(await rowOf(text.sid)).to.deep.equal(row);
  });

  it('is said by no repeat, where its dispatcher never told what became of it', async () => {
    const { text } = await flagged();
    let at = 0;
    const hurried = (): number => {
      at += FLAG_LEASE_MS;
      return at;
    };
    expect(await receive({ ...open.desk, monotonic: hurried }, text)).to.deep.equal([]);
    expect(await rowOf(text.sid)).to.include({ state: 'sending', epoch: 2, owner: 'a dispatcher' });
  });

  it('is with the dispatcher before the process that noticed closes its database', async () => {
    const { sid, ref } = await cleared();
    const ending = await deskOf(gateway);
    const settled = settleAnswers(ending.desk, [{ ...ref, result: 'late', why: 'the deadline had passed' }]);
    const outcome = settled.then(
      () => 'settled',
      (error: Error) => error.name,
    );
    await ending.close();
    expect(await outcome).to.equal('settled');
    expect(await rowOf(sid)).to.include({ state: 'planned', epoch: 1 });
  });

  it('says nothing of one that went out: a repeat says that again, until the carrier tells of any time that it took it', async () => {
    const { text, ref } = await cleared('STOP');
    const out = { ...ref, result: 'accepted' as const, carrierSid: null, at: new Date() };
    await open.desk.settler.record([out]);
    const [again] = await receive(open.desk, text);
    expect(again?.ref).to.include({ delivery: ref.delivery, epoch: 2 });
    await open.desk.settler.record([{ ...out, epoch: 2 }]);
    await open.desk.settler.record([{ ...out, carrierSid: newSid() }]);
    expect(await rowOf(text.sid))
      .to.include({ state: 'accepted', epoch: 2 })
      .and.have.property('extraSids');
    expect(await receive(open.desk, text)).to.deep.equal([]);
  });
});
