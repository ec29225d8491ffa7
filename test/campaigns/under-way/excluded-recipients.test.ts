import { expect } from 'chai';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { campaignRowId } from '../../../src/store/campaigns/messages.ts';
import { bareRow } from '../../receipts/rows.ts';
import { until } from '../../support/gateway.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('a segment that leaves out whoever got another campaign', () => {
  let harness: SendHistoryHarness;
  before(async () => {
    harness = await startSendHistoryHarness('164');
  });
  after(() => harness.stop());
  afterEach(async () => {
    await harness.clearAll();
    await harness.store.contacts.updateMany({}, { $unset: { personId: '' } });
  });

  /** The first person gets the campaign, which is then over with its send history recorded. */
  const got = async (id: string) => {
    await harness.startWith(id, {}, harness.only(0));
    await harness.planUntilComplete(id);
    await harness.markAllAccepted(id);
    await until(`campaign ${id} is finished`, async () => (await harness.find(id)).state === 'finished');
    await harness.recordHistory();
  };
  const merge = () =>
    harness.store.contacts.updateMany({ _id: { $in: harness.people } }, { $set: { personId: 'p_both' } });
  const forget = (at: number) =>
    harness.store.contacts.updateOne(
      { _id: harness.people[at] ?? '' },
      {
        $set: {
          sends: Array.from({ length: 20 }, (_, nth) => ({
            ...{ campaign: `newer-${nth}`, at: harness.now(), delivered: true },
          })),
        },
      },
    );
  const whoGets = async (id: string, segment: Tree): Promise<string[]> => {
    await harness.startWith(id, {}, segment);
    return [...(await harness.planUntilComplete(id)).keys()];
  };
  const why = async (id: string, at: number) => {
    const { clauses } = await whyOf(harness.contexts[0], await harness.find(id), harness.people[at] ?? '');
    return clauses.map(({ how }) => how);
  };

  it('leaves out every number of the person while the other campaign is under way', async () => {
    harness.setClock('2026-12-06T14:00:00Z');
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await merge();
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([]);
    expect(await why('rest', 1)).to.deep.equal(['leaves-out']);
  });

  it('leaves out every number of the person once the other campaign is over', async () => {
    harness.setClock('2026-12-06T15:00:00Z');
    await got('first');
    await merge();
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([]);
    expect(await why('rest', 1)).to.deep.equal(['leaves-out']);
  });

  it('leaves the person out though twenty newer sends stand on their contact', async () => {
    harness.setClock('2026-12-06T16:00:00Z');
    await got('first');
    await forget(0);
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([harness.people[1]]);
    expect(await why('rest', 0)).to.deep.equal(['leaves-out']);
  });

  it('leaves out whoever got any run of a recurrence', async () => {
    harness.setClock('2026-12-06T17:00:00Z');
    await harness.saveDrafts('weekly');
    const repeat = { every: 'week' } as never;
    await harness.store.campaigns.updateOne({ _id: 'weekly' }, { $set: { repeat } });
    const [contact = ''] = harness.people;
    const { index } = (await harness.store.contacts.findOne({ _id: contact })) ?? { index: '' };
    const campaign = 'weekly.2511301700';
    const { open: _open, ...row } = bareRow({ contact, index, campaign, state: 'delivered' });
    await harness.store.deliveries.insertOne({ ...row, _id: campaignRowId(campaign, index) });
    await forget(0);
    expect(await whoGets('rest', whoGotNoneOf('weekly'))).to.deep.equal([harness.people[1]]);
    expect(await why('rest', 0)).to.deep.equal(['leaves-out']);
  });
});
