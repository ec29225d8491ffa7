import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { approveCampaign } from '../../../src/campaigns/approval.ts';
import { costOfCampaign } from '../../../src/campaigns/cost.ts';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { monitorPoller } from '../../../src/campaigns/worker/monitor.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { ROOT } from '../../../src/config.ts';
import { readTemplates } from '../../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../../src/consent/programs/save-program.ts';
import type { Program } from '../../../src/domain/program.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/campaigns.ts';
import { findContact } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import { type DeliveryDoc, deliveryPlace } from '../../../src/store/deliveries/delivery.ts';
import { unseal } from '../../../src/store/sealing/sealing.ts';
import { insertCodes, writeCouponPool } from '../../../src/store/templates/coupons.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/templates/templates.ts';
import { until } from '../../support/gateway.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { pollAlone } from '../poll-alone.ts';

describe('the settings with which a campaign was started', () => {
  let harness: CampaignHarness;
  let first: string;
  before(async () => {
    harness = await startCampaignHarness('139');
    harness.setClock('2027-02-01T12:00:00Z');
    first = await harness.addPerson();
  });
  after(() => harness.stop());

  const DEALS = PROGRAMS.find(({ id }) => id === 'deals') as Program;
  const OTHERWAY = { brand: 'Otherway', name: 'Otherway Deals' };
  const save = async (changed: Partial<Program> = {}, { store, now, contexts } = harness) => {
    const templates = await readTemplates(ROOT);
    await saveProgram(store, templates, { ...DEALS, ...changed }, now());
    for (const { catalog } of contexts) await catalog.refresh();
  };
  const textOf = async (row: DeliveryDoc | undefined): Promise<string> => {
    const contact = await findContact(harness.store, row?.contact ?? '');
    if (row?.sealed == null || contact === null) throw new Error('there is no such row');
    const { keys } = openHolder(harness.contexts[0].ring, contact, []);
    return JSON.parse(unseal(keys.profile, deliveryPlace(row._id), row.sealed).toString()).text;
  };

  it('stay when its program gets another name before it is planned', async () => {
    await harness.startDraft('named', { at: new Date('2027-02-02T12:00:00Z') });
    await save({ ...OTHERWAY, marketingTexts: { optOut: 'add' } });
    harness.setClock('2027-02-02T12:00:00Z');
    const rows = await harness.planUntilComplete('named');
    expect(await textOf(rows.get(first))).to.equal(`${DEALS.brand}: an offer`);
    await harness.startDraft('renamed');
    const after = await harness.planUntilComplete('renamed');
    expect(await textOf(after.get(first))).to.match(/^Otherway: an offer\nReply STOP/);
    await save();
  });

  it('bind an approval, which does not hold for another brand', async () => {
    const { breaker } = await readCampaignRules(harness.store);
    await writeCampaignRules(harness.store, { approvalOver: 0, breaker }, harness.now());
    const start = () =>
      harness.startDraft('seen').then(
        () => 'started',
        (error: Error) => error.message,
      );
    expect(await start()).to.match(/second person/);
    await approveCampaign(harness.contexts[0], 'seen', 'another key');
    await save(OTHERWAY);
    expect(await start()).to.match(/second person/);
    await writeCampaignRules(harness.store, { approvalOver: null, breaker }, harness.now());
    await save();
  });

  it('exclude people who came later, and the explanation says so', async () => {
    harness.setClock('2027-02-03T12:00:00Z');
    const late = await harness.addPerson();
    await harness.store.contacts.updateOne(
      { _id: late },
      { $set: { createdAt: new Date('2027-02-03T12:00:01Z') } },
    );
    await harness.startDraft('early');
    const rows = await harness.planUntilComplete('early');
    expect([...rows.keys()]).to.deep.equal([first]);
    const { sentence } = await whyOf(harness.contexts[0], await harness.find('early'), late);
    expect(sentence).to.match(
      /fits now, but did not when the audience was read for Feb 3, 2027, 12:00 PM UTC/,
    );
  });

  it('give the estimate until all are planned, and that of the next run for a recurrence', async () => {
    harness.setClock('2027-02-04T12:00:00Z');
    await harness.startDraft('tomorrow', { at: new Date('2027-02-05T12:00:00Z') });
    const people = async (id: string) =>
      (await costOfCampaign(harness.contexts[0], await harness.find(id))).estimate?.people.people;
    expect(await people('tomorrow')).to.equal(2);
    await harness.startDraft('each', { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    expect(await people('each')).to.equal(2);
    harness.setClock('2027-02-05T12:00:00Z');
    await harness.planUntilComplete('tomorrow');
    expect(await people('tomorrow')).to.equal(undefined);
  });

  it('reach as many people of a run as there are codes, and the others are skipped without one', async () => {
    // A planner that still runs would make the run of the day before, which would take the only code.
    await harness.stopPlanning();
    harness.setClock('2027-02-06T12:00:00Z');
    await writeCouponPool(harness.store, { id: 'spring', name: 'Spring' }, harness.now());
    await insertCodes(harness.store, 'spring', ['S-1'], harness.now());
    const texts = { en: '{brand}: your code {coupon:spring}' };
    await writeMessageTemplate(harness.store, null, { _id: 'coded', program: 'deals', texts }, harness.now());
    await harness.store.campaigns.updateOne(
      { _id: 'each' },
      { $set: { 'frozen.template': await findMessageTemplate(harness.store, 'coded') } },
    );
    harness.setClock('2027-02-06T15:00:00Z');
    await makeDueRuns(harness.contexts[0]);
    const rows = [...(await harness.planUntilComplete('each.2702061500')).values()];
    expect(rows.map(({ state }) => state)).to.have.members(['planned', 'skipped']);
    expect(rows.flatMap(({ decision }) => decision?.reasons ?? [])).to.include('no-coupon');
    await changeState(harness.contexts[0], 'each', 'cancel');
  });

  it('pause it with a reason when its program ended after the start', async () => {
    await harness.startDraft('orphan', { at: new Date('2027-02-08T10:00:00Z') });
    await save({ status: 'ended' });
    harness.setClock('2027-02-08T10:00:00Z');
    await harness.planUntilPaused('orphan');
    expect((await harness.find('orphan')).halted?.why).to.match(/^Its program has ended/);
    expect(await harness.store.deliveries.countDocuments({ campaign: 'orphan' })).to.equal(0);
    const { estimate, actual } = await costOfCampaign(harness.contexts[0], await harness.find('orphan'));
    expect([estimate, actual?.parts]).to.deep.equal([null, 0]);
    await save();
  });

  it('are not rendered anew while its program has ended, and the campaign says why', async () => {
    // Nothing else tends here: the other process would write it anew before its program has ended.
    const alone = await startCampaignHarness('138');
    alone.setClock('2027-02-08T10:00:00Z');
    await alone.addPerson();
    await alone.startDraft('ending', { at: new Date('2027-02-08T12:00:00Z') });
    const stale = { state: 'paused' as const, edition: 1, stale: true };
    await alone.store.campaigns.updateOne({ _id: 'ending' }, { $set: stale });
    await save({ status: 'ended' }, alone);
    const errors: string[] = [];
    const log = { ...alone.contexts[0].log, error: (_: object, line: string) => void errors.push(line) };
    const fails = (error: unknown): never => {
      throw error;
    };
    const tends = pollAlone(monitorPoller({ ...alone.contexts[0], log }, fails));
    await until(
      'the reason of the halt is recorded',
      async () => (await alone.find('ending')).halted != null,
    );
    expect((await alone.find('ending')).halted?.why).to.match(/^Its program has ended/);
    await save({}, alone);
    // A rest later.
    alone.setClock('2027-02-08T12:00:10Z');
    await until('the messages are written anew', async () => (await alone.find('ending')).stale === false);
    await tends.stop();
    const { state, halted } = await alone.find('ending');
    expect([state, halted]).to.deep.equal(['paused', null]);
    expect(errors).to.have.length(1);
    await alone.stop();
  });
});
