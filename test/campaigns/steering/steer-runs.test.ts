import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { carryingOn } from '../../../src/campaigns/flight/carry-on.ts';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import type { Repeat } from '../../../src/domain/campaigns/repeat.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/rules.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { lookAlone } from '../look-alone.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const DAILY: Repeat = { cron: '0 10 * * *', until: null, validMs: null };

describe('the runs of a recurrence, as it is moved', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('133');
    await rig.someone();
  });
  after(() => rig.stop());
  const look = () => makeDueRuns(rig.desks[0]);
  const move = (id: string, how: 'pause' | 'resume' | 'cancel') =>
    steerCampaign(rig.desks[0], id, how).catch((error: Error) => error.message);
  const state = async (id: string) => (await rig.find(id)).state;
  const states = async (...ids: string[]) => Promise.all(ids.map(state));
  /** A recurrence with so many runs, one a day from the first of December on. */
  const running = async (id: string, days: number, repeat: Partial<Repeat> = {}) => {
    rig.at('2026-12-01T12:00:00Z');
    await rig.start(id, { repeat: { ...DAILY, ...repeat } });
    const runs = Array.from({ length: days }, (_, at) => `${id}.26120${at + 1}1500`);
    for (const at of runs.keys()) {
      rig.at(`2026-12-0${at + 1}T15:00:00Z`);
      await look();
    }
    return runs;
  };

  it('one that was paused alone stays paused when all are paused and go on', async () => {
    const [alone = '', halted = '', last = ''] = await running('alone', 3);
    await move(alone, 'pause');
    const halt = {
      state: 'paused' as const,
      halted: { why: 'It outgrew what was approved.', at: rig.now() },
    };
    await rig.store.campaigns.updateOne({ _id: halted }, { $set: halt });
    await move('alone', 'pause');
    expect(await states('alone', alone, halted, last)).to.deep.equal(Array(4).fill('paused'));
    await move('alone', 'resume');
    const after = ['scheduled', 'paused', 'paused', 'scheduled'];
    expect(await states('alone', alone, halted, last)).to.deep.equal(after);
    await move(alone, 'resume');
    expect(await state(alone)).to.equal('scheduled');
  });

  it('one that is paused by its own id while all are stays paused, whatever becomes of the others', async () => {
    const [kept = '', other = ''] = await running('kept', 2);
    await move('kept', 'pause');
    await move(kept, 'pause');
    expect(await move(kept, 'pause')).to.match(/has nothing under way to pause/);
    await move('kept', 'resume');
    expect(await states(kept, other)).to.deep.equal(['paused', 'scheduled']);
  });

  it('one that goes on by its own id, and is paused by it, is no longer paused with the others', async () => {
    const [own = ''] = await running('own', 1);
    await move('own', 'pause');
    await move(own, 'resume');
    await move(own, 'pause');
    await move('own', 'resume');
    expect(await state(own)).to.equal('paused');
  });

  it('one that could not go on with the others says why, and is left to its own id from then on', async () => {
    const [left = ''] = await running('left', 1);
    await move('left', 'pause');
    const valid = (deadline: Date | null) =>
      rig.store.campaigns.updateOne({ _id: left }, { $set: { deadline } });
    await valid(rig.now());
    await move('left', 'resume');
    expect((await rig.find(left)).halted?.why).to.match(/^Its deadline has passed/);
    expect(await rig.find('left')).not.to.have.property('steering');
    await valid(null);
    for (const how of ['pause', 'resume'] as const) await move('left', how);
    expect(await state(left)).to.equal('paused');
    await move(left, 'resume');
    expect((await rig.find(left)).halted).to.equal(null);
  });

  /** Somebody carries on what was left, by now, until nothing is. */
  const carriesOn = async (id: string) => {
    const fails = (error: unknown): never => {
      throw error;
    };
    const carrying = lookAlone(...carryingOn(rig.desks[1], fails));
    await until('the runs', async () => (await rig.find(id)).steering === undefined);
    await carrying.stop();
  };

  it('one whose messages are still written anew goes on with the others once they are', async () => {
    const [stale = '', other = ''] = await running('anew', 2);
    await move('anew', 'pause');
    await rig.store.campaigns.updateOne({ _id: stale }, { $set: { stale: true } });
    await move('anew', 'resume');
    expect(await states('anew', stale, other)).to.deep.equal(['scheduled', 'paused', 'scheduled']);
    await rig.store.campaigns.updateOne({ _id: stale }, { $set: { stale: false } });
    rig.at('2026-12-02T15:00:06Z');
    await carriesOn('anew');
    expect(await state(stale)).to.equal('scheduled');
  });

  it('one whose people could not be counted says that it waits, as do the others, uncounted, and all go on once they can be', async () => {
    const [uncounted = '', other = ''] = await running('counted', 2);
    const { breaker, approvalOver } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: 1000, breaker }, rig.now());
    await move('counted', 'pause');
    let counts = 0;
    const contacts = spied(rig.store.contacts, 'countDocuments', () => {
      counts += 1;
      // The first is of the recurrence itself.
      const tooLong = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
      return counts > 1 ? Promise.reject(tooLong) : undefined;
    });
    const warned: string[] = [];
    const log = { ...rig.desks[0].log, warn: (_: object, line: string) => void warned.push(line) };
    const desk = { ...rig.desks[0], log, store: { ...rig.store, contacts } };
    expect(await steerCampaign(desk, 'counted', 'resume')).to.deep.include({ state: 'scheduled' });
    expect(counts).to.equal(2);
    const both = await Promise.all([uncounted, other].map(rig.find));
    const said = both.map(({ halted }) => halted?.why ?? '').sort();
    expect(said[0]).to.match(/^Its people could not be counted in 25 seconds/);
    expect(said[1]).to.match(/^People of another run of its recurrence could not be counted in 25 seconds/);
    const itself =
      / goes on with its recurrence once they can be: tried every 2 minutes\. To keep it back, pause it\.$/;
    for (const why of said) expect(why).to.match(itself);
    expect(warned.sort()).to.deep.equal(said.map((why) => `a run waits: ${why}`));
    expect(both.map(({ pausedWith }) => pausedWith)).to.deep.equal(['counted', 'counted']);
    rig.at('2026-12-02T15:02:01Z');
    await carriesOn('counted');
    for (const run of [uncounted, other])
      expect(await rig.find(run)).to.deep.include({ state: 'scheduled', halted: null });
    await writeCampaignRules(rig.store, { approvalOver, breaker }, rig.now());
  });

  const half = { 'plan.cursor': 'c_!' };
  const whole = { ...half, 'plan.complete': true };
  for (const [id, plans, after] of [
    ['begun', [whole, half], ['sending', 'scheduled']],
    ['mixed', [{}, half, half, whole], ['paused', 'scheduled', 'scheduled', 'sending']],
  ] as const) {
    it(`those that have begun go on, counted at most once where they cannot be: ${id}`, async () => {
      const runs = await running(id, plans.length);
      const { breaker, approvalOver } = await readCampaignRules(rig.store);
      await writeCampaignRules(rig.store, { approvalOver: 1000, breaker }, rig.now());
      await move(id, 'pause');
      for (const [at, plan] of plans.entries())
        await rig.store.campaigns.updateOne({ _id: runs[at] ?? '' }, { $set: { name: 'a run', ...plan } });
      let counts = 0;
      const contacts = spied(rig.store.contacts, 'countDocuments', () => {
        counts += 1;
        // The first is of the recurrence itself.
        const tooLong = new MongoServerError({ message: 'operation exceeded time limit', code: 50 });
        return counts > 1 ? Promise.reject(tooLong) : undefined;
      });
      await steerCampaign({ ...rig.desks[0], store: { ...rig.store, contacts } }, id, 'resume');
      expect(await states(...runs)).to.deep.equal(after);
      expect(counts).to.equal(2);
      for (const at of plans.flatMap((plan, at) => (plan === half ? [at] : [])))
        expect((await rig.find(runs[at] ?? '')).halted?.why).to.match(/^Its people could not be counted/);
      await move(id, 'cancel');
      await writeCampaignRules(rig.store, { approvalOver, breaker }, rig.now());
    });
  }

  it('the last of them can still be paused, resumed and canceled with it', async () => {
    const until = new Date('2026-12-02T00:00:00Z');
    const [last = ''] = await running('ending', 1, { until });
    await look();
    expect(await states('ending', last)).to.deep.equal(['scheduled', 'scheduled']);
    expect((await rig.find('ending')).repeat?.nextAt).to.equal(null);
    await move('ending', 'pause');
    expect(await states('ending', last)).to.deep.equal(['paused', 'paused']);
    await move('ending', 'resume');
    expect(await states('ending', last)).to.deep.equal(['scheduled', 'scheduled']);
    await move('ending', 'cancel');
    expect(await states('ending', last)).to.deep.equal(['canceled', 'canceled']);
  });

  it('it goes on for a run that its pause holds also where its last time passed meanwhile, and ends with it', async () => {
    const until = new Date('2026-12-03T00:00:00Z');
    const [held = ''] = await running('held', 1, { until });
    await move('held', 'pause');
    rig.at('2026-12-05T12:00:00Z');
    await move('held', 'resume');
    expect(await states('held', held)).to.deep.equal(['scheduled', 'scheduled']);
    const { repeat } = await rig.find('held');
    expect([repeat?.nextAt, repeat?.missed]).to.deep.equal([null, 1]);
    await look();
    expect(await state('held')).to.equal('scheduled');
    await move(held, 'cancel');
    await look();
    const { state: ended, endedAt } = await rig.find('held');
    expect([ended, endedAt]).to.deep.equal(['finished', rig.now()]);
  });

  it('it does not go on for a run whose deadline passed while it was paused', async () => {
    const until = new Date('2026-12-03T00:00:00Z');
    const [over = ''] = await running('over', 1, { until, validMs: 3_600_000 });
    await move('over', 'pause');
    rig.at('2026-12-05T12:00:00Z');
    expect(await move('over', 'resume')).to.match(/its last time has passed/i);
    expect(await states('over', over)).to.deep.equal(['paused', 'paused']);
    await move('over', 'cancel');
    expect(await states('over', over)).to.deep.equal(['canceled', 'canceled']);
  });

  it('it ends where its last run was paused alone until nothing of it may leave any more', async () => {
    const until = new Date('2026-12-02T00:00:00Z');
    const [alone = ''] = await running('expiring', 1, { until, validMs: 3_600_000 });
    await move(alone, 'pause');
    await look();
    expect(await state('expiring')).to.equal('scheduled');
    rig.at('2026-12-01T16:00:00Z');
    await look();
    expect(await states('expiring', alone)).to.deep.equal(['finished', 'paused']);
  });
});
