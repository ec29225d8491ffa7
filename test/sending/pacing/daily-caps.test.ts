import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import type { Sender } from '../../../src/domain/program.ts';
import { networkOf } from '../../../src/domain/sending/carrier-day-limits.ts';
import { deliverySentence } from '../../../src/domain/sending/delivery-sentence.ts';
import { reserveDailyCaps } from '../../../src/sending/daily-caps.ts';
import { noteVerified } from '../../../src/store/contacts/verification.ts';
import { cast } from '../../support/people.ts';
import { type CapsRig, openCapsRig } from './caps-rig.ts';

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
  let rig: CapsRig;
  before(async () => {
    rig = await openCapsRig(cast('171'));
  });
  beforeEach(async () => {
    await rig.clear();
    rig.sender = () => BRANDED;
  });
  after(() => rig.close());

  const on = async (carrier: string | null) => {
    const holder = await rig.someone();
    const facts = { at: new Date(), source: 'twilio-lookup' as const, valid: true, line: 'mobile' as const };
    if (carrier !== null)
      await noteVerified(rig.store, holder.id, { ...facts, untold: null, carrier, run: null });
    return holder;
  };
  const states = (ids: readonly string[]): Promise<string[]> =>
    Promise.all(ids.map(async (id) => (await rig.row(id)).state));

  it('lets go what fits, and keeps the rest for its next day, with the reason', async () => {
    const holders = await Promise.all([1, 2, 3].map(() => on('T-Mobile USA, Inc.')));
    const ids: string[] = [];
    for (const holder of holders) ids.push(await rig.plan(holder, { parts: 400 }));
    const now = new Date();
    await rig.serve(now);
    expect((await states(ids)).sort()).to.deep.equal(['accepted', 'accepted', 'planned']);
    const rows = await Promise.all(ids.map((id) => rig.row(id)));
    const late = rows.find(({ state }) => state === 'planned');
    expect(late?.dueAt.getTime()).to.be.greaterThan(now.getTime());
    expect(late && deliverySentence(late, now)).to.match(
      /: our brand has sent the 1000 parts that t-mobile takes from it in a day\.$/,
    );
    await rig.serve(late?.dueAt ?? now);
    expect((await rig.row(late?._id ?? '')).state).to.equal('accepted');
  });

  it('ends at once what would wait for that day past its own time, with the reason', async () => {
    const [first, second] = [await on('T-Mobile'), await on('T-Mobile')];
    await rig.plan(first, { parts: 1000 });
    await rig.serve();
    const now = new Date();
    const id = await rig.plan(second, { validUntil: new Date(now.getTime() + 1000) });
    await rig.serve(now);
    const row = await rig.row(id);
    expect([row.state, row.decision?.reasons, row.open]).to.deep.equal(['expired', ['too-late'], undefined]);
    expect(deliverySentence(row, now)).to.match(
      /^Not sent: its validity ended .* our brand had sent the 1000/,
    );
  });

  it('leaves room for a shorter message beside one that does not fit', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => on('Metro by T-Mobile')));
    if (first === undefined || second === undefined || third === undefined) throw new Error('people');
    const big = await rig.plan(first, { parts: 700 });
    await rig.serve();
    const [tooBig, small] = [await rig.plan(second, { parts: 301 }), await rig.plan(third, { parts: 300 })];
    await rig.serve();
    expect(await states([big, tooBig, small])).to.deep.equal(['accepted', 'planned', 'accepted']);
  });

  it('gives back what one that did not fit had taken, for a shorter message of a later round', async () => {
    const [first, second, third] = [await on('T-Mobile'), await on('T-Mobile'), await on('T-Mobile')];
    const big = await rig.plan(first, { parts: 700 });
    await rig.serve();
    const tooBig = await rig.plan(second, { parts: 301 });
    await rig.serve();
    const small = await rig.plan(third, { parts: 300 });
    await rig.serve();
    expect(await states([big, tooBig, small])).to.deep.equal(['accepted', 'planned', 'accepted']);
  });

  it('counts a message once, however often the carrier turns it away', async () => {
    const id = await rig.plan(await on('T-Mobile'), { parts: 400 });
    rig.busy = 4;
    await rig.serve(new Date(Date.now() + 60_000));
    expect([(await rig.row(id)).state, rig.handed.length]).to.deep.equal(['accepted', 5]);
    const count = await rig.store.senderStates.findOne({ _id: /^cap / });
    expect(count?.pace).to.include({ used: 400 });
  });

  const used = async (): Promise<unknown[]> =>
    (await rig.store.senderStates.find({ _id: /^cap / }).toArray()).map(({ pace }) => pace?.used);

  it('gives back what a round had taken that failed: its messages come again, and are counted then', async () => {
    const { store } = rig;
    const [big, small] = [await on('T-Mobile'), await on('T-Mobile')];
    const ids = [await rig.plan(big, { parts: 700 }), await rig.plan(small, { parts: 400 })];
    rig.store = { ...store, deliveries: failing(store.deliveries, 'bulkWrite') };
    const failed = await rig.serve().catch((error: Error) => error.message);
    rig.store = store;
    expect([failed, await states(ids), await used()]).to.deep.equal([
      'no primary',
      ['planned', 'planned'],
      [0],
    ]);
    await rig.serve(new Date(Date.now() + 60_000));
    expect((await states(ids)).sort()).to.deep.equal(['accepted', 'planned']);
  });

  it('gives back what it counted of one cap where the count of another failed', async () => {
    const rows = ['fernway', 'another'].map((brand) => ({
      ...{ _id: brand, sender: brand, class: 'marketing' as const, parts: 3 },
    }));
    const { store } = rig;
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

  it('never holds an answer', async () => {
    const [first, second] = [await on('T-Mobile USA, Inc.'), await on('T-Mobile USA, Inc.')];
    await rig.plan(first, { parts: 1000 });
    await rig.serve();
    const help = await rig.plan(second, {
      class: 'reply',
      lane: '0-answers',
      answers: { sid: 'SM1', receivedAt: new Date() },
    });
    const offer = await rig.plan(second);
    await rig.serve();
    expect(await states([help, offer])).to.deep.equal(['accepted', 'planned']);
  });

  for (const [who, carrier, sender, uncounted] of [
    ['people of other carriers', 'Verizon Wireless', BRANDED, 0],
    ['people whose carrier nobody looked up, and tells of them', null, BRANDED, 2700],
    ['short codes', null, { ...BRANDED, kind: 'short-code' }, 0],
  ] as [string, string | null, Sender, number][]) {
    it(`does not bind ${who}`, async () => {
      rig.sender = () => sender;
      const ids: string[] = [];
      for (let at = 0; at < 3; at += 1) ids.push(await rig.plan(await on(carrier), { parts: 900 }));
      await rig.serve();
      expect(new Set(await states(ids))).to.deep.equal(new Set(['accepted']));
      expect(await rig.store.senderStates.countDocuments({ _id: /^cap / })).to.equal(0);
      expect(rig.uncounted).to.equal(uncounted);
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
