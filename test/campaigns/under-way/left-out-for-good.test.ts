import { expect } from 'chai';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { campaignRowId } from '../../../src/store/campaigns/messages.ts';
import { bareRow } from '../../receipts/rows.ts';
import { until } from '../../support/gateway.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('a segment that leaves out whoever got another campaign', () => {
  let rig: SendHistoryHarness;
  before(async () => {
    rig = await startSendHistoryHarness('164');
  });
  after(() => rig.stop());
  afterEach(async () => {
    await rig.clearAll();
    await rig.store.contacts.updateMany({}, { $unset: { personId: '' } });
  });

  /** The first of them got it, and it is over and noted. */
  const got = async (id: string) => {
    await rig.startWith(id, {}, rig.only(0));
    await rig.planUntilComplete(id);
    await rig.markAllAccepted(id);
    await until(`campaign ${id} is finished`, async () => (await rig.find(id)).state === 'finished');
    await rig.recordHistory();
  };
  const merge = () =>
    rig.store.contacts.updateMany({ _id: { $in: rig.people } }, { $set: { personId: 'p_both' } });
  const forget = (at: number) =>
    rig.store.contacts.updateOne(
      { _id: rig.people[at] ?? '' },
      {
        $set: {
          sends: Array.from({ length: 20 }, (_, nth) => ({
            ...{ campaign: `newer-${nth}`, at: rig.now(), delivered: true },
          })),
        },
      },
    );
  const whoGets = async (id: string, segment: Tree): Promise<string[]> => {
    await rig.startWith(id, {}, segment);
    return [...(await rig.planUntilComplete(id)).keys()];
  };
  const why = async (id: string, at: number) => {
    const { clauses } = await whyOf(rig.contexts[0], await rig.find(id), rig.people[at] ?? '');
    return clauses.map(({ how }) => how);
  };

  it('leaves out every number of the person while the other campaign is under way', async () => {
    rig.setClock('2026-12-06T14:00:00Z');
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await merge();
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([]);
    expect(await why('rest', 1)).to.deep.equal(['leaves-out']);
  });

  it('leaves out every number of the person once the other campaign is over', async () => {
    rig.setClock('2026-12-06T15:00:00Z');
    await got('first');
    await merge();
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([]);
    expect(await why('rest', 1)).to.deep.equal(['leaves-out']);
  });

  it('leaves the person out though twenty newer sends stand on their contact', async () => {
    rig.setClock('2026-12-06T16:00:00Z');
    await got('first');
    await forget(0);
    expect(await whoGets('rest', whoGotNoneOf('first'))).to.deep.equal([rig.people[1]]);
    expect(await why('rest', 0)).to.deep.equal(['leaves-out']);
  });

  it('leaves out whoever got any run of a recurrence', async () => {
    rig.setClock('2026-12-06T17:00:00Z');
    await rig.saveDrafts('weekly');
    const repeat = { every: 'week' } as never;
    await rig.store.campaigns.updateOne({ _id: 'weekly' }, { $set: { repeat } });
    const [contact = ''] = rig.people;
    const { index } = (await rig.store.contacts.findOne({ _id: contact })) ?? { index: '' };
    const campaign = 'weekly.2511301700';
    const { open: _open, ...row } = bareRow({ contact, index, campaign, state: 'delivered' });
    await rig.store.deliveries.insertOne({ ...row, _id: campaignRowId(campaign, index) });
    await forget(0);
    expect(await whoGets('rest', whoGotNoneOf('weekly'))).to.deep.equal([rig.people[1]]);
    expect(await why('rest', 0)).to.deep.equal(['leaves-out']);
  });
});
