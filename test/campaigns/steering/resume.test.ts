import { expect } from 'chai';
import { resumeCampaign } from '../../../src/campaigns/lifecycle.ts';
import { asRefusal } from '../../../src/consent/command-refused.ts';
import type { AutoPause } from '../../../src/domain/campaigns/auto-pause.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

describe('a campaign that was paused automatically', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('153');
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.addPerson();
  });
  after(() => harness.stop());

  const resume = (note: string | null) =>
    resumeCampaign(harness.contexts[0], 'spammy', { by: 'a key', note }).catch(asRefusal);

  it('says why until it goes on, also when a resumption with a note was refused for another reason', async () => {
    await harness.startDraft('spammy');
    const trip: AutoPause = {
      rule: 'filtered',
      hits: 3,
      of: 20,
      most: 100,
      windowMinutes: 60,
      at: harness.now(),
    };
    const change = { state: 'paused' as const, trip, stale: true };
    await harness.store.campaigns.updateOne({ _id: 'spammy' }, { $set: change });
    harness.setClock('2026-12-01T13:00:00Z');
    expect(await resume('new words'))
      .to.have.property('message')
      .that.contains('being rewritten');
    const refused = await harness.find('spammy');
    expect(refused.trip).to.deep.equal(trip);
    expect(refused).not.to.have.property('acknowledged');
    await harness.store.campaigns.updateOne({ _id: 'spammy' }, { $set: { stale: false } });
    expect(await resume(null)).to.have.property('field', 'note');
    const seen = { by: 'a key', at: harness.now(), note: 'new words', trip };
    expect(await resume('new words')).to.deep.include({
      ...{ state: 'scheduled', trip: null, watchedFrom: harness.now(), acknowledged: [seen] },
    });
  });
});
