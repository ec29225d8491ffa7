import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const HEARD = new Date('2026-11-30T12:00:00Z');
const LATER = new Date('2026-12-01T13:00:00Z');

describe('an edit of a campaign of which somebody has a message on both of their numbers, merged since', () => {
  let rig: CampaignHarness;
  let both: string[];
  before(async () => {
    rig = await startCampaignHarness('150');
    rig.setClock('2026-12-01T12:00:00Z');
    both = [await rig.addPerson(), await rig.addPerson()].sort();
  });
  after(() => rig.stop());
  afterEach(() =>
    rig.store.contacts.updateMany(
      {},
      { $unset: { personId: '', repliedAt: '' }, $set: { 'subscriptions.0.state': 'subscribed' } },
    ),
  );

  const change = (at: 0 | 1, $set: Partial<ContactDoc>) =>
    rig.store.contacts.updateOne({ _id: both[at] ?? '' }, { $set });
  /** Planned while they were two, and edited now that they are one. */
  const edited = async (id: string): Promise<void> => {
    await rig.startDraft(id);
    await rig.planUntilComplete(id);
    await rig.stopPlanning();
    await rig.store.contacts.updateMany({ _id: { $in: both } }, { $set: { personId: 'p_one' } });
    await changeState(rig.contexts[0], id, 'pause');
    const order = { words: false, deadline: new Date('2026-12-05T12:00:00Z'), by: 'a key', note: 'an end' };
    await editCampaign(rig.contexts[0], id, order);
  };
  const rewritten = async (id: string): Promise<(string | undefined)[]> => {
    await rerenderMessages(rig.contexts[0], await rig.find(id), () => true);
    expect((await rig.find(id)).stale).to.equal(false);
    const rows = await rig.store.deliveries.find({ campaign: id }).toArray();
    return both.map((id) => {
      const row = rows.find(({ contact }) => contact === id);
      return row?.decision?.reasons.join() ?? row?.state;
    });
  };

  it('leaves it on the number that was heard last, and the other says why', async () => {
    await change(1, { repliedAt: HEARD });
    await edited('heard');
    expect(await rewritten('heard')).to.deep.equal(['same-person', 'planned']);
  });

  it('leaves it on the one that was written anew already, whatever they text between two slices', async () => {
    await change(0, { repliedAt: HEARD });
    await edited('sliced');
    await rig.store.deliveries.updateOne(
      { campaign: 'sliced', contact: both[0] ?? '' },
      { $set: { edition: 1 } },
    );
    await change(1, { repliedAt: LATER });
    expect(await rewritten('sliced')).to.deep.equal(['planned', 'same-person']);
  });

  it('leaves it on the one that may still get it', async () => {
    await change(1, { repliedAt: HEARD });
    await edited('lapsed');
    await rig.store.contacts.updateOne(
      { _id: both[1] ?? '' },
      { $set: { 'subscriptions.0.state': 'expired' } },
    );
    const [first, second] = await rewritten('lapsed');
    expect([first, second === 'planned']).to.deep.equal(['planned', false]);
  });

  it('takes it from the one where the other has left', async () => {
    await edited('gone');
    const of = { campaign: 'gone', contact: both[1] ?? '' };
    await rig.store.deliveries.updateOne(of, { $set: { state: 'sent' } });
    expect(await rewritten('gone')).to.deep.equal(['same-person', 'sent']);
  });
});
