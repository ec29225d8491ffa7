import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { testPeople } from '../../support/people.ts';
import { type CapsHarness, openCapsHarness } from './caps-harness.ts';

/** Races for the last place, and people in each; two dispatchers of two senders want it for each of them. */
const RACES = 20;
const PEOPLE = 4;

/** Two messages of one person, of whom one may go. */
type Racer = { ids: string[] };

const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1_000_000);

describe(`caps: two dispatchers want the last place, ASSENT_SEED=${seed}`, () => {
  let harness: CapsHarness;
  before(async () => {
    harness = await openCapsHarness(testPeople('133'));
  });
  after(() => harness.close());
  let state = seed;
  const draw = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };

  const LOOKS: Partial<DeliveryDoc> = { program: 'stylist', topic: 'looks', sender: SENDERS.stylist.number };
  const subscribe = async (
    holder: OpenContact,
    with_: { deals: boolean },
    personId?: string,
  ): Promise<void> => {
    const stylist = { program: 'stylist', topics: ['looks'] };
    const [deals] = (await harness.store.contacts.findOne({ _id: holder.id }))?.subscriptions ?? [];
    if (deals === undefined) throw new Error('they are in no program');
    const subscriptions = [...(with_.deals ? [deals] : []), { ...deals, ...stylist }];
    const $set = { subscriptions, ...(personId && { personId }) };
    await harness.store.contacts.updateOne({ _id: holder.id }, { $set });
  };

  /**
   * A person in both programs who got two of three messages today, and one further planned message from each program.
   */
  const inBoth = async (): Promise<Racer> => {
    const holder = await harness.addPerson();
    await subscribe(holder, { deals: true });
    await harness.addSent(holder, 20, { topic: 'news' });
    await harness.addSent(holder, 10, { topic: 'news' });
    return { ids: [await harness.plan(holder), await harness.plan(holder, LOOKS)] };
  };
  /** The same with two numbers, each in one of the programs, that were merged. */
  const withTwoNumbers = async (): Promise<Racer> => {
    const [first, other] = [await harness.addPerson(), await harness.addPerson()];
    const personId = `p_${first.id.slice(2)}`;
    await subscribe(other, { deals: false }, personId);
    await harness.store.contacts.updateOne({ _id: first.id }, { $set: { personId } });
    await harness.addSent(first, 20, { topic: 'news' });
    await harness.addSent(other, 10, LOOKS);
    return { ids: [await harness.plan(first), await harness.plan(other, LOOKS)] };
  };
  /** Lets both dispatchers run at once, each a few ms early or late. */
  const race = async (now: Date): Promise<void> => {
    const run = async (sender: (typeof SENDERS)['shop']): Promise<void> => {
      for (let turns = Math.floor(draw() * 12); turns > 0; turns -= 1) await new Promise(setImmediate);
      await harness.serve(now, sender);
    };
    await Promise.all([run(SENDERS.shop), run(SENDERS.stylist)]);
  };

  const neverBoth = async (races: number, make: () => Promise<Racer>): Promise<void> => {
    let gaveWay = 0;
    const before = harness.handedOver.length;
    for (let at = 0; at < races; at += 1) {
      const people = await Promise.all(Array.from({ length: PEOPLE }, make));
      await race(new Date());
      for (const { ids } of people) {
        const rows = await Promise.all(ids.map(harness.row));
        if (rows.every((row) => row.state === 'planned' && row.cappedBy === undefined)) gaveWay += 1;
      }
      // A row that gave way comes back: the lower id within half a second, the other within five.
      for (const ms of [600, 6000, 12_000]) await race(new Date(Date.now() + ms));
      for (const { ids } of people) {
        const went = ids.filter((id) => harness.handedOver.includes(id));
        expect(went, `race ${at}`).to.have.length(1);
        const [left = ''] = ids.filter((id) => !went.includes(id));
        const row = await harness.row(left);
        expect([row.state, row.cappedBy?.by], `race ${at}`).to.deep.equal(['planned', 'overall']);
      }
    }
    expect(harness.handedOver).to.have.length(before + races * PEOPLE);
    console.log(`      ${races * PEOPLE} races, in ${gaveWay} of which both gave way at first`);
  };

  it('never both get it: one does, and the other waits for the window', () => neverBoth(RACES, inBoth));
  it('never both get it for two numbers of one person', () => neverBoth(RACES / 4, withTwoNumbers));
});
