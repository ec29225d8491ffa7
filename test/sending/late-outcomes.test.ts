import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import type { ClearedRef, HandOver } from '../../src/sending/gate.ts';
import { createOutcomeRecorder } from '../../src/sending/outcome-recorder.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { deferDeliveries, endRefused, releaseDeliveries } from '../../src/store/deliveries/queue.ts';
import { expireClaims, recordSearch } from '../../src/store/deliveries/unknown-outcomes.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow, newDelivery, newSid, rowOf } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const firstOf = ({ _id }: Pick<DeliveryDoc, '_id'>): ClearedRef => ({
  ...{ delivery: _id, epoch: 1, decidedAt: new Date() },
});
/** The carrier took the first attempt of a row. */
const accepted = (row: Pick<DeliveryDoc, '_id'>, carrierSid: string): HandOver => ({
  ...firstOf(row),
  ...{ result: 'accepted', carrierSid, begunAt: new Date(), at: new Date() },
});

describe('a hand-over that is recorded late', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  const outcomes: Record<string, (ref: ClearedRef) => HandOver> = {
    unknown: (ref) => ({ ...ref, result: 'unknown', why: 'no answer in time' }),
    refused: (ref) => ({ ...ref, result: 'refused', code: '21211' }),
    'put back': (ref) => ({ ...ref, result: 'put-back', why: 'its turn had passed' }),
  };
  for (const [how, outcome] of Object.entries(outcomes)) {
    it(`changes nothing when the row was claimed again meanwhile: ${how}`, async () => {
      const row = bareRow({ epoch: 2 });
      await store.deliveries.insertOne({ ...row });
      const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
      await createOutcomeRecorder(store).record([outcome(ref)]);
      expect(await rowOf(store, row)).to.deep.equal(row);
      await createOutcomeRecorder(store).record([outcome({ ...ref, epoch: 2 })]);
      expect((await rowOf(store, row))?.state).not.to.equal('sending');
    });
  }

  it('is kept for a row that was planned once more when the carrier accepted it', async () => {
    const { open: _, ...ended } = bareRow({ epoch: 1, state: 'unknown', error: 'no answer in time' });
    const again: Partial<DeliveryDoc>[] = [
      { state: 'planned', open: true, owner: null, leaseUntil: null },
      { state: 'canceled', error: 'opted out' },
    ];
    for (const over of again) {
      const row = { ...ended, _id: newDelivery(), ...over } as DeliveryDoc;
      await store.deliveries.insertOne({ ...row });
      const carrierSid = newSid();
      await createOutcomeRecorder(store).record([accepted(row, carrierSid)]);
      const found = await rowOf(store, row);
      expect(found).to.include({ state: 'accepted', carrierSid });
      expect(found).to.not.have.any.keys('open', 'error');
    }
  });

  it('leaves the claim of another dispatcher on the same row alone', async () => {
    const leaseUntil = new Date(Date.now() + 60_000);
    const row = bareRow({ epoch: 2, owner: 'another dispatcher', leaseUntil });
    await store.deliveries.insertOne({ ...row });
    const late = new Date();
    await releaseDeliveries(store, [row._id], 'a dispatcher', late);
    await deferDeliveries(store, [{ id: row._id, until: late }], 'a dispatcher');
    expect(await rowOf(store, row)).to.deep.equal(row);
  });

  const provablyHere: Record<
    string,
    [how: (ref: ClearedRef, row: DeliveryDoc) => Promise<void>, DeliveryDoc['state']]
  > = {
    'put back': [
      (ref) =>
        createOutcomeRecorder(store).record([{ ...ref, result: 'put-back', why: 'its turn had passed' }]),
      'planned',
    ],
    refused: [
      (ref) => createOutcomeRecorder(store).record([{ ...ref, result: 'refused', code: '21211' }]),
      'failed',
    ],
    'its flag lowered': [
      ({ delivery }) => releaseDeliveries(store, [delivery], 'a slow round', new Date()),
      'planned',
    ],
    held: [
      ({ delivery: id }) => deferDeliveries(store, [{ id, until: new Date() }], 'a slow round'),
      'planned',
    ],
    'not allowed': [(_, row) => endRefused(store, [{ row, reasons: ['opted-out'] }], new Date()), 'skipped'],
  };
  for (const [how, [tell, state]] of Object.entries(provablyHere)) {
    it(`counts when the sweep had taken its process for dead: ${how}`, async () => {
      const over = { epoch: 1, owner: 'a slow round', leaseUntil: new Date(Date.now() - 1000) };
      const row = bareRow({ ...over, state: 'sending' });
      await store.deliveries.insertOne({ ...row });
      expect(await expireClaims(store, 0, new Date())).to.equal(1);
      await tell({ delivery: row._id, epoch: 1, decidedAt: new Date() }, row);
      const found = await rowOf(store, row);
      expect(found).to.include({ state }).and.not.have.property('lookUpAt');
      expect(found?.open).to.equal(state === 'planned' ? true : undefined);
      if (state === 'planned') expect(found).to.not.have.property('error');
    });
  }

  it('counts no more when its process was away so long that a campaign may have ended its rows', async () => {
    const over = { epoch: 1, owner: 'a frozen round', leaseUntil: new Date(Date.now() - 60_000) };
    const row = bareRow({ ...over, state: 'sending' });
    await store.deliveries.insertOne({ ...row });
    await expireClaims(store, 0, new Date());
    const ref = { delivery: row._id, epoch: 1, decidedAt: new Date() };
    await createOutcomeRecorder(store).record([{ ...ref, result: 'put-back', why: 'its turn had passed' }]);
    await releaseDeliveries(store, [row._id], 'a frozen round', new Date());
    expect((await rowOf(store, row))?.state).to.equal('unknown');
  });

  for (const [what, lane, waits] of [
    ['an answer, which somebody waits for', '0-answers', 15_000],
    ['anything else', '2-single', 0],
  ] as const) {
    it(`is first looked up ${waits / 1000} seconds after it became unknown: ${what}`, async () => {
      const row = bareRow({ lane });
      await store.deliveries.insertOne({ ...row });
      const now = new Date('2026-03-01T12:00:00Z');
      const unknown = { ...firstOf(row), result: 'unknown' as const, why: 'no answer in time' };
      await createOutcomeRecorder(store, () => now).record([unknown]);
      const found = await rowOf(store, row);
      expect([found.state, found.lookUpAt?.getTime()]).to.deep.equal(['unknown', now.getTime() + waits]);
    });
  }

  it('is noted as one message too many when the carrier accepted it', async () => {
    const row = bareRow({ epoch: 2 });
    await store.deliveries.insertOne({ ...row });
    const carrierSid = newSid();
    await createOutcomeRecorder(store).record([accepted(row, carrierSid)]);
    expect(await rowOf(store, row)).to.deep.equal({ ...row, extraSids: [carrierSid] });
  });

  it('keeps a swept row from being planned again when an earlier attempt turns out to have left', async () => {
    const row = { ...bareRow({ epoch: 2 }), state: 'unknown' as const, extraSids: [newSid()] };
    await store.deliveries.insertOne({ ...row });
    const look = { at: new Date(), epoch: 2, found: 0 };
    expect(await recordSearch(store, row, look, { kind: 'plan-again' })).to.equal(false);
    expect((await rowOf(store, row))?.state).to.equal('unknown');
    expect(await recordSearch(store, row, look, { kind: 'final' })).to.equal(true);
  });
});

