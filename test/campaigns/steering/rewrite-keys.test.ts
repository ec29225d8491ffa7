import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { monitorPoller } from '../../../src/campaigns/worker/monitor.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { HOUR_MS } from '../../../src/domain/durations.ts';
import type { KeyRing } from '../../../src/store/sealing/keys.ts';
import { bareRow } from '../../receipts/rows.ts';
import { until } from '../../support/gateway.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { pollAlone } from '../poll-alone.ts';

const OTHER: KeyRing = { active: 'k2', keys: new Map([['k2', randomBytes(32)]]) };

describe('messages that are written anew after an edit', () => {
  let rig: CampaignHarness;
  let contact: string;
  const errors: unknown[] = [];
  const told: object[] = [];
  before(async () => {
    rig = await startCampaignHarness('136');
    contact = await rig.addPerson();
  });
  after(() => rig.stop());
  beforeEach(async () => {
    told.length = 0;
    await rig.startDraft('edited');
    await rig.store.deliveries.insertOne(bareRow({ campaign: 'edited', state: 'planned', contact }));
    const over = { state: 'paused' as const, edition: 1, stale: true, 'plan.complete': true };
    await rig.store.campaigns.updateOne({ _id: 'edited' }, { $set: over });
  });
  afterEach(async () => {
    expect(errors.splice(0)).to.deep.equal([]);
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
  });

  const tend = (over: Partial<AppContext> = {}) => {
    const log = { ...rig.contexts[0].log, error: (fields: object) => told.push(fields) };
    const context = { ...rig.contexts[0], log, ...over };
    return pollAlone(monitorPoller(context, (error) => errors.push(error)));
  };
  const row = async () => {
    const found = await rig.store.deliveries.findOne({ campaign: 'edited' });
    return [found?.state, found?.edition, found?.decision?.reasons];
  };

  it('are left by a process without the keys of their people to one that has them', async () => {
    const keyless = tend({ ring: OTHER });
    await until(
      'the process without keys has had a turn',
      async () => told.length > 0 || (await row())[0] === 'skipped',
    );
    await keyless.stop();
    expect([await row(), told]).to.deep.equal([
      ['planned', undefined, undefined],
      [{ campaign: 'edited', messages: 1 }],
    ]);
    expect((await rig.find('edited')).stale).to.equal(true);
    // Whoever could not read them looks again later.
    rig.setClock(new Date(rig.now().getTime() + HOUR_MS).toISOString());
    const next = tend();
    await until('the messages are written anew', async () => (await rig.find('edited')).stale === false);
    await next.stop();
    expect(await row()).to.deep.equal(['planned', 1, undefined]);
  });

  it('end for people whose key is lost for good', async () => {
    await rig.store.contacts.updateOne({ _id: contact }, { $set: { 'keys.profile.by': 'k-lost' } });
    const mark = { _id: 'key ring k-lost', at: new Date(), value: 'lost' };
    await rig.store.marks.insertOne(mark);
    const tending = tend();
    await until('the messages are written anew', async () => (await rig.find('edited')).stale === false);
    await tending.stop();
    expect(await row()).to.deep.equal(['skipped', undefined, ['no-text']]);
    expect(told).to.deep.equal([]);
  });

  it('end for people whom no key opens any more', async () => {
    const keys = { profile: null, evidence: null };
    await rig.store.contacts.updateOne({ _id: contact }, { $set: { keys } });
    const tending = tend();
    await until('the messages are written anew', async () => (await rig.find('edited')).stale === false);
    await tending.stop();
    expect(await row()).to.deep.equal(['skipped', undefined, ['no-text']]);
    expect(told).to.deep.equal([]);
  });
});
