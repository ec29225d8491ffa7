import { expect } from 'chai';
import { countMissed, type Missed, missedPage } from '../../src/store/campaign-missed.ts';
import type { DeliveryDoc } from '../../src/store/deliveries.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { addSubscriber, cast } from '../support/people.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const CAMPAIGN = 'spring';
const MISSED: Missed = { of: CAMPAIGN, root: CAMPAIGN, unknownToo: false };

/** More than one look takes, who were skipped as they must not be texted. */
const SKIPPED = 12_000;

describe('who missed a campaign', () => {
  let store: Store;
  let missed: string[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    const people = cast('171');
    const holders = await Promise.all(Array.from({ length: 5 }, () => addSubscriber(store, people)));
    const rows = holders.map(({ id: contact, index }, at) =>
      ended(contact, { index, state: at < 3 ? 'expired' : 'delivered' }),
    );
    const decision = { allowed: false as const, reasons: ['opted-out' as const], at: new Date() };
    const others = Array.from({ length: SKIPPED }, (_, at) =>
      ended(`c_${String(at).padStart(6, '0')}`, { state: 'skipped', decision }),
    );
    await store.deliveries.insertMany([...rows, ...others]);
    missed = holders
      .slice(0, 3)
      .map(({ id }) => id)
      .sort();
  });
  after(() => closeTestStore(store));

  const ended = (contact: string, fields: Partial<DeliveryDoc>): DeliveryDoc => {
    const { open: _open, ...row } = bareRow({ contact, campaign: CAMPAIGN, ...fields });
    return row;
  };
  const page = (after: string | null, limit: number) => missedPage(store, MISSED, 'again', { after, limit });

  it('is found among many who must not be texted, in the order of their ids, each once', async () => {
    const found: string[] = [];
    for (let [after, complete]: [string | null, boolean] = [null, false]; !complete; ) {
      const next = await page(after, 2);
      expect(next.people.length).to.be.at.most(2);
      found.push(...next.people.map(({ _id }) => _id));
      ({ to: after, complete } = next);
    }
    expect(found).to.deep.equal(missed);
  });

  it('is counted whole, or as far as is asked', async () => {
    expect(await countMissed(store, MISSED, 'again')).to.equal(3);
    expect(await countMissed(store, MISSED, 'again', 1)).to.be.at.least(1);
  });

  it('is read from an index of those who may have missed it alone', async () => {
    await store.db.command({ profile: 2 });
    await page(null, 500);
    await store.db.command({ profile: 0 });
    const profiled = store.db.collection('system.profile');
    const seen = await profiled.find({ ns: /deliveries$/, 'command.hint': 'not-got' }).toArray();
    expect(seen.length).to.equal(3);
    for (const { keysExamined, nreturned } of seen) expect(keysExamined).to.be.at.most(nreturned + 1);
  });
});
