import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import type { DeliveryDoc } from '../../src/store/deliveries.ts';
import type { Holder } from '../../src/store/holder.ts';
import { cast } from '../support/people.ts';
import { type CapsRig, openCapsRig } from './caps-rig.ts';

/** Races for the last place, and people in each; two dispatchers of two senders want it for each of them. */
const RACES = 20;
const PEOPLE = 4;

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1_000_000);

describe(`caps: two dispatchers want the last place, ASSENT_SEED=${seed}`, () => {
  let rig: CapsRig;
  before(async () => {
    rig = await openCapsRig(cast('133'));
  });
  after(() => rig.close());
  let state = seed;
  const draw = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };

  /** Someone in both programs who had two of three today, and one more message from each. */
  const inBoth = async (): Promise<{ holder: Holder; ids: string[] }> => {
    const holder = await rig.someone();
    const stylist = { program: 'stylist', topics: ['looks'] };
    const [deals] = (await rig.store.contacts.findOne({ _id: holder.id }))?.subscriptions ?? [];
    if (deals === undefined) throw new Error('they are in no program');
    const subscriptions = [deals, { ...deals, ...stylist }];
    await rig.store.contacts.updateOne({ _id: holder.id }, { $set: { subscriptions } });
    await rig.had(holder, 20, { topic: 'news' });
    await rig.had(holder, 10, { topic: 'news' });
    const looks: Partial<DeliveryDoc> = {
      program: 'stylist',
      topic: 'looks',
      sender: SENDERS.stylist.number,
    };
    return { holder, ids: [await rig.plan(holder), await rig.plan(holder, looks)] };
  };
  /** Both dispatchers at once, each a few ms early or late. */
  const race = async (now: Date): Promise<void> => {
    const run = async (sender: (typeof SENDERS)['shop']): Promise<void> => {
      for (let turns = Math.floor(draw() * 12); turns > 0; turns -= 1) await new Promise(setImmediate);
      await rig.serve(now, sender);
    };
    await Promise.all([run(SENDERS.shop), run(SENDERS.stylist)]);
  };

  it('never both get it, one of them does, and the other waits for the window', async () => {
    let gaveWay = 0;
    for (let at = 0; at < RACES; at += 1) {
      const people = await Promise.all(Array.from({ length: PEOPLE }, inBoth));
      const ids = people.flatMap((one) => one.ids);
      await race(new Date());
      const back = new Set<string>();
      for (const row of await rig.store.deliveries.find({ _id: { $in: ids }, state: 'planned' }).toArray()) {
        if (row.cappedBy !== undefined) continue;
        if (back.has(row.contact)) gaveWay += 1;
        back.add(row.contact);
      }
      // Whoever gave way to a rival comes back: the lower id within half a second, the other within five.
      for (const ms of [600, 6000, 12_000]) await race(new Date(Date.now() + ms));
      for (const one of people) {
        const went = one.ids.filter((id) => rig.handed.includes(id));
        expect(went, `race ${at}`).to.have.length(1);
        const [left = ''] = one.ids.filter((id) => !went.includes(id));
        const row = await rig.row(left);
        expect([row.state, row.cappedBy?.by], `race ${at}`).to.deep.equal(['planned', 'overall']);
      }
    }
    expect(rig.handed).to.have.length(RACES * PEOPLE);
    console.log(`      ${RACES * PEOPLE} races, in ${gaveWay} of which both gave way at first`);
  });
});
