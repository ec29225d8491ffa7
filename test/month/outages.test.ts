import { expect } from 'chai';
import { outagesByDay } from '../../scripts/month/outages.ts';
import { findIncidents } from '../../src/receipts/incidents.ts';
import { type BounceHarness, daysAgo, openBounceHarness } from '../receipts/hygiene/bounce-harness.ts';

const MANY = 24;

describe('the outages of a simulated month', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness();
    const people: string[] = [];
    for (let at = 0; at < MANY; at += 1) people.push(await ground.addPerson());
    for (const [at, person] of people.entries()) {
      const network = at < MANY / 2 ? 'Coastal' : 'Vela';
      await ground.addMessages(person, '30 ok, 3 30003, 2 ok', { network });
    }
    for (const person of people.slice(0, 3)) await ground.addMessages(person, '1 30003, 3 30007');
    await findIncidents(ground.context);
  });
  after(() => ground.close());

  it('are counted on the day on which they began, and each failure once', async () => {
    expect(await ground.gateway.store.incidents.countDocuments({})).to.equal(3);
    const date = daysAgo(3).toISOString().slice(0, 10);
    expect([...(await outagesByDay(ground.context, daysAgo(31)))]).to.deep.equal([
      [date, { incidents: 3, frozen: MANY }],
    ]);
  });
});
