import { expect } from 'chai';
import { resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import type { Start } from '../../../src/campaigns/start.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { CommandRefused } from '../../../src/consent/command-refused.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const WHY =
  '“Second mail” holds mailboxes or phone numbers, which are kept sealed; no segment can ask it. ' +
  'Cancel the campaign, and draft it again with another segment.';

describe('a campaign whose frozen segment asks a field that has been sealed since', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('146');
    await rig.someone();
    rig.at('2026-12-01T14:00:00Z');
    const field = { type: 'text' as const, label: 'Second mail', identifies: 'mailbox' as const, used: true };
    await rig.store.contactFields.insertOne({ _id: 'second_mail', ...field });
  });
  after(() => rig.stop());

  /** Started while the field was open; whoever is of the staff is to be left out. */
  const started = async (id: string, order: Partial<Start>) => {
    await rig.start(id, order);
    const segment = {
      kind: 'none',
      of: [{ kind: 'field', name: 'second_mail', test: { kind: 'starts-with', value: 'staff' } }],
    };
    await rig.store.campaigns.updateOne({ _id: id }, { $set: { 'frozen.segment': segment } } as never);
  };
  const pausedUnread = async (id: string) => {
    await rig.paused(id);
    expect((await rig.find(id)).halted?.why).to.equal(WHY);
    expect(await rig.store.deliveries.countDocuments({ campaign: id })).to.equal(0);
  };

  it('is paused, says why, and goes to nobody', async () => {
    await started('once', { at: new Date('2026-12-01T14:30:00Z') });
    rig.at('2026-12-01T14:31:00Z');
    await pausedUnread('once');
    const resumed = resumeCampaign(rig.contexts[0], 'once', { by: 'a key', note: null });
    const refused = await resumed.catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CommandRefused);
    expect((refused as Error).message).to.equal(WHY);
  });

  it('is paused at each of its times where it comes again', async () => {
    await started('daily', { repeat: { cron: '0 10 * * *', validMs: null, until: null } });
    rig.at('2026-12-01T15:00:30Z');
    await makeDueRuns(rig.contexts[0]);
    await pausedUnread('daily.2612011500');
  });
});
