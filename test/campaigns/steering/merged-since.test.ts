import { expect } from 'chai';
import { editCampaign, rerenderMessages } from '../../../src/campaigns/editing.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const HEARD = new Date('2026-11-30T12:00:00Z');
const LATER = new Date('2026-12-01T13:00:00Z');

describe('an edit of a campaign with messages on two numbers that were merged since', () => {
  let harness: CampaignHarness;
  let both: string[];
  before(async () => {
    harness = await startCampaignHarness('150');
    harness.setClock('2026-12-01T12:00:00Z');
    both = [await harness.addPerson(), await harness.addPerson()].sort();
  });
  after(() => harness.stop());
  afterEach(() =>
    harness.store.contacts.updateMany(
      {},
      { $unset: { personId: '', repliedAt: '' }, $set: { 'subscriptions.0.state': 'subscribed' } },
    ),
  );

  const change = (at: 0 | 1, $set: Partial<ContactDoc>) =>
    harness.store.contacts.updateOne({ _id: both[at] ?? '' }, { $set });
  /** Planned while they were two, and edited now that they are one. */
  const edited = async (id: string): Promise<void> => {
    await harness.startDraft(id);
    await harness.planUntilComplete(id);
    await harness.stopPlanning();
    await harness.store.contacts.updateMany({ _id: { $in: both } }, { $set: { personId: 'p_one' } });
    await changeState(harness.contexts[0], id, 'pause');
    const order = { words: false, deadline: new Date('2026-12-05T12:00:00Z'), by: 'a key', note: 'an end' };
    await editCampaign(harness.contexts[0], id, order);
  };
  const rewritten = async (id: string): Promise<(string | undefined)[]> => {
    await rerenderMessages(harness.contexts[0], await harness.find(id), () => true);
    expect((await harness.find(id)).stale).to.equal(false);
    const rows = await harness.store.deliveries.find({ campaign: id }).toArray();
    return both.map((id) => {
      const row = rows.find(({ contact }) => contact === id);
      return row?.decision?.reasons.join() ?? row?.state;
    });
  };

  it('leaves the message on the number heard last, and the other says why', async () => {
    await change(1, { repliedAt: HEARD });
    await edited('heard');
    expect(await rewritten('heard')).to.deep.equal(['same-person', 'planned']);
  });

  it('leaves the message on the number that was written anew first, whatever they text between two slices', async () => {
    await change(0, { repliedAt: HEARD });
    await edited('sliced');
    await harness.store.deliveries.updateOne(
      { campaign: 'sliced', contact: both[0] ?? '' },
      { $set: { edition: 1 } },
    );
    await change(1, { repliedAt: LATER });
    expect(await rewritten('sliced')).to.deep.equal(['planned', 'same-person']);
  });

  it('leaves the message on the number that may still get it', async () => {
    await change(1, { repliedAt: HEARD });
    await edited('lapsed');
    await harness.store.contacts.updateOne(
      { _id: both[1] ?? '' },
      { $set: { 'subscriptions.0.state': 'expired' } },
    );
    const [first, second] = await rewritten('lapsed');
    expect([first, second === 'planned']).to.deep.equal(['planned', false]);
  });

  it('cancels the message on one number when the other has left', async () => {
    await edited('gone');
    const of = { campaign: 'gone', contact: both[1] ?? '' };
    await harness.store.deliveries.updateOne(of, { $set: { state: 'sent' } });
    expect(await rewritten('gone')).to.deep.equal(['same-person', 'sent']);
  });
});
