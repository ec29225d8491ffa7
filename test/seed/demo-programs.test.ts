import { expect } from 'chai';
import { DEMO_PROGRAMS, DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import { readPrograms } from '../../src/store/consent/programs.ts';
import { seedPrograms } from '../support/seed-programs.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

describe('the programs of the demo', () => {
  it('are saved as any program is, and one of them keeps legal hours and caps', async () => {
    const { store } = await openTestStore();
    await seedPrograms(store, Object.values(DEMO_SENDERS), DEMO_PROGRAMS);
    const { programs } = await readPrograms(store);
    const free = programs.filter(({ quietHours, capping }) => quietHours === 'off' && capping === 'off');
    expect(free.map(({ id }) => id)).to.have.members(['deals', 'orders', 'stylist']);
    const bound = programs.filter(
      ({ quietHours, capping }) => quietHours === undefined && capping === undefined,
    );
    expect(bound.map(({ id, caps }) => [id, caps])).to.deep.equal([['rewards', [{ count: 2, hours: 168 }]]]);
    await closeTestStore(store);
  });

  it('keep their numbers apart: the one with hours shares none with the phones of the demo', () => {
    const [bound, others] = [['rewards'], ['deals', 'orders']].map((ids) =>
      DEMO_PROGRAMS.filter(({ id }) => ids.includes(id)).flatMap(({ numbers }) => numbers),
    );
    expect(bound).to.deep.equal([DEMO_SENDERS.rewards.number]);
    expect(others).to.not.include.members(bound ?? []);
  });
});
