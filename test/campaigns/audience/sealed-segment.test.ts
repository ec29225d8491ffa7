import { expect } from 'chai';
import { resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import type { Start } from '../../../src/campaigns/start.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { CommandRefused } from '../../../src/consent/command-refused.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const WHY =
  '“Second mail” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it. ' +
  'Cancel the campaign, and draft it again with another segment.';

describe('a campaign whose segment asks a field that was sealed after its start', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('146');
    await harness.addPerson();
    harness.setClock('2026-12-01T14:00:00Z');
    const field = { type: 'text' as const, label: 'Second mail', identifies: 'mailbox' as const, used: true };
    await harness.store.contactFields.insertOne({ _id: 'second_mail', ...field });
  });
  after(() => harness.stop());

  /** Starts a campaign while the field is not sealed. Its segment leaves out staff. */
  const started = async (id: string, order: Partial<Start>) => {
    await harness.startDraft(id, order);
    const segment = {
      kind: 'none',
      of: [{ kind: 'field', name: 'second_mail', test: { kind: 'starts-with', value: 'staff' } }],
    };
    await harness.store.campaigns.updateOne({ _id: id }, { $set: { 'frozen.segment': segment } } as never);
  };
  const pausedUnread = async (id: string) => {
    await harness.planUntilPaused(id);
    expect((await harness.find(id)).halted?.why).to.equal(WHY);
    expect(await harness.store.deliveries.countDocuments({ campaign: id })).to.equal(0);
  };

  it('is paused with the reason and goes to nobody', async () => {
    await started('once', { at: new Date('2026-12-01T14:30:00Z') });
    harness.setClock('2026-12-01T14:31:00Z');
    await pausedUnread('once');
    const resumed = resumeCampaign(harness.contexts[0], 'once', { by: 'a key', note: null });
    const refused = await resumed.catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CommandRefused);
    expect((refused as Error).message).to.equal(WHY);
  });

  it('is paused at each of its times when it is a recurrence', async () => {
    await started('daily', { repeat: { cron: '0 10 * * *', validMs: null, until: null } });
    harness.setClock('2026-12-01T15:00:30Z');
    await makeDueRuns(harness.contexts[0]);
    await pausedUnread('daily.2612011500');
  });
});
