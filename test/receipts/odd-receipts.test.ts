import { expect } from 'chai';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { keepWaitingReceipts } from '../../src/store/deliveries/waiting-receipts.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Field, signedPost } from '../support/signed-post.ts';
import { bareRow, contextOf, newSid, plant, rowOf } from './rows.ts';

describe('signed receipts of odd form', () => {
  let gateway: Gateway;
  let late: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    late = await contextOf(gateway, () => new Date(Date.now() + 60_000));
  });
  after(async () => {
    await late.close();
    await gateway.stop();
  });

  const post = (query: string, fields: readonly Field[]) =>
    signedPost(gateway.config.twilio.authToken, `${gateway.url}/webhooks/twilio/status${query}`, fields);
  const planted = async () => {
    const row = bareRow({ state: 'accepted' });
    await gateway.store.deliveries.insertOne(row);
    return row;
  };
  const LONG = 'x'.repeat(100_000);

  const changesNothing: [string, (sid: string) => Field[]][] = [
    ['no fields', () => []],
    ['no SID', () => [['MessageStatus', 'delivered']]],
    ['no status', (sid) => [['MessageSid', sid]]],
    [
      'a status nobody knows',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'partially_delivered'],
      ],
    ],
    [
      'a status that every object has',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'constructor'],
      ],
    ],
    [
      'a status of 100 kB',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', LONG],
      ],
    ],
    [
      'a SID of 100 kB',
      () => [
        ['MessageSid', LONG],
        ['MessageStatus', 'delivered'],
      ],
    ],
    [
      'a SID that is an operator',
      () => [
        ['MessageSid', '$set'],
        ['MessageStatus', 'delivered'],
      ],
    ],
    [
      'fields in brackets',
      () => [
        ['MessageSid[$ne]', 'x'],
        ['MessageStatus[$ne]', 'x'],
      ],
    ],
    [
      'bytes that are no text',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', Buffer.from([0xff, 0xfe])],
      ],
    ],
  ];
  for (const [what, fields] of changesNothing) {
    it(`change nothing: ${what}`, async () => {
      const row = await planted();
      expect((await post(`?d=${row._id}.1`, fields(newSid()))).status).to.equal(204);
      expect(await rowOf(gateway.store, row)).to.deep.equal(row);
    });
  }

  const stillCounts: [string, (sid: string) => Field[], object][] = [
    [
      'SmsStatus and SmsSid only',
      (sid) => [
        ['SmsSid', sid],
        ['SmsStatus', 'delivered'],
      ],
      { state: 'delivered' },
    ],
    [
      'a status in capitals',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'Delivered'],
      ],
      { state: 'delivered' },
    ],
    [
      'a field that comes twice',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'sent'],
        ['MessageStatus', 'failed'],
      ],
      { state: 'sent' },
    ],
    [
      'an unknown code',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'failed'],
        ['ErrorCode', '39999'],
      ],
      { state: 'failed', error: '39999' },
    ],
    [
      'a code that is no number',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'failed'],
        ['ErrorCode', '$x'],
      ],
      { state: 'failed' },
    ],
    [
      'a code of 100 kB',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'failed'],
        ['ErrorCode', '1'.repeat(100_000)],
      ],
      { state: 'failed' },
    ],
    [
      'a raw time that is none',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'sent'],
        ['RawDlrDoneDate', 'soon'],
      ],
      { state: 'sent' },
    ],
    [
      'fields Twilio has not thought of yet',
      (sid) => [
        ['MessageSid', sid],
        ['MessageStatus', 'sent'],
        ['__proto__', 'x'],
        ['New', LONG],
      ],
      { state: 'sent' },
    ],
  ];
  for (const [what, fields, expected] of stillCounts) {
    it(`count: ${what}`, async () => {
      const row = await planted();
      expect((await post(`?d=${row._id}.1`, fields(newSid()))).status).to.equal(204);
      const { error, doneDate, ...after } = await rowOf(gateway.store, row);
      expect({ ...after, ...(error === undefined ? {} : { error }) }).to.include(expected);
      if (!('error' in expected)) expect(error).to.equal(undefined);
      expect(doneDate).to.equal(undefined);
    });
  }

  for (const d of [
    '',
    '?d=',
    '?d=.1',
    '?d=x',
    `?d=${'x'.repeat(200)}.1`,
    '?d[$ne]=x',
    '?d=a.1&d=b.2',
    '?d=no_such_delivery.1',
    '?d=no_such_delivery.9999999',
  ]) {
    it(`change nothing with an address that names no delivery of ours: "${d.slice(0, 30)}"`, async () => {
      const [sid, rows] = [newSid(), await gateway.store.deliveries.countDocuments({})];
      const answer = await post(d, [
        ['MessageSid', sid],
        ['MessageStatus', 'sent'],
        ['To', '+15551240999'],
      ]);
      expect(answer.status).to.equal(204);
      expect(await gateway.store.deliveries.countDocuments({})).to.equal(rows);
      const [kept] = await gateway.store.receipts.find({ carrierSid: sid }).toArray();
      expect(kept).to.include({ status: 'sent' });
      expect(JSON.stringify(kept)).to.not.contain('5551240999');
    });
  }

  it('find their delivery by recipient and SID when the address names none', async () => {
    const person = newPerson();
    await gateway.text(person, 'JOIN');
    const sid = newSid();
    const { context } = late;
    await gateway.store.receipts.deleteMany({});
    const told = {
      status: 'delivered',
      error: null,
      doneDate: null,
      at: new Date(),
      delivery: null,
      epoch: null,
    };
    const waiting = { tries: 0, tryAt: new Date(), index: context.indexOf(person) };
    await gateway.store.receipts.insertOne({ ...told, ...waiting, carrierSid: sid });
    expect((await matchWaitingReceipts(context)).adopted).to.equal(0);
    const row = await plant(late, person, 'Deals!', {
      state: 'accepted',
      carrierSid: sid,
      createdAt: new Date(),
    });
    const kept = await gateway.store.receipts.findOne({ carrierSid: sid });
    expect([kept?.tries, (kept?.tryAt?.getTime() ?? 0) - context.now().getTime() > 5000]).to.deep.equal([
      1,
      true,
    ]);
    await gateway.store.receipts.updateOne({ carrierSid: sid }, { $set: { tryAt: new Date() } });
    expect((await matchWaitingReceipts(context)).adopted).to.equal(1);
    expect((await rowOf(gateway.store, row)).state).to.equal('delivered');
  });

  it('count from the time at which they first came to any process', async () => {
    const receipt = { carrierSid: newSid(), status: 'queued', error: null, doneDate: null };
    const of = { delivery: null, epoch: null, index: null };
    const [early, later] = [new Date('2026-01-05T12:00:01Z'), new Date('2026-01-05T12:00:03Z')];
    for (const at of [later, early, later])
      await keepWaitingReceipts(gateway.store, [{ ...receipt, ...of, at }]);
    const kept = await gateway.store.receipts.find({ carrierSid: receipt.carrierSid }).toArray();
    expect(kept.map(({ at }) => at)).to.deep.equal([early]);
  });
});
