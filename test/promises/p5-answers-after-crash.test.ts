import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { AT_LEAST_ONCE } from '../../src/domain/sending/unknown-outcome.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { lookUpUnknowns } from '../../src/receipts/unknown-outcomes.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import { CLAIM_LEASE_MS, type Transport } from '../../src/sending/gate.ts';
import { addressed } from '../../src/sending/inbound-sms.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import type { Store } from '../../src/store/store.ts';
import { contextOf } from '../receipts/rows.ts';
import { carrierOf, dispatchDeps } from '../sending/dispatch-deps.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { EMPTY, newPerson, newSid, postText, textFields } from './inbound-posts.ts';

const SECOND = 1000;

/** A call whose process dies before its answer. */
const NEVER = new Promise<never>(() => undefined);

describe('P5 nothing twice, nothing lost: replies whose process dies', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  /** How far the clock of every process here is ahead of the machine's clock, in ms. */
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  before(async () => {
    gateway = await startGateway({ worker: false, now });
    open = await contextOf(gateway, now);
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl, now });
  });
  beforeEach(() => {
    ahead = 0;
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  /** A worker that hands over with this transport. */
  const worker = (transport: Transport) => {
    const { ring, indexOf } = open.context;
    const over = { now, outcomeRecorder: open.context.outcomeRecorder, carrier: carrierOf(transport) };
    return createSenderQueue(dispatchDeps(gateway.store, { ring, indexOf }, over), () => SENDERS.shop);
  };
  /** Lets a live worker send everything that is due. */
  const serve = async (): Promise<void> => {
    const { turn } = worker(carrier.transport);
    for (
      let senderQueueTurn = await turn();
      senderQueueTurn.kind === 'sending';
      senderQueueTurn = await turn()
    )
      await senderQueueTurn.done;
  };
  /** A worker claims due rows and dies before or after its create call. */
  const dies = async (where: 'before its call' | 'after its call', row: DeliveryDoc): Promise<void> => {
    let begun = false;
    const transport: Transport = async (cleared, mayWrite) => {
      if (where === 'after its call') await carrier.transport(cleared, mayWrite);
      begun = true;
      return NEVER;
    };
    await worker(transport).turn();
    await until('the reply is claimed and its call has begun', async () => begun);
    expect((await current(row)).state).to.equal('sending');
    // This makes the lease look as if it had ended long ago.
    await expireClaims(gateway.store, -CLAIM_LEASE_MS - SECOND, now());
    expect((await current(row)).state).to.equal('unknown');
  };
  const current = async ({ _id }: DeliveryDoc): Promise<DeliveryDoc> => {
    const row = await gateway.store.deliveries.findOne({ _id });
    if (row === null) throw new Error('the row is gone');
    return row;
  };
  /** Texts and returns the planned reply. */
  const replyTo = async (person: string, body: string): Promise<DeliveryDoc> => {
    const { sid } = await gateway.textWithoutWaiting(person, body);
    const row = await gateway.store.deliveries.findOne({ 'answers.sid': sid });
    if (row === null) throw new Error(`nothing answers ${body}`);
    return row;
  };
  const lookAt = async (seconds: number) => {
    ahead = seconds * SECOND;
    return lookUpUnknowns(open.context, carrier.listOutbound, AT_LEAST_ONCE);
  };
  const loseReceipts = (number: string): Promise<Response> =>
    gateway.sim('PUT', '/sim/behaviours', [{ match: { number }, on: 'status', effect: { kind: 'lose' } }]);

  it('sends HELP once more when two searches, at 15 and 60 seconds, have no trace of it, and never a third time', async () => {
    const person = newPerson();
    const help = await replyTo(person, 'HELP');
    await dies('before its call', help);
    expect(await lookAt(14)).to.deep.equal({ looked: 0, found: 0 });
    expect(await lookAt(16)).to.deep.equal({ looked: 1, found: 0 });
    expect(await lookAt(59)).to.deep.equal({ looked: 0, found: 0 });
    expect((await current(help)).state).to.equal('unknown');
    expect(await lookAt(62)).to.deep.equal({ looked: 1, found: 0 });
    expect(await current(help)).to.include({ state: 'planned', epoch: 1 });
    await dies('before its call', help);
    for (const seconds of [80, 130]) expect((await lookAt(seconds)).looked).to.equal(1);
    expect(await current(help)).to.include({ state: 'unknown', epoch: 2 });
    expect(await current(help)).not.to.have.any.keys('lookUpAt', 'open');
    await serve();
    expect(await gateway.received(person)).to.deep.equal([]);
  });

  it('sends HELP once more from a live worker, once', async () => {
    const person = newPerson();
    const help = await replyTo(person, 'HELP');
    await dies('before its call', help);
    for (const seconds of [16, 62]) await lookAt(seconds);
    await serve();
    await until('the reply is on the handset', async () => (await gateway.received(person)).length > 0);
    await serve();
    expect(await gateway.received(person)).to.have.lengthOf(1);
    expect((await current(help)).epoch).to.equal(2);
  });

  for (const [what, before, body, template] of [
    ['a question', [], 'JOIN', /prompt/],
    ['the confirmation of an opt-out', ['HELP'], 'STOP', /stop-all/],
  ] as const) {
    it(`never sends ${what} once more, and keeps its outcome as unknown`, async () => {
      const person = newPerson();
      for (const body of before) await replyTo(person, body);
      await serve();
      const had = (await gateway.received(person)).length;
      const row = await replyTo(person, body);
      expect(row.template).to.match(template);
      await dies('before its call', row);
      for (const seconds of [16, 62]) expect((await lookAt(seconds)).looked).to.equal(1);
      expect(await current(row)).to.include({ state: 'unknown', epoch: 1 });
      expect(await current(row)).not.to.have.any.keys('lookUpAt', 'open');
      await serve();
      expect(await gateway.received(person)).to.have.lengthOf(had);
    });
  }

  it('confirms the next STOP when the first confirmation left no trace', async () => {
    const person = newPerson();
    await dies('before its call', await replyTo(person, 'STOP'));
    for (const seconds of [16, 62]) await lookAt(seconds);
    await replyTo(person, 'STOP');
    await serve();
    await until(
      'the confirmation is on the handset',
      async () => (await gateway.received(person)).length > 0,
    );
    expect(await gateway.received(person)).to.have.lengthOf(1);
  });

  for (const body of ['HELP', 'JOIN', 'STOP']) {
    it(`finds what left in the carrier's list and sends nothing again: the reply to ${body}`, async () => {
      const person = newPerson();
      await loseReceipts(person);
      const row = await replyTo(person, body);
      await dies('after its call', row);
      expect(await lookAt(16)).to.deep.equal({ looked: 1, found: 1 });
      const adopted = await current(row);
      expect(adopted.state).to.be.oneOf(['accepted', 'sent', 'delivered']);
      expect(adopted.carrierSid).to.match(/^SM/);
      ahead = 120 * SECOND;
      await serve();
      expect(await gateway.received(person)).to.have.lengthOf(1);
      await gateway.sim('PUT', '/sim/behaviours', []);
    });
  }

  describe('the confirmation of a STOP whose process died during its wait', () => {
    /** Lets a web process die as soon as the text is durable. Returns the reply. */
    const taken = async (person: string, sid: string): Promise<DeliveryDoc> => {
      const dead = new Proxy({} as Store, {
        get: () => {
          throw new Error('its process is dead');
        },
      });
      const odd = { otherBodies: [], optOutType: null, form: { Body: 'STOP' } };
      const text = { sid, ...addressed(person, SENDERS.shop.number), body: 'STOP', ...odd };
      const died = await recordAndReply(
        { ...open.context, store: dead },
        { ...text, receivedAt: now(), door: 'webhook' },
      ).catch((error: Error) => error.message);
      expect(died).to.equal('its process is dead');
      const row = await gateway.store.deliveries.findOne({ 'answers.sid': sid });
      if (row === null) throw new Error('no confirmation is planned');
      expect(row).to.include({ state: 'planned', draining: true, template: 'stop-all' });
      return row;
    };

    it('leaves once, as soon as the carrier posts the STOP again', async () => {
      const [person, sid] = [newPerson(), newSid()];
      await taken(person, sid);
      await serve();
      expect(await gateway.received(person), 'what it ends may be under way').to.deep.equal([]);
      for (const time of ['second', 'third']) {
        const again = await postText(gateway, textFields(person, 'STOP', { MessageSid: sid }));
        expect([again.status, again.body], time).to.deep.equal([200, EMPTY]);
        await serve();
        await until(
          'the confirmation is on the handset',
          async () => (await gateway.received(person)).length > 0,
        );
        expect(await gateway.received(person), time).to.have.lengthOf(1);
      }
    });

    it('leaves a minute later when nobody posts the STOP again', async () => {
      const person = newPerson();
      const row = await taken(person, newSid());
      ahead = 59 * SECOND;
      await serve();
      expect((await current(row)).state).to.equal('planned');
      ahead = 61 * SECOND;
      await serve();
      await until(
        'the confirmation is on the handset',
        async () => (await gateway.received(person)).length > 0,
      );
    });
  });
});