describe('outcomes of hand-overs while the primary is away', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  /** A store in which so many updates of many documents find no primary: those that record accepted messages. */
  const losing = (failing: number): Store => {
    let tried = 0;
    const deliveries = new Proxy(store.deliveries, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        if (name !== 'updateMany') return typeof value === 'function' ? value.bind(target) : value;
        return async (...told: Parameters<typeof target.updateMany>) => {
          tried += 1;
          if (tried <= failing) throw new MongoNetworkError('no primary');
          return target.updateMany(...told);
        };
      },
    });
    return { ...store, deliveries };
  };
  /** The rows and outcomes of an accepted message and of one that did not leave. */
  const two = async (): Promise<{ rows: DeliveryDoc[]; outcomes: HandOver[] }> => {
    const rows = [bareRow(), bareRow()];
    await store.deliveries.insertMany(rows.map((row) => ({ ...row })));
    const [taken, left] = rows;
    if (taken === undefined || left === undefined) throw new Error('no rows');
    const back = { ...firstOf(left), result: 'put-back' as const, why: 'its turn had passed' };
    return { rows, outcomes: [accepted(taken, newSid()), back] };
  };
  const states = (rows: readonly DeliveryDoc[]): Promise<(string | undefined)[]> =>
    Promise.all(rows.map(async (row) => (await rowOf(store, row))?.state));

  it('are recorded by a second try', async () => {
    const { rows, outcomes } = await two();
    await createOutcomeRecorder(losing(1)).record(outcomes);
    expect(await states(rows)).to.deep.equal(['accepted', 'planned']);
  });

  it('are written before a settler has drained, though nobody waits for them', async () => {
    const { rows, outcomes } = await two();
    const settler = createOutcomeRecorder(store);
    const recorded = settler.record(outcomes);
    await settler.drain();
    expect(await states(rows)).to.deep.equal(['accepted', 'planned']);
    await recorded;
  });

  it('survive beside others that cannot be written, and change nothing when they are written twice', async () => {
    const { rows, outcomes } = await two();
    const failed = await createOutcomeRecorder(losing(Number.POSITIVE_INFINITY))
      .record(outcomes)
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(MongoNetworkError);
    expect(await states(rows)).to.deep.equal(['sending', 'planned']);
    const [, left] = rows;
    await store.deliveries.updateOne(
      { _id: left?._id ?? '' },
      { $set: { state: 'sending' }, $inc: { epoch: 1 } },
    );
    await createOutcomeRecorder(store).record(outcomes);
    expect(await states(rows)).to.deep.equal(['accepted', 'sending']);
  });
});
