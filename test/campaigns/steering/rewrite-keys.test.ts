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

describe('messages that are rendered anew after an edit', () => {
  let harness: CampaignHarness;
  let contact: string;
  const errors: unknown[] = [];
  const told: object[] = [];
  before(async () => {
    harness = await startCampaignHarness('136');
    contact = await harness.addPerson();
  });
  after(() => harness.stop());
  beforeEach(async () => {
    told.length = 0;
    await harness.startDraft('edited');
    await harness.store.deliveries.insertOne(bareRow({ campaign: 'edited', state: 'planned', contact }));
    const over = { state: 'paused' as const, edition: 1, stale: true, 'plan.complete': true };
    await harness.store.campaigns.updateOne({ _id: 'edited' }, { $set: over });
  });
  afterEach(async () => {
    expect(errors.splice(0)).to.deep.equal([]);
    await harness.store.campaigns.deleteMany({});
    await harness.store.deliveries.deleteMany({});
  });

  const tend = (over: Partial<AppContext> = {}) => {
    const log = { ...harness.contexts[0].log, error: (fields: object) => told.push(fields) };
    const context = { ...harness.contexts[0], log, ...over };
    return pollAlone(monitorPoller(context, (error) => errors.push(error)));
  };
  const row = async () => {
    const found = await harness.store.deliveries.findOne({ campaign: 'edited' });
    return [found?.state, found?.edition, found?.decision?.reasons];
  };

  it('are left by a process without their keys to one that has them', async () => {
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
    expect((await harness.find('edited')).stale).to.equal(true);
    // The process without the keys retries later.
    harness.setClock(new Date(harness.now().getTime() + HOUR_MS).toISOString());
    const next = tend();
    await until('the messages are written anew', async () => (await harness.find('edited')).stale === false);
    await next.stop();
    expect(await row()).to.deep.equal(['planned', 1, undefined]);
  });

  it('are skipped for people whose key is lost for good', async () => {
    await harness.store.contacts.updateOne({ _id: contact }, { $set: { 'keys.profile.by': 'k-lost' } });
    const mark = { _id: 'key ring k-lost', at: new Date(), value: 'lost' };
    await harness.store.marks.insertOne(mark);
    const tending = tend();
    await until('the messages are written anew', async () => (await harness.find('edited')).stale === false);
    await tending.stop();
    expect(await row()).to.deep.equal(['skipped', undefined, ['no-text']]);
    expect(told).to.deep.equal([]);
  });

  it('are skipped for people whom no key opens any more', async () => {
    const keys = { profile: null, evidence: null };
    await harness.store.contacts.updateOne({ _id: contact }, { $set: { keys } });
    const tending = tend();
    await until('the messages are written anew', async () => (await harness.find('edited')).stale === false);
    await tending.stop();
    expect(await row()).to.deep.equal(['skipped', undefined, ['no-text']]);
    expect(told).to.deep.equal([]);
  });
});
