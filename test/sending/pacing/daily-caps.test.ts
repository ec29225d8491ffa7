import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import type { Sender } from '../../../src/domain/program.ts';
import { networkOf } from '../../../src/domain/sending/carrier-day-limits.ts';
import { deliverySentence } from '../../../src/domain/sending/delivery-sentence.ts';
import { reserveDailyCaps } from '../../../src/sending/daily-caps.ts';
import { noteVerified } from '../../../src/store/contacts/verification.ts';
import { testPeople } from '../../support/people.ts';
import { type CapsHarness, openCapsHarness } from './caps-harness.ts';

/** A thousand parts a day to T-Mobile. */
const BRANDED: Sender = {
  ...SENDERS.shop,
  kind: 'long-code',
  brand: { id: 'fernway', tier: 'sole-proprietor' },
};

/** A collection of which one method finds no primary, for some of what it is asked. */
const failing = <T extends object>(
  collection: T,
  method: keyof T,
  where: (asked: unknown[]) => boolean = () => true,
): T =>
  new Proxy(collection, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...asked: unknown[]) => {
        if (name === method && where(asked)) throw new Error('no primary');
        return value.apply(target, asked);
      };
    },
  });

describe("a carrier's daily cap", () => {
  let harness: CapsHarness;
  before(async () => {
    harness = await openCapsHarness(testPeople('171'));
  });
  beforeEach(async () => {
    await harness.clear();
    harness.sender = () => BRANDED;
  });
  after(() => harness.close());

  const on = async (carrier: string | null) => {
    const holder = await harness.addPerson();
    const facts = { at: new Date(), source: 'twilio-lookup' as const, valid: true, line: 'mobile' as const };
    if (carrier !== null)
      await noteVerified(harness.store, holder.id, { ...facts, untold: null, carrier, run: null });
    return holder;
  };
  const states = (ids: readonly string[]): Promise<string[]> =>
    Promise.all(ids.map(async (id) => (await harness.row(id)).state));

  it('lets leave what fits, and keeps the rest for its next day, with the reason', async () => {
    const holders = await Promise.all([1, 2, 3].map(() => on('T-Mobile USA, Inc.')));
    const ids: string[] = [];
    for (const holder of holders) ids.push(await harness.plan(holder, { parts: 400 }));
    const now = new Date();
    await harness.serve(now);
    expect((await states(ids)).sort()).to.deep.equal(['accepted', 'accepted', 'planned']);
    const rows = await Promise.all(ids.map((id) => harness.row(id)));
    const late = rows.find(({ state }) => state === 'planned');
    expect(late?.dueAt.getTime()).to.be.greaterThan(now.getTime());
    expect(late && deliverySentence(late, now)).to.match(
      /: our brand has sent the 1000 parts that t-mobile takes from it in a day\.$/,
    );
    await harness.serve(late?.dueAt ?? now);
    expect((await harness.row(late?._id ?? '')).state).to.equal('accepted');
  });

  it('ends at once messages that would wait past their own time, with the reason', async () => {
    const [first, second] = [await on('T-Mobile'), await on('T-Mobile')];
    await harness.plan(first, { parts: 1000 });
    await harness.serve();
    const now = new Date();
    const id = await harness.plan(second, { validUntil: new Date(now.getTime() + 1000) });
    await harness.serve(now);
    const row = await harness.row(id);
    expect([row.state, row.decision?.reasons, row.open]).to.deep.equal(['expired', ['too-late'], undefined]);
    expect(deliverySentence(row, now)).to.match(
      /^Not sent: its validity ended .* our brand had sent the 1000/,
    );
  });

  it('leaves room for a shorter message beside one that does not fit', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => on('Metro by T-Mobile')));
    if (first === undefined || second === undefined || third === undefined) throw new Error('people');
    const big = await harness.plan(first, { parts: 700 });
    await harness.serve();
    const [tooBig, small] = [
      await harness.plan(second, { parts: 301 }),
      await harness.plan(third, { parts: 300 }),
    ];
    await harness.serve();
    expect(await states([big, tooBig, small])).to.deep.equal(['accepted', 'planned', 'accepted']);
  });

  it('gives back what a message that did not fit had taken, for a shorter one of a later batch', async () => {
    const [first, second, third] = [await on('T-Mobile'), await on('T-Mobile'), await on('T-Mobile')];
    const big = await harness.plan(first, { parts: 700 });
    await harness.serve();
    const tooBig = await harness.plan(second, { parts: 301 });
    await harness.serve();
    const small = await harness.plan(third, { parts: 300 });
    await harness.serve();
    expect(await states([big, tooBig, small])).to.deep.equal(['accepted', 'planned', 'accepted']);
  });

  it('counts a message once, however often the carrier turns it away', async () => {
    const id = await harness.plan(await on('T-Mobile'), { parts: 400 });
    harness.turnedAway = 4;
    await harness.serve(new Date(Date.now() + 60_000));
    expect([(await harness.row(id)).state, harness.handedOver.length]).to.deep.equal(['accepted', 5]);
    const count = await harness.store.senderStates.findOne({ _id: /^cap / });
    expect(count?.pace).to.include({ used: 400 });
  });

  const used = async (): Promise<unknown[]> =>
    (await harness.store.senderStates.find({ _id: /^cap / }).toArray()).map(({ pace }) => pace?.used);

  it('gives back what a failed batch had taken, and its messages are counted when they come again', async () => {
    const { store } = harness;
    const [big, small] = [await on('T-Mobile'), await on('T-Mobile')];
    const ids = [await harness.plan(big, { parts: 700 }), await harness.plan(small, { parts: 400 })];
    harness.store = { ...store, deliveries: failing(store.deliveries, 'bulkWrite') };
    const failed = await harness.serve().catch((error: Error) => error.message);
    harness.store = store;
    expect([failed, await states(ids), await used()]).to.deep.equal([
      'no primary',
      ['planned', 'planned'],
      [0],
    ]);
    await harness.serve(new Date(Date.now() + 60_000));
    expect((await states(ids)).sort()).to.deep.equal(['accepted', 'planned']);
  });

  it('gives back the count of one cap when the count of another failed', async () => {
    const rows = ['fernway', 'another'].map((brand) => ({
      ...{ _id: brand, sender: brand, class: 'marketing' as const, parts: 3 },
    }));
    const { store } = harness;
    const senderStates = failing(store.senderStates, 'findOneAndUpdate', ([filter]) =>
      JSON.stringify(filter).includes('another'),
    );
    const sender = (id: string): Sender => ({ ...BRANDED, brand: { id, tier: 'sole-proprietor' } });
    const going = rows.map((row) => ({ row, carrier: 'T-Mobile' }));
    const failed = await reserveDailyCaps(
      { store: { ...store, senderStates }, sender },
      going,
      new Date(),
    ).catch((error: Error) => error.message);
    expect([failed, await used()]).to.deep.equal(['no primary', [0]]);
  });

  it('never delays a reply', async () => {
    const [first, second] = [await on('T-Mobile USA, Inc.'), await on('T-Mobile USA, Inc.')];
    await harness.plan(first, { parts: 1000 });
    await harness.serve();
    const help = await harness.plan(second, {
      class: 'reply',
      lane: '0-answers',
      answers: { sid: 'SM1', receivedAt: new Date() },
    });
    const offer = await harness.plan(second);
    await harness.serve();
    expect(await states([help, offer])).to.deep.equal(['accepted', 'planned']);
  });

  for (const [who, carrier, sender, uncounted] of [
    ['people of other carriers', 'Verizon Wireless', BRANDED, 0],
    ['people whose carrier nobody looked up, and tells of them', null, BRANDED, 2700],
    ['short codes', null, { ...BRANDED, kind: 'short-code' }, 0],
  ] as [string, string | null, Sender, number][]) {
    it(`does not bind ${who}`, async () => {
      harness.sender = () => sender;
      const ids: string[] = [];
      for (let at = 0; at < 3; at += 1) ids.push(await harness.plan(await on(carrier), { parts: 900 }));
      await harness.serve();
      expect(new Set(await states(ids))).to.deep.equal(new Set(['accepted']));
      expect(await harness.store.senderStates.countDocuments({ _id: /^cap / })).to.equal(0);
      expect(harness.uncounted).to.equal(uncounted);
    });
  }

  it("knows a network by the names of its brands, and leaves other carriers' names as they are", () => {
    const names: [string, string][] = [
      ['T-Mobile USA, Inc.', 't-mobile'],
      ['MetroPCS', 't-mobile'],
      ['Metro PCS', 't-mobile'],
      ['Sprint Spectrum, L.P.', 't-mobile'],
      ['Blueprinting Sprinters LLC', 'blueprinting sprinters llc'],
      ['Cellco Partnership DBA Verizon Wireless', 'verizon'],
      ['AT&T Wireless', 'at&t'],
      ['Bell Mobility', 'bell mobility'],
    ];
    for (const [name, network] of names) expect(networkOf(name), name).to.equal(network);
  });
});
