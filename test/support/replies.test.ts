import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { catchUp } from '../../src/consent/inbound/catch-up.ts';
import type { Program, Topic } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import type { DeliveryState } from '../../src/store/deliveries/delivery.ts';
import { newPerson, newSid, postAndWait, textFields } from '../promises/inbound-posts.ts';
import { bareRow, contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from './gateway.ts';
import { repliesTaken, settledReplies } from './replies.ts';

const [DEALS, , STYLIST] = PROGRAMS as [Program, Program, Program];
const inEach = (text: string) => ({ en: text, es: text, fr: text });
const moreTopic = (_: unknown, at: number): Topic => ({
  ...(DEALS.topics[0] as Topic),
  ...{ id: `t${at}`, code: String(at + 100), word: `WORD${at}`, name: inEach(`Topic number ${at}`) },
});
/** Its MENU takes several messages. */
const MANY_TOPICS: Program = {
  ...DEALS,
  languages: ['en'],
  topics: [...DEALS.topics, ...Array.from({ length: 90 }, moreTopic)],
};

const ENDS: DeliveryState[] = [
  'accepted',
  'delivered',
  'failed',
  'skipped',
  'canceled',
  'expired',
  'unknown',
];

describe('a text through the gateway of a test', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', programs: [MANY_TOPICS, STYLIST] });
    open = await contextOf(gateway);
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const statesOf = async (sid: string): Promise<DeliveryState[]> =>
    (await gateway.store.deliveries.find({ 'answers.sid': sid }).toArray()).map(({ state }) => state);
  /** Whether a promise has not resolved after some time. */
  const isPending = (promise: Promise<unknown>): Promise<boolean> =>
    Promise.race([promise.then(() => false), pause(60).then(() => true)]);

  it('resolves with the reply on the handset, once its delivery has left', async () => {
    const person = newPerson();
    const { sid, status, replies, carrierAnswered } = await gateway.text(person, 'HELP');
    expect([status, carrierAnswered, replies.length]).to.deep.equal([200, false, 1]);
    expect(replies).to.deep.equal(await gateway.received(person));
    for (const state of await statesOf(sid)) expect(state).not.to.be.oneOf(['planned', 'sending']);
  });

  it('resolves with several replies in the order of the handset, and with no earlier ones', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES'])
      expect((await gateway.text(person, body)).replies).to.have.lengthOf(1);
    const { sid, replies } = await gateway.text(person, 'MENU');
    expect(replies.length).to.be.greaterThan(1);
    expect(await statesOf(sid)).to.have.lengthOf(replies.length);
    expect(replies).to.deep.equal((await gateway.received(person)).slice(2));
    const codes = replies.flatMap((text) =>
      [...text.matchAll(/^(\d+) WORD/gm)].map(([, code]) => Number(code)),
    );
    expect(codes).to.deep.equal(codes.toSorted((a, b) => a - b));
    expect(await repliesTaken(gateway, sid), 'the same as they were planned').to.deep.equal(replies);
  });

  it('resolves with nothing when nothing was planned, and when the gate refused it', async () => {
    const person = newPerson();
    expect((await gateway.text(person, 'STOP')).replies).to.have.lengthOf(1);
    const again = await gateway.text(person, 'STOP');
    expect([again.replies, await statesOf(again.sid)]).to.deep.equal([[], []]);
    const refused = await gateway.text(person, 'MENU');
    expect([refused.replies, await statesOf(refused.sid)]).to.deep.equal([[], ['skipped']]);
  });

  it("counts the carrier's own answer among the replies, and says that there was one", async () => {
    const { replies, carrierAnswered } = await gateway.text(newPerson(), 'STOP', SENDERS.stylist.number);
    expect([carrierAnswered, replies.length]).to.deep.equal([true, 1]);
  });

  it('does not wait for a reply that the carrier accepted and that never reaches the handset', async () => {
    const person = newPerson();
    const lost = { match: { number: person }, on: 'create', effect: { kind: 'errorCallback', code: 30003 } };
    await gateway.sim('PUT', '/sim/behaviours', [lost]);
    expect((await gateway.text(person, 'HELP')).replies).to.deep.equal([]);
    await gateway.sim('PUT', '/sim/behaviours', []);
  });

  for (const end of ENDS) {
    it(`waits for every reply while it is planned or on its way, until it is ${end}`, async () => {
      const { store } = gateway;
      const [sid, first, second] = [newSid(), bareRow({ state: 'planned' }), bareRow({ state: 'accepted' })];
      const settled = settledReplies(store, sid);
      expect(await isPending(settled), 'the text is not in the database').to.equal(true);
      await store.deliveries.insertMany([first, second]);
      const texts = store.db.collection<{ _id: string; answers: string[] }>('inbound');
      await texts.insertOne({ _id: sid, answers: [first._id, second._id] });
      expect(await isPending(settled), 'planned').to.equal(true);
      const become = (state: DeliveryState) =>
        store.deliveries.updateOne({ _id: first._id }, { $set: { state } });
      await become('sending');
      expect(await isPending(settled), 'sending').to.equal(true);
      await become(end);
      expect((await settled).map(({ _id, state }) => [_id, state])).to.deep.equal([
        [first._id, end],
        [second._id, 'accepted'],
      ]);
    });
  }

  it("waits for the reply to a text that comes from the carrier's list later", async () => {
    const person = newPerson();
    await gateway.web.stop();
    const { sid, status } = await gateway.textWithoutWaiting(person, 'HELP');
    expect(status).to.equal(null);
    await gateway.web.start();
    const aged: TwilioClient['listInbound'] = async (...asked) =>
      (await carrier.listInbound(...asked)).map((listedInbound) => ({
        ...listedInbound,
        sentAt: new Date(listedInbound.sentAt.getTime() - 60_000),
      }));
    const settled = settledReplies(gateway.store, sid);
    expect(await catchUp(open.context, aged, () => true)).to.be.at.least(1);
    const [row] = await settled;
    expect(row?.owner, 'a dispatcher').not.to.equal(null);
    await until('the reply is on the handset', async () => (await gateway.received(person)).length > 0);
    expect(await gateway.received(person)).to.deep.equal(await repliesTaken(gateway, sid));
  });

  it('returns the replies to a form that a test signs and posts itself, too', async () => {
    const { status, replies } = await postAndWait(gateway, textFields(newPerson(), 'HELP'));
    expect([status, replies.length]).to.deep.equal([200, 1]);
  });

  it('is refused when no reply can come: nobody listens, or no worker runs', async () => {
    const why = async (): Promise<string> =>
      gateway.text(newPerson(), 'HELP').then(
        () => 'resolved',
        (error: Error) => error.message,
      );
    await gateway.web.stop();
    expect(await why()).to.contain('the webhook answered null');
    await gateway.web.start();
    await gateway.stopWorker();
    expect(await why()).to.contain('without a worker');
  });
});
