import { expect } from 'chai';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { type BounceHarness, openBounceHarness } from './bounce-harness.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const NOTHING = { ended: 0, suppressed: 0, restored: 0 };
const TOLL_FREE = '+18005550100';

describe('the bounce sweep of a number that one sender cannot reach', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness({ lookup: true });
    const line = { kind: 'line', type: 'landline', carrier: 'Copper' };
    const landlines = { match: { prefix: '+1305' }, on: 'lookup', effect: line };
    await ground.gateway.sim('PUT', '/sim/behaviours', [landlines]);
  });
  after(() => ground.close());

  it('judges it by failures of another sender since', async () => {
    const [landline, mobile] = [await ground.addPerson('305'), await ground.addPerson('212')];
    for (const contact of [landline, mobile]) {
      await ground.addMessages(contact, '24 21612, 22 21612, 20 21612', { sender: TOLL_FREE });
      await ground.addMessages(contact, '16 ok');
    }
    expect(await sweepBounces(ground.context, FREE)).to.include({ ended: 0, suppressed: 2 });
    for (const contact of [landline, mobile])
      await ground.addMessages(contact, '12 30006, 10 30006, 8 30006');
    expect(await sweepAll(ground.context, FREE)).to.include({ ended: 1, suppressed: 1 });
    expect([await ground.standing(landline), await ground.standing(mobile)]).to.deep.equal([
      `ended not-mobile, suppressed all, suppressed sender:${TOLL_FREE}`,
      `subscribed, suppressed sender:${TOLL_FREE}, suppressed sender:28555`,
    ]);
    expect(await sweepAll(ground.context, FREE)).to.include(NOTHING);
  });

  it('writes all consequences in one run: what an arrival lifts, and what stands for another sender', async () => {
    const contact = await ground.addPerson('212');
    await ground.addMessages(contact, '29 30006, 27 30006, 25 30006', { sender: TOLL_FREE });
    await ground.addMessages(contact, '27 30003, 26 30003, 25 30003');
    expect(await sweepAll(ground.context, FREE)).to.include({ suppressed: 1 });
    expect(await ground.standing(contact)).to.equal('subscribed, suppressed all');
    await ground.addMessages(contact, '24 ok');
    expect(await sweepAll(ground.context, FREE)).to.include({ suppressed: 1, restored: 1 });
    expect(await ground.standing(contact)).to.equal(`subscribed, suppressed sender:${TOLL_FREE}`);
    expect(await sweepAll(ground.context, FREE)).to.include(NOTHING);
  });
});
