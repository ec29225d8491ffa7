import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { approveCampaign } from '../../../src/campaigns/approve.ts';
import { editCampaign } from '../../../src/campaigns/edit.ts';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { startRefusal, steerCampaign } from '../../../src/campaigns/steer.ts';
import type { Desk } from '../../../src/consent/desk.ts';
import { COUNT_MS } from '../../../src/domain/audience/counting.ts';
import type { CampaignDoc } from '../../../src/store/campaigns/campaigns.ts';
import { pauseFor } from '../../../src/store/campaigns/flight.ts';
import { findMessageTemplate, writeMessageTemplate } from '../../../src/store/campaigns/message-templates.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/rules.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const ORDER = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: true };

describe('a campaign whose people could not be counted in time', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('149');
    rig.at('2026-12-01T14:00:00Z');
    await rig.someone();
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: 1000, breaker }, rig.now());
  });
  after(() => rig.stop());

  /** Its database takes too long over counts until it is told otherwise. */
  const slow = (id: string) => {
    const counts: CampaignDoc[] = [];
    const limits: unknown[] = [];
    const database = { isSlow: true };
    const contacts = new Proxy(rig.store.contacts, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (name !== 'countDocuments') return typeof found === 'function' ? found.bind(target) : found;
        return async (filter: object, options: { maxTimeMS?: number }) => {
          counts.push(await rig.find(id));
          limits.push(options.maxTimeMS);
          if (!database.isSlow) return found.call(target, filter, options);
          throw new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
        };
      },
    });
    const desk: Desk = { ...rig.desks[1], store: { ...rig.store, contacts } };
    return { desk, counts, limits, database };
  };
  const rests = (id: string) => until('its rest', async () => (await rig.find(id)).restsUntil != null);
  const complete = (id: string) => until(`the plan of ${id}`, async () => (await rig.find(id)).plan.complete);

  for (const [what, id, order] of [
    ['that was scheduled', 'later', { at: new Date('2026-12-02T15:00:00Z') }],
    ['that is a run', 'daily', { repeat: { cron: '0 10 * * *', until: null, validMs: null } }],
  ] as const) {
    it(`${what} is counted again later, and keeps no other from its turn meanwhile`, async () => {
      rig.at('2026-12-01T15:30:00Z');
      const whole = await rig.start(id, order);
      const one = whole.repeat === undefined ? id : `${id}.2612021500`;
      rig.at('2026-12-02T15:00:10Z');
      await makeDueRuns(rig.desks[0]);
      const { desk, counts, database } = slow(one);
      const flight = rig.fly(desk);
      await rests(one);
      await rig.start(`beside-${id}`);
      await complete(`beside-${id}`);
      const waiting = await rig.find(one);
      expect(waiting).to.deep.include({ state: 'sending', restsUntil: new Date('2026-12-02T15:02:10Z') });
      expect(waiting.halted?.why).to.match(
        /^Its people could not be counted in 25 seconds.* every 2 minutes\.$/,
      );
      expect(counts).to.have.length(1);
      // No other worker begins the same count.
      expect(counts[0]?.plan.leaseUntil?.getTime()).to.be.greaterThan(rig.now().getTime() + COUNT_MS);
      database.isSlow = false;
      rig.at('2026-12-02T15:02:11Z');
      await complete(one);
      await flight.stop();
      expect(await rig.find(one)).to.deep.include({ state: 'sending', halted: null });
      expect(await rig.store.deliveries.countDocuments({ campaign: one })).to.equal(1);
      if (one !== id) await steerCampaign(rig.desks[0], id, 'cancel');
    });
  }

  it('is counted no more once its deadline has passed: everybody is told as too late, and it ends', async () => {
    rig.at('2026-12-02T17:00:00Z');
    const at = new Date('2026-12-02T17:30:00Z');
    await rig.start('never', { at, deadline: new Date('2026-12-02T18:00:00Z') });
    rig.at('2026-12-02T17:59:00Z');
    const { desk, counts } = slow('never');
    const flight = rig.fly(desk);
    await rests('never');
    rig.at('2026-12-02T18:01:01Z');
    await until('its end', async () => (await rig.find('never')).state === 'finished');
    await flight.stop();
    expect(counts).to.have.length(1);
    const rows = await rig.store.deliveries.find({ campaign: 'never' }).toArray();
    expect(rows.map(({ state, decision }) => [state, decision?.reasons])).to.deep.equal([
      ['expired', ['too-late']],
    ]);
    expect(await rig.find('never')).to.deep.include({ halted: null });
  });

  it('is paused, moved to another time and resumed meanwhile, and waits for nothing then', async () => {
    rig.at('2026-12-03T14:00:00Z');
    await rig.start('moved', { at: new Date('2026-12-03T15:00:00Z') });
    rig.at('2026-12-03T15:00:10Z');
    const { desk } = slow('moved');
    const flight = rig.fly(desk);
    await rests('moved');
    await flight.stop();
    expect(await steerCampaign(rig.desks[0], 'moved', 'pause')).to.deep.include({ halted: null });
    const at = new Date('2026-12-03T15:01:00Z');
    const edit = { words: false, at, by: 'a key', note: 'later' };
    expect(await editCampaign(rig.desks[0], 'moved', edit)).to.deep.include({ startAt: at });
    await rig.store.campaigns.updateOne({ _id: 'moved' }, { $set: { stale: false } });
    await steerCampaign(rig.desks[0], 'moved', 'resume');
    rig.at('2026-12-03T15:01:01Z');
    expect((await rig.planned('moved')).size).to.equal(1);
    await rig.rest();
  });

  it('is canceled meanwhile, or pauses itself, and waits for nothing any more', async () => {
    rig.at('2026-12-03T18:00:00Z');
    for (const id of ['canceled', 'tripped']) {
      await rig.start(id, { at: new Date('2026-12-03T19:00:00Z') });
    }
    rig.at('2026-12-03T19:00:10Z');
    const { desk } = slow('canceled');
    const flight = rig.fly(desk);
    for (const id of ['canceled', 'tripped']) await rests(id);
    await flight.stop();
    expect(await steerCampaign(rig.desks[0], 'canceled', 'cancel')).to.deep.include({ halted: null });
    const trip = { rule: 'filtered' as const, hits: 9, of: 90, most: 1, windowMinutes: 60, at: rig.now() };
    expect(await pauseFor(rig.store, await rig.find('tripped'), trip)).to.equal(true);
    expect(await rig.find('tripped')).to.deep.include({ state: 'paused', halted: null });
    await rig.store.campaigns.updateOne({ _id: 'tripped' }, { $set: { halted: { why: 'x', at: trip.at } } });
    const ended = await steerCampaign(rig.desks[0], 'tripped', 'cancel');
    expect(ended?.halted?.why, 'why it was paused').to.equal('x');
  });

  it('is resumed half-way all the same, and counted before more of it is planned', async () => {
    rig.at('2026-12-03T21:00:00Z');
    await rig.start('half');
    await rig.planned('half');
    await rig.rest();
    await steerCampaign(rig.desks[0], 'half', 'pause');
    const begun = { 'plan.cursor': 'c_!', 'plan.complete': false };
    await rig.store.campaigns.updateOne({ _id: 'half' }, { $set: begun });
    const { desk, counts, database } = slow('half');
    const resumed = await steerCampaign(desk, 'half', 'resume');
    expect(resumed?.halted?.why).to.match(/goes on, once they can be: it is tried every 2 minutes\.$/);
    database.isSlow = false;
    const flight = rig.fly(desk);
    await complete('half');
    await flight.stop();
    expect(counts).to.have.length(2);
    expect(await rig.find('half')).to.deep.include({ halted: null });
  });

  it('is not counted by a resume while its test waits for its winner: nothing more is planned before that', async () => {
    rig.at('2026-12-03T22:00:00Z');
    await rig.start('tests');
    await rig.planned('tests');
    await rig.rest();
    await steerCampaign(rig.desks[0], 'tests', 'pause');
    await rig.store.campaigns.updateOne({ _id: 'tests' }, { $set: { awaitsWinner: true } });
    const { desk, counts } = slow('tests');
    expect(await steerCampaign(desk, 'tests', 'resume')).to.deep.include({ state: 'sending', halted: null });
    expect(counts).to.have.length(0);
    await steerCampaign(rig.desks[0], 'tests', 'cancel');
  });

  it('is approved and resumed uncounted by new words where all are planned: nobody else can get them', async () => {
    rig.at('2026-12-03T23:00:00Z');
    await rig.start('worded');
    const { size } = await rig.planned('worded');
    await rig.rest();
    await steerCampaign(rig.desks[0], 'worded', 'pause');
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: size - 1, breaker }, rig.now());
    const before = await findMessageTemplate(rig.store, 'offer');
    const texts = { en: '{brand}: another offer' };
    await writeMessageTemplate(rig.store, before, { _id: 'offer', program: 'deals', texts }, rig.now());
    const { desk, counts } = slow('worded');
    await editCampaign(desk, 'worded', { words: true, by: 'a key', note: 'new words' });
    await rig.store.campaigns.updateOne({ _id: 'worded' }, { $set: { stale: false } });
    const resume = () => steerCampaign(desk, 'worded', 'resume').catch((error: Error) => error.message);
    expect(await resume()).to.match(new RegExp(`^It would go to ${size} people; above ${size - 1} a second`));
    expect((await approveCampaign(desk, 'worded', 'another key'))?.approval?.people).to.equal(size);
    expect(await resume()).to.deep.include({ state: 'sending' });
    expect(counts).to.have.length(0);
    await writeCampaignRules(rig.store, { approvalOver: 1000, breaker }, rig.now());
    await steerCampaign(rig.desks[0], 'worded', 'cancel');
  });

  it('is not paused by a planner that stood still until another had taken it', async () => {
    rig.at('2026-12-04T14:00:00Z');
    await rig.start('taken', { at: new Date('2026-12-04T15:00:00Z') });
    rig.at('2026-12-04T15:00:10Z');
    const { desk, counts } = slow('taken');
    const campaigns = spied(rig.store.campaigns, 'updateOne', async (filter) => {
      if (counts.length > 0 && Object(filter)._id === 'taken')
        await rig.store.campaigns.updateOne({ _id: 'taken' }, { $set: { 'plan.cursor': 'c_other' } });
    });
    const flight = rig.fly({ ...desk, store: { ...desk.store, campaigns } });
    await until('the count', async () => counts.length > 0);
    await flight.stop();
    const { state, restsUntil, halted } = await rig.find('taken');
    expect([state, restsUntil, halted]).to.deep.equal(['sending', undefined, undefined]);
  });

  it('is said to be so by a look at its start, after five seconds', async () => {
    const draft = { _id: 'draft', name: 'draft', program: 'deals', topic: 'deals', template: 'offer' };
    const { desk, limits, database } = slow('later');
    await rig.start('look', { at: new Date('2026-12-31T15:00:00Z') });
    const campaign: CampaignDoc = { ...(await rig.find('look')), ...draft, state: 'draft', frozen: null };
    expect(await startRefusal(desk, campaign, ORDER)).to.match(
      /^Its people could not be counted in 5 seconds.* is not known\. A start counts for 25 seconds\.$/,
    );
    expect(limits).to.deep.equal([5000]);
    database.isSlow = false;
    expect(await startRefusal(desk, campaign, ORDER)).to.equal(null);
  });
});
