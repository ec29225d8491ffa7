import { expect } from 'chai';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import type { Desk } from '../../../src/consent/desk.ts';
import { readCampaignRules, writeCampaignRules } from '../../../src/store/campaigns/rules.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

describe('two moves of a recurrence that cross', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('155');
    await rig.someone();
    const { breaker } = await readCampaignRules(rig.store);
    await writeCampaignRules(rig.store, { approvalOver: 1000, breaker }, rig.now());
  });
  after(() => rig.stop());
  afterEach(async () => {
    await rig.store.campaigns.deleteMany({});
    await rig.store.deliveries.deleteMany({});
  });

  type How = 'pause' | 'resume' | 'cancel';
  const move = (id: string, how: How, desk = rig.desks[0]) => steerCampaign(desk, id, how);
  const state = async (id: string) => (await rig.find(id)).state;
  const done = (id: string) =>
    until(`the runs of ${id}`, async () => (await rig.find(id)).steering === undefined);
  /** A recurrence with one run, which begins at ten on the first of December, and which nobody plans yet. */
  const running = async (id: string): Promise<string> => {
    rig.at('2026-12-01T12:00:00Z');
    await rig.start(id, { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    rig.at('2026-12-01T15:00:00Z');
    await makeDueRuns(rig.desks[0]);
    return `${id}.2612011500`;
  };
  /** The move of a process that dies before it comes to the runs. */
  const left = async (id: string, how: How): Promise<void> => {
    const campaigns = spied(rig.store.campaigns, 'find', () => {
      throw new Error('the process died');
    });
    const died = await move(id, how, { ...rig.desks[0], store: { ...rig.store, campaigns } }).catch(
      (error: Error) => error.message,
    );
    expect(died).to.equal('the process died');
  };
  /** Something happens while people are counted. */
  const counting = (desk: Desk, meanwhile: () => unknown): Desk => {
    const contacts = spied(desk.store.contacts, 'countDocuments', meanwhile);
    return { ...desk, store: { ...desk.store, contacts } };
  };
  it('leave a run paused whose people are counted for a resume while the pause comes', async () => {
    const run = await running('quick');
    await move('quick', 'pause');
    let counts = 0;
    // The recurrence's own people first, then the run's.
    const desk = counting(rig.desks[1], async () => {
      counts += 1;
      if (counts === 2) await move('quick', 'pause');
    });
    await move('quick', 'resume', desk);
    expect(counts).to.equal(2);
    expect([await state('quick'), await state(run)]).to.deep.equal(['paused', 'paused']);
    await move('quick', 'resume');
    expect(await state(run)).to.equal('scheduled');
  });

  it('leave it so too where another process carries the resume on, and nothing of it leaves', async () => {
    const run = await running('carried');
    await move('carried', 'pause');
    await left('carried', 'resume');
    rig.at('2026-12-01T15:01:00Z');
    let paused = false;
    const desk = counting(rig.desks[1], async () => {
      if (!paused) await move('carried', 'pause');
      paused = true;
    });
    const flight = rig.fly(desk);
    await until('the pause', async () => paused);
    await rig.start('beside');
    await until('a plan', async () => (await rig.find('beside')).plan.complete);
    await flight.stop();
    expect(await rig.find(run)).to.deep.include({ state: 'paused', pausedWith: 'carried' });
    expect(await rig.store.deliveries.countDocuments({ campaign: run })).to.equal(0);
  });

  it('end with the later for a run that the earlier was about to move', async () => {
    const run = await running('late');
    let resumed = false;
    const campaigns = spied(rig.store.campaigns, 'findOne', async (filter) => {
      if (Object(filter)._id !== run || resumed) return;
      resumed = true;
      await move('late', 'resume');
    });
    await move('late', 'pause', { ...rig.desks[1], store: { ...rig.store, campaigns } });
    expect(resumed).to.equal(true);
    expect([await state('late'), await state(run)]).to.deep.equal(['scheduled', 'scheduled']);
  });

  it('are not mixed up where one was left, and waits while another is carried on', async () => {
    const first = await running('first');
    const run = await running('second');
    await left('first', 'pause');
    await left('second', 'pause');
    rig.at('2026-12-01T15:01:00Z');
    let resumed = false;
    const campaigns = spied(rig.store.campaigns, 'findOne', async (filter) => {
      if (Object(filter)._id !== first || resumed) return;
      resumed = true;
      await move('second', 'resume');
    });
    const flight = rig.fly({ ...rig.desks[1], store: { ...rig.store, campaigns } });
    await done('first');
    await flight.stop();
    expect(await state(first)).to.equal('paused');
    expect([await state('second'), (await state(run)) === 'paused']).to.deep.equal(['scheduled', false]);
  });

  it('are carried on by one process alone, which counts while the others are planned', async () => {
    const run = await running('counted');
    await move('counted', 'pause');
    await left('counted', 'resume');
    rig.at('2026-12-01T15:01:00Z');
    let looks = 0;
    const campaigns = spied(rig.store.campaigns, 'find', (filter) => {
      if (Object.hasOwn(filter as object, 'steering.from')) looks += 1;
    });
    const counts: string[] = [];
    const counted = (by: string) => async () => {
      if ((await state(run)) !== 'paused') return;
      counts.push(by);
      if (counts.length > 1) return;
      await rig.start('beside');
      await until('a plan', async () => (await rig.find('beside')).plan.complete);
      // Longer than a pause is left to whoever made it; the other process looks, and has looked once it does again.
      rig.at('2026-12-01T15:01:10Z');
      const before = looks;
      await until('a look', async () => looks > before + 1);
    };
    const flights = [rig.fly(counting(rig.desks[1], counted('one')))];
    await until('a count', async () => counts.length > 0);
    const other = { ...rig.desks[0], store: { ...rig.store, campaigns } };
    flights.push(rig.fly(counting(other, counted('other'))));
    await done('counted');
    for (const flight of flights) await flight.stop();
    expect(counts).to.deep.equal(['one']);
    expect(await state(run)).not.to.equal('paused');
  });

  it('are carried on for the others where that of one fails, which is told', async () => {
    await running('broken');
    const run = await running('whole');
    await left('broken', 'pause');
    await left('whole', 'pause');
    rig.at('2026-12-01T15:01:00Z');
    const campaigns = spied(rig.store.campaigns, 'find', (filter) => {
      if (Object(filter).runOf === 'broken') throw new Error('it cannot be read');
    });
    const told: string[] = [];
    const flight = rig.fly({ ...rig.desks[1], store: { ...rig.store, campaigns } }, (error, line) =>
      told.push(`${line}: ${(error as Error).message}`),
    );
    await done('whole');
    await flight.stop();
    expect(await state(run)).to.equal('paused');
    expect(new Set(told)).to.deep.equal(
      new Set(['the runs of a recurrence could not be moved with it; it is tried again: it cannot be read']),
    );
  });
});
