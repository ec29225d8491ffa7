import { expect } from 'chai';
import fc from 'fast-check';
import { meanPerSecond, mostInSecond } from '../../../scripts/bench/pacing/pacing.ts';
import { spacingOf } from '../../../src/domain/sending/slot-timing.ts';
import { createDatabaseClock } from '../../../src/sending/database-clock.ts';
import type { SlotGrant } from '../../../src/sending/rate-limiter.ts';
import { createCarrierBacklog, createRateLimiter } from '../../../src/sending/rate-limiter.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { testDatabase } from '../../support/mongod.ts';
import { wanting } from '../../support/unpaced.ts';
import { newPacingClocks, newWorker, type PacingClocks, type PacingWorker } from './pacing-clocks.ts';

const HOUR = 3_600_000;

describe('the rate of a sender over all processes', () => {
  let store: Store;
  let count = 0;
  before(async () => {
    const { uri, name } = testDatabase();
    store = await openStore({ uri, database: name });
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  /** A sender nobody has used; without receipts, so that only its rate counts. */
  const newSender = (rate: number) => ({ number: `+1555010${count++}`, rate, receipts: false });

  const take = async (
    worker: PacingWorker,
    sender: ReturnType<typeof newSender>,
    wants: number,
    least = 1,
  ) => {
    const grant = await worker.pace.take(sender, wanting(wants, least));
    if (grant === null) throw new Error('nothing was granted');
    return grant;
  };

  /** `stalls` of workers between two turns, and how much later than its turn each message is `written`; ms. */
  type Delays = { stalls?: readonly number[]; written?: readonly number[] };

  const nth = (delays: readonly number[], at: number): number => delays[at % Math.max(1, delays.length)] ?? 0;

  /** Workers that always have something to send, each late now and then; when each segment went, true time. */
  async function campaign(
    world: PacingClocks,
    workers: PacingWorker[],
    rate: number,
    seconds: number,
    delays: Delays,
  ) {
    const { stalls = [], written = [] } = delays;
    const sender = newSender(rate);
    const moments: number[] = [];
    const unwritten: { grant: SlotGrant; at: number }[] = [];
    const held = workers.map((): SlotGrant | null => null);
    const idleUntil = workers.map(() => 0);
    let turns = 0;
    for (const end = world.now + seconds * 1000; world.now < end; world.now += 0.25) {
      for (const due of unwritten.filter(({ at }) => at <= world.now)) {
        unwritten.splice(unwritten.indexOf(due), 1);
        if (due.grant.written(1)) moments.push(world.now);
      }
      for (const [at, worker] of workers.entries()) {
        if (world.now < (idleUntil[at] ?? 0)) continue;
        const grant = held[at] ?? null;
        if (grant === null) {
          held[at] = await worker.pace.take(sender, wanting(Math.ceil(rate / 4)));
          if (held[at] === null) idleUntil[at] = world.now + worker.pace.retryAfter(sender);
          continue;
        }
        const early = grant.turn(1);
        if (early === null) held[at] = null;
        else if (early > 0) idleUntil[at] = world.now + early;
        else {
          const late = nth(written, turns);
          if (late > 0) unwritten.push({ grant, at: world.now + late });
          else if (grant.written(1)) moments.push(world.now);
          idleUntil[at] = world.now + nth(stalls, turns++);
        }
      }
    }
    return moments;
  }

  it('is never exceeded in any second, with clocks apart, slow answers, stalls and late writes', () => {
    const world = fc.record({
      rate: fc.constantFrom(1, 3, 10, 40, 200),
      skews: fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 1, maxLength: 4 }),
      way: fc.record({
        out: fc.double({ min: 0.1, max: 1.4, noNaN: true }),
        back: fc.double({ min: 0.1, max: 1.4, noNaN: true }),
      }),
      stalls: fc.array(fc.constantFrom(0, 0, 0, 1, 7, 60, 400, 2500), { maxLength: 20 }),
      written: fc.array(fc.constantFrom(0, 0, 0, 0.5, 5, 30, 120, 900), { maxLength: 20 }),
    });
    return fc.assert(
      fc.asyncProperty(world, async ({ rate, skews, way, stalls, written }) => {
        const own = { ...newPacingClocks(), way };
        const workers = skews.map((skew) => newWorker(store, own, skew));
        const moments = await campaign(own, workers, rate, 4, { stalls, written });
        expect(moments.length).to.be.greaterThan(0);
        expect(mostInSecond(moments)).to.be.at.most(rate);
      }),
      { numRuns: 12 },
    );
  });

  for (const [rate, workers] of [
    [3, 2],
    [10, 1],
    [100, 3],
    [400, 4],
  ] as const) {
    it(`is at least 0.99 of ${rate} a second while ${workers} workers keep up`, async () => {
      const world = newPacingClocks();
      const all = Array.from({ length: workers }, (_, at) => newWorker(store, world, (at - 1) * 2000));
      const moments = await campaign(world, all, rate, 10, {});
      expect(meanPerSecond(moments) / rate).to.be.within(0.99, 1);
      expect(mostInSecond(moments)).to.be.at.most(rate);
    });
  }

  it('is no less while each call writes some ms after its turn', async () => {
    const world = newPacingClocks();
    const workers = [0, 1, 2].map((skew) => newWorker(store, world, skew));
    const moments = await campaign(world, workers, 100, 10, { written: [4, 0.5, 2, 3] });
    expect(meanPerSecond(moments) / 100).to.be.within(0.99, 1);
    expect(mostInSecond(moments)).to.be.at.most(100);
  });

  it('grants no slot twice, whoever asks at once', async () => {
    const sender = newSender(200);
    const paces = [-2000, 0, 2000].map((skew) => {
      const monotonic = (): number => performance.now() + skew;
      const silent = { info: () => undefined, error: () => undefined };
      const clock = createDatabaseClock({ wall: () => new Date(), monotonic, log: silent });
      return createRateLimiter({
        store,
        monotonic,
        clock,
        backlog: createCarrierBacklog({ store, monotonic }),
      });
    });
    const asked = Array.from({ length: 30 }, (_, at) => paces[at % 3]?.take(sender, wanting(1 + (at % 4))));
    const grants = (await Promise.all(asked)).flatMap((grant) => grant ?? []);
    expect(grants.length).to.be.greaterThan(5);
    grants.sort((a, b) => a.begin - b.begin);
    for (const [at, { begin, end, parts }] of grants.entries()) {
      expect(end).to.be.closeTo(begin + parts * spacingOf(200), 0.01);
      expect(begin).to.be.at.least(grants[at - 1]?.end ?? 0);
    }
  });

  describe('the next message beside a campaign, at one message a second', () => {
    const ANSWER = { ...wanting(1), offers: 0, answer: true };

    it('is the reply in the next slot, though offers took the slots after it', async () => {
      const world = newPacingClocks();
      const [offers, answers] = [newWorker(store, world, 0), newWorker(store, world, 1500)];
      const sender = newSender(1);
      const first = await take(offers, sender, 1);
      world.now += 10;
      expect(await offers.pace.take(sender, wanting(1)), 'it is too early for another offer').to.equal(null);
      const next = await answers.pace.take(sender, ANSWER);
      expect(next?.begin).to.equal(first.end);
      const wait = next?.turn(1) ?? 0;
      expect(wait, 'well within the lease of its claim').to.be.within(1, 1250);
      // The campaign gets the slot after it, and no sooner.
      world.now += offers.pace.retryAfter(sender) + 1;
      const after = await offers.pace.take(sender, wanting(1));
      world.now += after === null ? offers.pace.retryAfter(sender) + 1 : 0;
      expect((after ?? (await take(offers, sender, 1))).begin).to.be.at.least(next?.end ?? 0);
    });

    it('is a second reply in its own slot once that is near, and the worker is told when to ask', async () => {
      const world = newPacingClocks();
      const worker = newWorker(store, world, 0);
      const sender = newSender(1);
      const first = await worker.pace.take(sender, ANSWER);
      const second = await worker.pace.take(sender, ANSWER);
      expect(second?.begin).to.equal(first?.end);
      expect(await worker.pace.take(sender, ANSWER), 'more than a second away').to.equal(null);
      const ms = worker.pace.retryAfter(sender);
      expect(ms).to.be.within(500, 1000);
      world.now += ms + 1;
      expect((await worker.pace.take(sender, ANSWER))?.begin).to.equal(second?.end);
    });

    it('never exceeds that rate, whatever mixture is asked for', async () => {
      const world = newPacingClocks();
      const worker = newWorker(store, world, 0);
      const sender = newSender(1);
      const moments: number[] = [];
      for (let asked = 0; moments.length < 12; asked += 1) {
        const grant = await worker.pace.take(sender, asked % 3 === 0 ? ANSWER : wanting(1));
        if (grant === null) world.now += worker.pace.retryAfter(sender) + 1;
        else {
          world.now += grant.turn(1) ?? 0;
          expect([grant.turn(1), grant.written(1)]).to.deep.equal([0, true]);
          moments.push(world.now);
        }
      }
      expect(mostInSecond(moments)).to.equal(1);
    });
  });

  it('grants a slot for each message and none beyond them, though the last grant is still in hand', async () => {
    const world = newPacingClocks();
    const workers = [newWorker(store, world, 0), newWorker(store, world, 2000)];
    const sender = newSender(10);
    const lengths: number[] = [];
    for (let at = 0; lengths.length < 40; at += 1) {
      const grant = await workers[at % 2]?.pace.take(sender, wanting(1));
      if (grant) lengths.push((grant.end - grant.begin) / spacingOf(10));
      else world.now += 30;
    }
    for (const length of lengths) expect(length).to.be.closeTo(1, 0.01);
  });

  it('does not save up slots while nothing is sent', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 0);
    const sender = newSender(100);
    const first = await take(worker, sender, 100);
    world.now += HOUR;
    const second = await take(worker, sender, 100);
    expect(second.turn(1)).to.be.greaterThan(0);
    expect(second.parts).to.equal(first.parts).and.to.be.at.most(25);
  });

  it('reaches no further than 250 ms ahead, and says when to ask again', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 500);
    const sender = newSender(100);
    const grant = await take(worker, sender, 1000);
    expect(grant.end - spacingOf(100)).to.be.at.most(world.now + world.database + 250);
    expect(await worker.pace.take(sender, wanting(1000))).to.equal(null);
    world.now += worker.pace.retryAfter(sender) + 1;
    expect((await take(worker, sender, 1000)).parts).to.be.within(9, 12);
  });

  it('gives a long message all its slots at once, and nobody else any of them', async () => {
    const world = newPacingClocks();
    const [first, other] = [newWorker(store, world, 0), newWorker(store, world, 9)];
    const sender = newSender(1);
    const grant = await take(first, sender, 4, 4);
    expect(grant.parts).to.equal(4);
    world.now += grant.turn(4) ?? 0;
    expect([grant.turn(4), grant.written(4)]).to.deep.equal([0, true]);
    const sentAt = world.now;
    expect(await other.pace.take(sender, wanting(1))).to.equal(null);
    world.now += other.pace.retryAfter(sender) + 1;
    const next = await take(other, sender, 1);
    expect(world.now + (next.turn(1) ?? 0) - sentAt).to.be.at.least(4000);
  });

  it('does not wait longer after a clock was stepped back by hours', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 0);
    const sender = newSender(10);
    await take(worker, sender, 2);
    world.database -= 3 * HOUR;
    const grant = await take(worker, sender, 1);
    expect(grant.turn(1)).to.be.within(0, 250);
    world.database += 3 * HOUR;
    expect((await take(worker, sender, 1)).turn(1)).to.be.within(0, 250);
  });

  it('waits after a small step back, which may be none, without granting a slot twice', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 0);
    const sender = newSender(10);
    const first = await take(worker, sender, 1);
    world.database -= 1500;
    expect(await worker.pace.take(sender, wanting(1))).to.equal(null);
    expect(worker.pace.retryAfter(sender)).to.be.at.most(1500);
    world.now += worker.pace.retryAfter(sender) + 1;
    expect((await take(worker, sender, 1)).begin).to.be.at.least(first.end);
  });

  it('begins calls one slot apart, and when they write at once lets one write and the other take its turn again', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 0);
    const grant = await take(worker, newSender(60), 5);
    world.now += grant.turn(1) ?? 0;
    expect(grant.turn(1)).to.equal(0);
    world.now += grant.turn(1) ?? 0;
    expect(grant.turn(1)).to.equal(0);
    expect(grant.left()).to.equal(3);
    world.now += 12;
    expect([grant.written(1), grant.written(1)]).to.deep.equal([true, false]);
    expect(grant.left()).to.equal(4);
    const wait = grant.turn(1);
    expect(wait).to.be.within(4, spacingOf(60));
    world.now += wait ?? 0;
    expect([grant.turn(1), grant.written(1)]).to.deep.equal([0, true]);
  });

  it('lets nothing be written whose slots have passed, and leaves the slots of a call that never wrote to others', async () => {
    const world = newPacingClocks();
    const worker = newWorker(store, world, 0);
    const grant = await take(worker, newSender(60), 1);
    world.now += grant.turn(1) ?? 0;
    expect([grant.turn(1), grant.turn(1)]).to.deep.equal([0, null]);
    grant.dropped(1);
    expect(grant.turn(1)).to.equal(0);
    world.now += 40;
    expect([grant.written(1), grant.turn(1)]).to.deep.equal([false, null]);
  });

  it('lets a busy process take missed slots again, moved on, and gives the spare ones back', async () => {
    const world = newPacingClocks();
    const [busy, other] = [newWorker(store, world, 0), newWorker(store, world, 70)];
    const sender = newSender(10);
    const first = await take(busy, sender, 1);
    world.now += first.turn(1) ?? 0;
    expect(first.turn(1)).to.equal(0);
    world.now += 40;
    expect(first.written(1)).to.equal(false);
    await first.giveBackRest();
    const second = await take(busy, sender, 1);
    expect([second.parts, second.begin < first.end]).to.deep.equal([1, true]);
    world.now += second.turn(1) ?? 0;
    expect(second.turn(1)).to.equal(0);
    world.now += 40;
    const writtenAt = world.now + world.database;
    expect(second.written(1)).to.equal(true);
    await second.giveBackRest();
    const next = await take(other, sender, 1);
    expect(next.begin - writtenAt).to.be.within(0, spacingOf(10));
  });

  it('takes unused slots back, and lets the same worker use them no more', async () => {
    const world = newPacingClocks();
    const [worker, other] = [newWorker(store, world, 0), newWorker(store, world, 70)];
    const sender = newSender(100);
    const first = await take(worker, sender, 10);
    await first.giveBack(7);
    const second = await take(other, sender, 5);
    expect(second.begin).to.be.closeTo(first.begin + 3 * spacingOf(100), 0.01);
    world.now += first.turn(1) ?? 0;
    expect([first.left(), first.turn(4), first.turn(3)]).to.deep.equal([3, null, 0]);
  });

  it('takes no slots back after later ones were taken by any worker', async () => {
    const world = newPacingClocks();
    const [worker, other] = [newWorker(store, world, 0), newWorker(store, world, 70)];
    const sender = newSender(100);
    const first = await take(worker, sender, 5);
    const second = await take(other, sender, 5);
    await first.giveBack(5);
    expect((await take(worker, sender, 5)).begin).to.equal(second.end);
  });

  it("leaves the rest of the sender's state as it was", async () => {
    const world = newPacingClocks();
    const sender = newSender(1);
    await store.senderStates.insertOne({ _id: sender.number, failures: 3, stopped: null });
    await take(newWorker(store, world, 0), sender, 1);
    expect(await store.senderStates.findOne({ _id: sender.number })).to.include({
      failures: 3,
      stopped: null,
    });
  });
});
