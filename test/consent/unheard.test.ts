import { request } from 'node:http';
import { expect } from 'chai';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { settleAnswers } from '../../src/consent/inbound/unsaid.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
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
    gateway = await startGateway({ through: proxy.through, worker: false });
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

  const cleared = async () => {
    const text: InboundMessage = {
      ...{ sid: newSid(), from: newPerson(), to: '28555', body: 'JOIN', receivedAt: new Date() },
      ...{ door: 'webhook', otherBodies: [], optOutType: null, form: { Body: 'JOIN' } },
    };
    const [one] = await receive(open.desk, text);
    if (one === undefined) throw new Error('nothing was cleared');
    return { sid: text.sid, ref: one.ref };
  };

  it('because its deadline had passed: left to the dispatcher in the same way', async () => {
    const { sid, ref } = await cleared();
    await settleAnswers(open.desk, [{ ...ref, result: 'late', why: 'the deadline had passed' }]);
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row).to.include({ state: 'planned', epoch: 1 });
    expect(await handedOver(row)).to.equal(null);
  });

  it('this time, and may have been heard before: unknown', async () => {
    const { sid, ref } = await cleared();
    await gateway.store.deliveries.updateOne({ _id: ref.delivery }, { $set: { epoch: 2 } });
    await settleAnswers(open.desk, [{ ...ref, epoch: 2, result: 'late', why: 'the deadline had passed' }]);
    const row = (await rowOf(sid)) as DeliveryDoc;
    expect(row.state).to.equal('unknown');
    expect(await handedOver(row)).to.be.instanceOf(Date);
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
});
