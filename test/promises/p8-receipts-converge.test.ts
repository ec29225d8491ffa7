import { expect } from 'chai';
import fc from 'fast-check';
import type { OpenedContext } from '../../src/open-context.ts';
import { matchWaitingReceipts } from '../../src/receipts/adopt-receipts.ts';
import { createReceiptRecorder, type RecordReceipt } from '../../src/receipts/record-receipt.ts';
import { cancelAndDrain } from '../../src/sending/cancel-and-drain.ts';
import type { ClearedRef, HandOver } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { endRefused } from '../../src/store/deliveries/queue.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import {
  ANSWERED,
  compared,
  type DeliveryHistory,
  deliveryHistories,
  endOf,
  type HistoryEvent,
  type OwnUpdate,
  orders,
  REFUSAL,
  sidOf,
} from '../receipts/delivery-histories.ts';
import { bareRow, contextOf, newDelivery, newSid, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { type Field, signedPost } from '../support/signed-post.ts';
import { newPerson } from './inbound-posts.ts';

const accepted = (ref: ClearedRef, carrierSid: string, at: Date): HandOver => ({
  ...ref,
  ...{ result: 'accepted', carrierSid, begunAt: at, at },
});

/** The number of histories, each in two orders. */
const LIVES = 60;

describe('P8: receipts converge', () => {
  let gateway: Gateway;
  let late: OpenedContext;
  let record: RecordReceipt;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    late = await contextOf(gateway, () => new Date(Date.now() + 3_600_000));
    record = createReceiptRecorder(gateway.store, late.context);
  });
  after(async () => {
    await late.close();
    await gateway.stop();
  });

  const flagged = async (over: Partial<DeliveryDoc> = {}): Promise<DeliveryDoc> => {
    const row = bareRow({ ...over });
    await gateway.store.deliveries.insertOne(row);
    return row;
  };
  const byOurSide = async (row: DeliveryDoc, own: OwnUpdate): Promise<void> => {
    const ref = { delivery: row._id, epoch: row.epoch, decidedAt: ANSWERED };
    const { outcomeRecorder, store } = late.context;
    switch (own) {
      case 'accepted': {
        const carrierSid = sidOf(row.epoch);
        return outcomeRecorder.record([accepted(ref, carrierSid, ANSWERED)]);
      }
      case 'unknown':
      case 'put-back':
        return outcomeRecorder.record([{ ...ref, result: own, why: 'why' }]);
      case 'refused':
        return outcomeRecorder.record([{ ...ref, result: 'refused', code: REFUSAL }]);
      case 'skip':
        return endRefused(store, [{ row, reasons: ['opted-out'] }], ANSWERED);
      case 'cancel': {
        const looks = [0, Number.POSITIVE_INFINITY];
        const fact = {
          contact: row.contact,
          rev: row.rev + 1,
          scopes: ['all' as const],
          prompts: [],
          personId: undefined,
        };
        return cancelAndDrain(store, fact, () => looks.shift() ?? Number.POSITIVE_INFINITY);
      }
      default:
        return own satisfies never;
    }
  };
  const live = async (life: DeliveryHistory, events: readonly HistoryEvent[]): Promise<DeliveryDoc> => {
    const id = newDelivery();
    const row = await flagged({ _id: id, contact: `c_${id}`, epoch: life.epoch });
    for (const event of events) {
      if ('own' in event) await byOurSide(row, event.own);
      else {
        // Raw receipts are unique by SID and histories share their SIDs, so each history gets its own.
        const carrierSid = `${event.posted.carrierSid}${id.slice(2)}`;
        const attempt = { delivery: id, epoch: event.epoch };
        await record({ ...event.posted, carrierSid, attempt, to: null, from: null });
      }
    }
    return row;
  };

  it('receipts in any order and number end in the same row, in the database as by the pure rule', async () => {
    const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 2 ** 31);
    const some = deliveryHistories.chain((life) => fc.tuple(fc.constant(life), orders(life), orders(life)));
    const lived = await Promise.all(
      fc.sample(some, { numRuns: LIVES, seed }).flatMap(([life, ...both]) =>
        both.map(async (order) => {
          const what = `seed ${seed}: epoch ${life.epoch}, ${JSON.stringify(order)}`;
          return { what, life, order, row: await live(life, order) };
        }),
      ),
    );
    const end = late.context.now();
    // Rows that are still claimed count as left behind: this is an hour before their lease ends.
    await expireClaims(gateway.store, -3_600_000, end);
    while ((await matchWaitingReceipts(late.context)).adopted > 0);
    expect(await gateway.store.receipts.countDocuments({})).to.equal(0);
    for (const { what, life, order, row } of lived) {
      const after = await rowOf(gateway.store, row);
      const own = (sid: string): string => sid.replace(row._id.slice(2), '');
      const renamed = {
        ...after,
        ...(after.carrierSid === undefined ? {} : { carrierSid: own(after.carrierSid) }),
        ...(after.extraSids === undefined ? {} : { extraSids: after.extraSids.map(own) }),
      };
      expect(compared(renamed), what).to.deep.equal(compared(endOf(life, order)));
    }
  });

  const STATUS = '/webhooks/twilio/status';
  const post = (row: Pick<DeliveryDoc, '_id'>, epoch: number, fields: Record<string, string>) =>
    signedPost(
      gateway.config.twilio.authToken,
      `${gateway.url}${STATUS}?d=${row._id}.${epoch}`,
      Object.entries(fields) as Field[],
    );

  it('a receipt before the recorded answer moves nothing back, and the answer adds its facts', async () => {
    const row = await flagged();
    const sid = newSid();
    for (const MessageStatus of ['sent', 'delivered']) {
      expect((await post(row, 1, { MessageSid: sid, MessageStatus })).status).to.equal(204);
    }
    const at = new Date();
    const ref = { delivery: row._id, epoch: 1, decidedAt: at };
    await late.context.outcomeRecorder.record([accepted(ref, sid, at)]);
    const after = await rowOf(gateway.store, row);
    expect(after).to.include({ state: 'delivered', carrierSid: sid });
    expect(after).to.not.have.any.keys('open', 'extraSids');
    expect(after.decision?.allowed).to.equal(true);
  });

  it('a receipt proves a decision that no process recorded, and a later record says more', async () => {
    const row = await flagged();
    const sid = newSid();
    await post(row, 1, { MessageSid: sid, MessageStatus: 'sent' });
    const proven = (await rowOf(gateway.store, row)).decision;
    expect(proven).to.deep.include({ allowed: true, reasons: [], by: 'receipt' });
    await post(row, 1, { MessageSid: sid, MessageStatus: 'delivered' });
    expect((await rowOf(gateway.store, row)).decision).to.deep.equal(proven);
    const ref = { delivery: row._id, epoch: 1, decidedAt: ANSWERED };
    await late.context.outcomeRecorder.record([accepted(ref, sid, ANSWERED)]);
    expect((await rowOf(gateway.store, row)).decision).to.deep.equal({
      allowed: true,
      reasons: [],
      at: ANSWERED,
    });
  });

  it('a receipt of a prompt whose process died says when the prompt left, so that a later YES counts', async () => {
    const person = '+15551248801';
    await gateway.text(person, 'JOIN');
    const prompt = newDelivery();
    const contact = await gateway.store.contacts.findOneAndUpdate(
      { 'prompts.0': { $exists: true } },
      { $set: { 'prompts.0.id': prompt, 'prompts.0.handedOverAt': null } },
    );
    const row = await flagged({ contact: contact?._id ?? '', class: 'prompt', prompt });
    await post(row, 1, { MessageSid: newSid(), MessageStatus: 'sent' });
    const { acceptedAt } = await rowOf(gateway.store, row);
    const after = await gateway.store.contacts.findOne({ _id: row.contact });
    expect(after?.prompts[0]?.handedOverAt).to.deep.equal(acceptedAt);
  });

  it('a repeated receipt changes nothing: the first times stay', async () => {
    const row = await flagged({ state: 'accepted' });
    const fields = { MessageSid: newSid(), MessageStatus: 'delivered', RawDlrDoneDate: '2601051201' };
    await post(row, 1, fields);
    const first = await rowOf(gateway.store, row);
    expect(first).to.include({ state: 'delivered', doneDate: '2601051201' });
    for (const MessageStatus of ['delivered', 'sent', 'queued'])
      await post(row, 1, { ...fields, MessageStatus });
    const { sentAt, ...again } = await rowOf(gateway.store, row);
    expect(sentAt).to.be.instanceOf(Date);
    expect(again).to.deep.equal(first);
  });

  for (const epoch of [1, 2]) {
    it(`a receipt of attempt ${epoch} settles a row put back after attempt 2, and no worker takes it again`, async () => {
      const row = await flagged({ state: 'planned', epoch: 2, owner: null, leaseUntil: null });
      const sid = newSid();
      await post(row, epoch, { MessageSid: sid, MessageStatus: 'sent' });
      const after = await rowOf(gateway.store, row);
      expect(after).to.include({ state: 'sent', epoch: 2 });
      expect(after).to.not.have.property('open');
      expect([after.carrierSid, ...(after.extraSids ?? [])]).to.include(sid);
    });
  }

  it('a receipt of an earlier attempt waits while a later one is under way, and is applied when that has ended', async () => {
    const row = await flagged({ epoch: 2 });
    const [first, second] = [newSid(), newSid()];
    expect((await post(row, 1, { MessageSid: first, MessageStatus: 'delivered' })).status).to.equal(204);
    const underWay = await rowOf(gateway.store, row);
    expect(underWay).to.include({ state: 'sending', open: true });
    expect(underWay.extraSids).to.deep.equal([first]);
    const at = new Date();
    const ref = { delivery: row._id, epoch: 2, decidedAt: at };
    await late.context.outcomeRecorder.record([accepted(ref, second, at)]);
    await matchWaitingReceipts(late.context);
    const after = await rowOf(gateway.store, row);
    expect(after).to.include({ state: 'delivered', carrierSid: second });
    expect(after.extraSids).to.deep.equal([first]);
  });

  it('an orphan is stored once, however often it comes, and applied when its delivery is there', async () => {
    const row = bareRow({ state: 'accepted' });
    const sid = newSid();
    for (let times = 0; times < 3; times += 1) {
      expect((await post(row, 1, { MessageSid: sid, MessageStatus: 'delivered' })).status).to.equal(204);
    }
    expect(await gateway.store.receipts.countDocuments({ carrierSid: sid })).to.equal(1);
    await gateway.store.deliveries.insertOne(row);
    await matchWaitingReceipts(late.context);
    expect(await rowOf(gateway.store, row)).to.include({ state: 'delivered', carrierSid: sid });
    expect(await gateway.store.receipts.countDocuments({ carrierSid: sid })).to.equal(0);
  });

  it('receipts that come twice, late and in any order end every message as the carrier did', async () => {
    const on = 'status';
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { share: 0.5 }, on, effect: { kind: 'duplicate', times: 2 } },
      { match: { share: 0.7 }, on, effect: { kind: 'reorder', withinMs: 300 } },
      { match: { share: 0.3 }, on, effect: { kind: 'delay', ms: 200 } },
    ]);
    const people = Array.from({ length: 20 }, newPerson);
    await Promise.all(people.map((person) => gateway.text(person, 'JOIN')));
    const indexes = people.map((person) => late.context.indexOf(person));
    const ended = { index: { $in: indexes }, state: 'delivered' as const, sentAt: { $exists: true } };
    const rows = gateway.store.deliveries;
    await until('every reply is delivered', async () => (await rows.countDocuments(ended)) === people.length);
    expect(await rows.countDocuments({ index: { $in: indexes }, open: true })).to.equal(0);
    const doubles = { index: { $in: indexes }, extraSids: { $exists: true } };
    expect(await rows.countDocuments(doubles)).to.equal(0);
    await gateway.sim('PUT', '/sim/behaviours', []);
  });
});
