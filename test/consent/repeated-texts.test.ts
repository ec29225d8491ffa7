import { request } from 'node:http';
import { expect } from 'chai';
import type { AppContext } from '../../src/consent/app-context.ts';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import type { InboundSms } from '../../src/sending/inbound-sms.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { EMPTY, INBOUND, newPerson, postText, textFields } from '../promises/inbound-posts.ts';
import { contextOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { encodeForm, type Field, sign } from '../support/signed-post.ts';
import { claim, leaveAll, repliesTo, replyTo, stillClock, textOf } from './inbound-texts.ts';

describe('a text that is posted again', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let open: OpenedContext;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
    open = await contextOf(gateway);
  });
  afterEach(() => proxy.restore());
  after(async () => {
    await open.close();
    await gateway.stop();
    await proxy.close();
  });

  const received = async (from: string, body: string, by: AppContext = open.context): Promise<InboundSms> => {
    const text = textOf(from, body);
    await recordAndReply(by, text);
    return text;
  };
  /** Makes a text look as if its process had died after the commit, before its replies were made due. */
  const diedAfterCommit = async (from: string, body: string): Promise<InboundSms> => {
    const text = await received(from, body);
    const set = { draining: true as const, dueAt: new Date(Date.now() + 60_000) };
    await gateway.store.deliveries.updateMany({ 'answers.sid': text.sid }, { $set: set });
    return text;
  };
  const isDue = ({ dueAt }: DeliveryDoc): boolean => dueAt.getTime() <= Date.now();
  const dueOf = async (text: InboundSms): Promise<[string, boolean, boolean]> => {
    const row = await replyTo(open.context, text);
    return [row.state, row.draining === true, isDue(row)];
  };
  const WAITING = ['planned', true, false];
  const DUE = ['planned', false, true];

  /** What a worker has done with the reply when the text comes again. */
  const FATES: [what: string, bring: (text: InboundSms) => Promise<unknown>][] = [
    ['is planned', async () => undefined],
    ['is claimed by a worker', async (text) => claim(open.context, await replyTo(open.context, text))],
    ['has left', (text) => leaveAll(open.context, text)],
    [
      'is unknown',
      async (text) => {
        const attempt = await claim(open.context, await replyTo(open.context, text));
        await open.context.outcomeRecorder.record([{ ...attempt, result: 'unknown', why: 'no answer' }]);
      },
    ],
    [
      'was refused by the carrier',
      async (text) => {
        const attempt = await claim(open.context, await replyTo(open.context, text));
        await open.context.outcomeRecorder.record([{ ...attempt, result: 'refused', code: '21610' }]);
      },
    ],
  ];
  for (const body of ['HELP', 'JOIN', 'STOP']) {
    for (const [what, bring] of FATES) {
      it(`plans no reply and changes none when the reply to ${body} ${what}`, async () => {
        const text = await received(newPerson(), body);
        await bring(text);
        const before = await repliesTo(open.context, text);
        expect(before).to.have.lengthOf(1);
        await recordAndReply({ ...open.context, monotonic: hurried() }, text);
        await recordAndReply({ ...open.context, monotonic: hurried() }, { ...text, receivedAt: new Date() });
        expect(await repliesTo(open.context, text)).to.deep.equal(before);
      });
    }
  }

  it('is answered once when both posts are processed at the same time', async () => {
    const text = textOf(newPerson(), 'HELP');
    await Promise.all([recordAndReply(open.context, text), recordAndReply(open.context, text)]);
    expect(await dueOf(text)).to.deep.equal(DUE);
  });

  it('makes the confirmation of a STOP due whose process died before it did', async () => {
    const text = await diedAfterCommit(newPerson(), 'STOP');
    expect(await dueOf(text)).to.deep.equal(WAITING);
    await recordAndReply(open.context, text);
    expect(await dueOf(text)).to.deep.equal(DUE);
  });

  it("does nothing when it stands in the carrier's list, which names every text again and again", async () => {
    const text = await diedAfterCommit(newPerson(), 'STOP');
    await recordAndReply(open.context, { ...text, door: 'list' });
    expect(await dueOf(text)).to.deep.equal(WAITING);
  });

  it('waits anew for messages under way before a STOP, and only then makes the confirmation due', async () => {
    const person = newPerson();
    await leaveAll(open.context, await received(person, 'JOIN'));
    await received(person, 'YES');
    const text = await diedAfterCommit(person, 'STOP');
    const offer = await plant(open, person, 'Deals!', { owner: 'a worker', leaseUntil: new Date(), rev: 1 });
    const planned = await plant(open, person, 'More deals!', { state: 'planned', rev: 1 });
    const clock = stillClock();
    let over = false;
    const again = recordAndReply({ ...open.context, monotonic: clock.monotonic }, text).finally(() => {
      over = true;
    });
    await until(
      'the STOP has looked four times for the message under way',
      async () => over || clock.looks > 4,
    );
    expect(await dueOf(text)).to.deep.equal(WAITING);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: offer._id }, settled);
    await again;
    expect(await dueOf(text)).to.deep.equal(DUE);
    expect(await rowOf(gateway.store, planned)).to.include({ state: 'canceled', error: 'opted out' });
  });

  it('ends its wait for a worker that never reports, and makes the confirmation due', async () => {
    const person = newPerson();
    await leaveAll(open.context, await received(person, 'JOIN'));
    const text = await diedAfterCommit(person, 'STOP');
    const offer = await plant(open, person, 'Deals!', { owner: 'a worker', leaseUntil: new Date(), rev: 1 });
    await recordAndReply({ ...open.context, monotonic: hurried() }, text);
    expect(await rowOf(gateway.store, offer)).to.include({ state: 'sending', epoch: 1, owner: 'a worker' });
    expect(await dueOf(text)).to.deep.equal(DUE);
  });

  it('leaves what was planned since, such as the prompt of a person who joins again after STOP', async () => {
    const person = newPerson();
    const stop = await received(person, 'STOP');
    const join = await received(person, 'JOIN');
    await recordAndReply(open.context, stop);
    expect(await dueOf(join)).to.deep.equal(DUE);
  });

  it('restores nothing when it is a JOIN that a STOP has ended: only the STOP is answered', async () => {
    const person = newPerson();
    const join = await received(person, 'JOIN');
    const stop = await received(person, 'STOP');
    await recordAndReply(open.context, join);
    const row = await replyTo(open.context, join);
    expect([row.state, row.error, row.open]).to.deep.equal(['canceled', 'opted out', undefined]);
    expect(await dueOf(stop)).to.deep.equal(DUE);
  });

  it('fails when a new primary shows the contact as it was before the text', async () => {
    const text = await received(newPerson(), 'STOP');
    await gateway.store.inbound.updateOne({ _id: text.sid }, { $inc: { rev: 1 } });
    const again = recordAndReply(open.context, text).then(
      () => 'taken',
      ({ name }: Error) => name,
    );
    expect(await again).to.equal('StaleRead');
  });

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

  it('plans nothing when its first answer reached nobody, since its replies leave anyway', async () => {
    const fields = textFields(newPerson(), 'JOIN');
    const sid = String(fields[0]?.[1]);
    proxy.freeze();
    await hangUp(fields);
    await until('the log says that the connection ended', async () =>
      gateway.logs.some((line) => line.includes('"route":"inbound"') && line.includes('"finished":false')),
    );
    await proxy.restore();
    await until(
      'the reply to the text is planned',
      async () => (await repliesTo(open.context, { sid })).length > 0,
    );
    const row = await replyTo(open.context, { sid });
    expect([row.state, row.epoch, isDue(row)]).to.deep.equal(['planned', 0, true]);
    expect((await postText(gateway, fields)).body).to.equal(EMPTY);
    expect(await repliesTo(open.context, { sid })).to.deep.equal([row]);
  });
});

/** A clock on which a lease passes between two looks. */
function hurried(): () => number {
  let at = 0;
  return () => {
    at += CLAIM_LEASE_MS;
    return at;
  };
}
