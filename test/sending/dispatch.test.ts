import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createConnectionQueue } from '../../src/sending/connection-queue.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import type { Cleared, HandOver } from '../../src/sending/gate.ts';
import type { RateLimiter, SlotGrant } from '../../src/sending/rate-limiter.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { addSubscriber, plannedFor, testPeople } from '../support/people.ts';
import { closeTestStore, emptyTestStore, openTestStore } from '../support/test-store.ts';
import { allowed, unpaced, wanting } from '../support/unpaced.ts';
import { carrierOf, dispatchDeps, taken } from './dispatch-deps.ts';

const people = testPeople('131');

describe('the dispatcher', () => {
  let store: Store;
  let handed: string[] = [];
  let errors: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
  });
  beforeEach(async () => {
    await emptyTestStore(store);
    [handed, errors] = [[], []];
  });
  after(() => closeTestStore(store));

  const accept = async (cleared: readonly Cleared[]): Promise<HandOver[]> =>
    cleared.map((clearedMessage) => {
      handed.push(clearedMessage.ref.delivery);
      return clearedMessage.takeTurn()
        ? taken(clearedMessage)
        : { ...clearedMessage.ref, result: 'put-back', why: 'its deadline had passed' };
    });
  const queue = (deps: Partial<DispatchDeps> = {}) =>
    createSenderQueue(
      dispatchDeps(store, people, {
        carrier: carrierOf(accept),
        onError: (_error, line) => errors.push(line),
        ...deps,
      }),
      () => ({ ...SENDERS.shop, rate: 1000 }),
    );
  const plan = async (count: number, fields: Partial<DeliveryDoc> = {}): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 0; at < count; at += 1) ids.push(await planOne(await addSubscriber(store, people), fields));
    return ids;
  };
  const planOne = async (holder: OpenContact, fields: Partial<DeliveryDoc> = {}): Promise<string> => {
    const row = plannedFor(holder, fields);
    await store.deliveries.insertOne(row);
    return row._id;
  };
  /** Turns until the queue is idle, or waits. */
  const empty = async ({ turn }: ReturnType<typeof queue>): Promise<string> => {
    for (;;) {
      const senderQueueTurn = await turn();
      if (senderQueueTurn.kind !== 'sending') return senderQueueTurn.kind;
      await senderQueueTurn.done;
    }
  };
  const states = async (): Promise<Record<string, number>> => {
    const rows = await store.deliveries.find().toArray();
    const sums: Record<string, number> = {};
    for (const { state } of rows) sums[state] = (sums[state] ?? 0) + 1;
    return sums;
  };

  it("hands over what is due, once, and records the carrier's id", async () => {
    const ids = await plan(30);
    const [later] = await plan(1, { dueAt: new Date(Date.now() + 60_000) });
    expect(await empty(queue())).to.equal('idle');
    expect([...handed].sort()).to.deep.equal([...ids].sort());
    const rows = await store.deliveries.find({ _id: { $in: ids } }).toArray();
    for (const row of rows) {
      expect([row.state, row.carrierSid, row.open, row.epoch]).to.deep.equal([
        'accepted',
        `SM${row._id}`,
        undefined,
        1,
      ]);
      expect(row.decision).to.deep.include({ allowed: true, reasons: [] });
    }
    expect((await store.deliveries.findOne({ _id: later ?? '' }))?.state).to.equal('planned');
  });

  it('retries a row that no key opens after as long as it has waited, between a minute and an hour', async () => {
    const HOUR_MS = 3_600_000;
    const now = new Date();
    const holder = await addSubscriber(store, people);
    const { sealed } = plannedFor(await addSubscriber(store, people));
    const waits: number[] = [];
    for (const waited of [0, HOUR_MS / 6, 5 * HOUR_MS]) {
      const createdAt = new Date(now.getTime() - waited);
      const id = await planOne(holder, { sealed, createdAt, dueAt: createdAt });
      expect(await empty(queue({ now: () => now }))).to.equal('idle');
      const row = await store.deliveries.findOne({ _id: id });
      expect([row?.state, row?.owner]).to.deep.equal(['planned', null]);
      waits.push((row?.dueAt.getTime() ?? 0) - now.getTime());
    }
    expect(waits).to.deep.equal([60_000, HOUR_MS / 6, HOUR_MS]);
    expect(new Set(errors).size).to.equal(1);
    expect(errors).to.have.length(3);
  });

  it('serves replies before offers, and campaigns in turn', async () => {
    const spring = await plan(4, { lane: '2-spring' });
    const summer = await plan(4, { lane: '2-summer' });
    const [help] = await plan(1, {
      lane: '0-answers',
      class: 'help',
      answers: { sid: 'SM1', receivedAt: new Date() },
    });
    const two: RateLimiter = {
      ...unpaced,
      take: async () => ({ ...(await unpaced.take(SHOP, wanting(2))) }) as SlotGrant,
    };
    await empty(queue({ pace: two }));
    expect(handed[0]).to.equal(help);
    const campaigns = handed.slice(1).map((id) => (spring.includes(id) ? 'spring' : 'summer'));
    expect(new Set(campaigns.slice(0, 4))).to.deep.equal(new Set(['spring', 'summer']));
    expect(handed).to.have.members([help, ...spring, ...summer]);
  });

  it('lets two workers share a queue, and sends no row twice', async () => {
    const ids = await plan(120);
    const few: RateLimiter = { ...unpaced, take: async (sender) => unpaced.take(sender, wanting(20)) };
    await Promise.all([
      empty(queue({ pace: few })),
      empty(queue({ pace: few })),
      empty(queue({ pace: few })),
    ]);
    expect(handed).to.have.length(ids.length);
    expect(new Set(handed).size).to.equal(ids.length);
    expect(await states()).to.deep.equal({ accepted: ids.length });
  });

  it('puts back rows without a slot, and gives back slots without a row', async () => {
    await plan(5);
    const back: number[] = [];
    let slots = 3;
    const tight: RateLimiter = {
      ...unpaced,
      take: async () => ({
        parts: 5,
        until: Number.POSITIVE_INFINITY,
        turn: () => (slots-- > 0 ? 0 : null),
        written: () => true,
        dropped: () => undefined,
        giveBack: async (parts) => void back.push(parts),
        giveBackRest: async () => undefined,
      }),
    };
    const turn = await queue({ pace: tight }).turn();
    if (turn.kind === 'sending') await turn.done;
    expect(await states()).to.deep.equal({ accepted: 3, planned: 2 });
    expect(back).to.deep.equal([0]);
    slots = 10;
    const again = await queue({ pace: tight }).turn();
    if (again.kind === 'sending') await again.done;
    expect(await states()).to.deep.equal({ accepted: 5 });
    expect(back).to.deep.equal([0, 3]);
  });

  it('claims nothing while all connections are busy with some waiting, or no slot is free', async () => {
    await plan(1);
    const carrier = carrierOf(accept, () => 0);
    const line = { ...createConnectionQueue(carrier.free), waits: () => true };
    expect((await queue({ carrier, connectionQueue: line }).turn()).kind).to.equal('wait');
    expect((await queue({ carrier: { ...carrier, held: () => true } }).turn()).kind).to.equal('wait');
    const none: RateLimiter = { ...unpaced, take: async () => null, retryAfter: () => 70 };
    expect(await queue({ pace: none }).turn()).to.deep.equal({ kind: 'wait', ms: 70 });
    expect(await states()).to.deep.equal({ planned: 1 });
  });

  it('lets as many rows leave as the circuit breaker allows, and claims no more to fill up', async () => {
    await plan(4, { topic: 'news', dueAt: new Date(-1) });
    await plan(4);
    expect(await queue({ allowance: () => allowed(0) }).turn()).to.deep.include({ kind: 'wait' });
    expect(await states()).to.deep.equal({ planned: 8 });
    const trial = queue({ allowance: () => allowed(1) });
    for (let turns = 0; turns < 2; turns += 1) {
      const turn = await trial.turn();
      if (turn.kind === 'sending') await turn.done;
    }
    expect(handed.length).to.be.within(1, 2);
  });

  it('fills a batch up with others when some may not leave', async () => {
    const ids = await plan(4);
    await plan(4, { topic: 'news', dueAt: new Date(-1) });
    const four: RateLimiter = { ...unpaced, take: async (sender) => unpaced.take(sender, wanting(4)) };
    const turn = await queue({ pace: four }).turn();
    if (turn.kind === 'sending') await turn.done;
    expect(handed).to.have.members(ids);
    expect(await states()).to.deep.equal({ accepted: 4, skipped: 4 });
  });

  it('releases its claims and sends nothing when the facts cannot be read', async () => {
    await plan(3);
    const indexOf = (): string => {
      throw new Error('a key is missing');
    };
    const said = queue({ indexOf })
      .turn()
      .then(({ kind }) => kind);
    expect(await said.catch((error: Error) => error.message)).to.equal('a key is missing');
    expect(handed).to.deep.equal([]);
    expect(await store.deliveries.countDocuments({ state: 'planned', owner: null })).to.equal(3);
  });

  for (const [what, change, says] of [
    ['whose keys are lost', { $set: { 'keys.profile.by': 'gone' } }, 'this process cannot decrypt'],
    ['who cannot be read for another reason', { $unset: 'prompts' }, 'missing keys are not the reason'],
    ['whose consents are none', { $set: { subscriptions: 'none' } }, 'missing keys are not the reason'],
  ] as const) {
    it(`does not let one person ${what} delay the others, and logs it`, async () => {
      const [lost] = await plan(1);
      const ids = await plan(5);
      const row = await store.deliveries.findOne({ _id: lost ?? '' });
      await store.contacts.updateOne({ _id: row?.contact ?? '' }, [change]);
      await empty(queue());
      expect(handed).to.have.members(ids);
      expect((await store.deliveries.findOne({ _id: lost ?? '' }))?.state).to.equal('planned');
      expect(errors.join()).to.contain(says);
    });
  }

  it('expires what came too late, with its reason', async () => {
    const [old] = await plan(1, { validUntil: new Date(1000) });
    await empty(queue());
    const row = await store.deliveries.findOne({ _id: old ?? '' });
    expect([row?.state, row?.decision?.reasons, row?.open]).to.deep.equal([
      'expired',
      ['too-late'],
      undefined,
    ]);
  });
});

const SHOP = { number: SENDERS.shop.number, rate: 1000, receipts: true };
