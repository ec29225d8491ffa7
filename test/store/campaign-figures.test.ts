import { expect } from 'chai';
import type { Document } from 'mongodb';
import { HANDED_OVER_STATES } from '../../src/domain/reports/delivery-tally.ts';
import { journeyStream, laneOf } from '../../src/domain/sending/lanes.ts';
import { figuresSince, readQueue } from '../../src/store/campaigns/figures.ts';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import { type DeliveryDoc, OF_CAMPAIGN } from '../../src/store/deliveries/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-03-01T12:00:00Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);
const ROWS = 1000;

describe('the figures of a campaign, read from indexes', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
    const states = [
      'delivered',
      'accepted',
      'undelivered',
      'failed',
      'unknown',
      'planned',
      'skipped',
    ] as const;
    const rows = Array.from({ length: ROWS }, (_, at) => {
      const state = states[at % states.length] ?? 'planned';
      const gone = state !== 'planned';
      return {
        _id: campaignRowId('spring', `1.i${at}`),
        contact: `c${at}`,
        index: `1.i${at}`,
        campaign: 'spring',
        state,
        sender: '28555',
        lane: '2-spring' as const,
        parts: 2,
        dueAt: at % 2 === 0 ? ago(1) : ago(-1),
        decision: gone
          ? { allowed: state !== 'skipped', reasons: [], at: ago(at < ROWS / 2 ? 3 : 0.5) }
          : null,
        ...(gone ? {} : { open: true as const }),
        ...(state === 'failed' || state === 'undelivered' ? { error: at % 2 === 0 ? '30007' : '30003' } : {}),
      } as Partial<DeliveryDoc> as DeliveryDoc;
    });
    const others = ['0-answers', '2-other'].flatMap((lane) =>
      Array.from({ length: 300 }, (_, at) => ({
        ...rows[5],
        _id: `${lane}${at}`,
        campaign: 'x',
        lane,
        dueAt: ago(1),
      })),
    ) as DeliveryDoc[];
    const dead = { ...rows[4], _id: 'dead', decision: null, leaseUntil: ago(0.2) } as DeliveryDoc;
    await store.deliveries.insertMany([...rows, ...others, dead]);
    await store.suppressions.insertMany(
      Array.from({ length: ROWS }, (_, at) => ({
        index: `1.i${at}`,
        scope: 'all',
        kind: at % 2 === 0 ? 'opt-out' : 'hold',
        generation: 1,
        // The newest ten came within the last quarter of an hour.
        since: at >= ROWS - 10 ? ago(0.25) : ago(2),
        lifts: {},
        until: null,
        source: 'test',
      })) as never[],
    );
    const text = (contact: string, hours: number, more: object) =>
      ({ _id: `${contact}${hours}`, contact, receivedAt: ago(hours), ...more }) as never;
    await store.inbound.insertMany([
      text('c700', 0.2, { complaint: true }),
      text('c700', 0.1, { complaint: true }),
      text('c707', 0.7, { complaint: true }),
      text('c714', 0.2, {}),
      text('c0', 0.2, { complaint: true }),
    ]);
  });
  after(async () => {
    await closeTestStore(store);
  });

  it('are those of the window alone', async () => {
    const { left, failures, failed, unknown, optOuts, complaints } = await figuresSince(
      store,
      'spring',
      ago(1),
    );
    const late = Array.from({ length: ROWS / 2 }, (_, at) => at + ROWS / 2);
    const of = (...kinds: number[]) => late.filter((at) => kinds.includes(at % 7));
    expect(left).to.equal(of(0, 1, 2, 3, 4).length + 1);
    expect(unknown).to.equal(of(4).length + 1);
    expect(failures).to.equal(of(2, 3).length);
    const even = of(2, 3).filter((at) => at % 2 === 0).length;
    expect(Object.fromEntries(failed)).to.deep.equal({ 30007: even, 30003: of(2, 3).length - even });
    const gone = of(0, 1, 2, 3, 4).filter((at) => at >= ROWS - 10 && at % 2 === 0);
    expect(optOuts).to.equal(gone.length);
    // A person who complained twice counts once. One complained before the message, and one about a message before
    // the window.
    expect(complaints).to.equal(1);
  });

  it('are given for all when more failed or opted out than is read', async () => {
    await insertStorm();
    const { left, failures, failed, optOuts } = await figuresSince(store, 'storm', ago(1), 10);
    expect([left, failures]).to.deep.equal([120, 90]);
    // These are the newest late failures, and all that the carrier refused at once.
    expect(Object.fromEntries(failed)).to.deep.equal({ 30007: 60, 21610: 30 });
    // Every other opt-out of the house is of this campaign.
    const all = await store.suppressions.countDocuments({ kind: 'opt-out', since: { $gte: ago(1) } });
    expect(optOuts).to.equal(Math.round(all / 2));
  });

  /** 30 that arrived and were answered by STOP, 30 refused, 60 reported: of these the older with another code. */
  async function insertStorm(): Promise<void> {
    const rows = Array.from({ length: 120 }, (_, at) => {
      const failed = at < 60 ? { state: 'undelivered', error: at < 30 ? '30003' : '30007' } : {};
      const refused = at >= 60 && at < 90 ? { state: 'failed', error: '21610' } : {};
      const decision = { allowed: true, reasons: [], at: ago(0.9 - at / 1000) };
      const index = `1.s${at}`;
      return {
        ...{ _id: campaignRowId('storm', index), contact: `s${at}`, index, campaign: 'storm', decision },
        ...{ state: 'delivered', ...failed, ...refused },
      } as Partial<DeliveryDoc> as DeliveryDoc;
    });
    await store.deliveries.insertMany(rows);
    const optOuts = Array.from({ length: 60 }, (_, at) => ({
      ...{ index: at % 2 === 0 ? `1.s${90 + at / 2}` : `1.x${at}`, scope: 'all', kind: 'opt-out' },
      ...{ generation: 1, since: ago(0.2 - at / 1000), lifts: {}, until: null, source: 'test' },
    }));
    await store.suppressions.insertMany(optOuts as never[]);
  }

  const plan = (found: Document): Record<string, number> => found.executionStats as Record<string, number>;

  it('are counted from keys, without a document', async () => {
    const match = {
      campaign: 'spring',
      state: { $in: [...HANDED_OVER_STATES] },
      'decision.at': { $gte: ago(1) },
    };
    const found = plan(
      await store.deliveries
        .find(match, { hint: OF_CAMPAIGN, projection: { _id: 0, state: 1 } })
        .explain('executionStats'),
    );
    expect(found.totalDocsExamined).to.equal(0);
    expect(found.totalKeysExamined).to.be.at.most((found.nReturned ?? 0) + 2 * HANDED_OVER_STATES.length);
  });

  it('read no more failures and opt-outs than needed', async () => {
    await store.db.command({ profile: 2, slowms: 0 });
    await figuresSince(store, 'spring', ago(4), 3);
    await store.db.command({ profile: 0 });
    const profile = store.db.collection('system.profile');
    const looks = await profile.find({ ns: /\.(deliveries|suppressions)$/ }).toArray();
    await profile.drop();
    const sorted = looks.filter(({ command }) => /"(\$sort|sort)":/.test(JSON.stringify(command)));
    expect(sorted.map((command) => [command.docsExamined, command.hasSortStage])).to.deep.equal(
      Array(3).fill([3, undefined]),
    );
  });

  it('find opt-outs and complaints of the window alone', async () => {
    const since = { $gte: ago(1) };
    for (const explained of [
      store.suppressions.find({ kind: 'opt-out', since }).explain('executionStats'),
      store.inbound.find({ complaint: true, receivedAt: since }).explain('executionStats'),
    ]) {
      const found = plan(await explained);
      expect(found.totalDocsExamined).to.equal(found.nReturned);
    }
  });

  it('count what waits before a campaign and beside it', async () => {
    const own = Array.from({ length: ROWS }, (_, at) => at).filter((at) => at % 7 === 5);
    const found = await readQueue(store, '28555', 'spring', NOW);
    expect(found).to.deep.equal({
      own: own.length,
      later: own.filter((at) => at % 2 === 1).length,
      latest: ago(-1),
      parts: 2,
      // These are all replies, and as many rows of the other campaign as it has itself.
      others: 300 + own.length,
    });
  });

  it('count nothing that is paused as before a campaign or beside it', async () => {
    await store.campaigns.insertOne({ _id: 'other', state: 'paused' } as never);
    await store.journeys.insertOne({ _id: 'welcome', state: 'paused' } as never);
    const row = await store.deliveries.findOne({ lane: '2-other' });
    const lane = laneOf('marketing', journeyStream('welcome'));
    await store.deliveries.insertOne({ ...row, _id: 'welcome', lane } as DeliveryDoc);
    expect((await readQueue(store, '28555', 'spring', NOW)).others).to.equal(300);
    await store.campaigns.deleteMany({});
    await store.journeys.updateMany({}, { $set: { state: 'running' } });
    const own = await store.deliveries.countDocuments({ campaign: 'spring', state: 'planned' });
    expect((await readQueue(store, '28555', 'spring', NOW)).others).to.equal(300 + own + 1);
    await store.deliveries.deleteOne({ _id: 'welcome' });
  });

  it('count what waits from keys, without a document', async () => {
    const profiled = store.db.collection('system.profile');
    await store.db.command({ profile: 2, slowms: 0 });
    await readQueue(store, '28555', 'spring', NOW);
    await store.db.command({ profile: 0 });
    const looks = await profiled.find({ ns: /\.deliveries$/ }).toArray();
    const counts = looks.filter((command) => command.command?.pipeline !== undefined);
    expect(counts.length).to.be.greaterThan(2);
    expect(counts.map((count) => count.docsExamined)).to.deep.equal(counts.map(() => 0));
  });
});
