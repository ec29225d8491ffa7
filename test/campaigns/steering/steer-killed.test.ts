import { expect } from 'chai';
import { makeDueRuns } from '../../../src/campaigns/flight/repeat.ts';
import { steerCampaign } from '../../../src/campaigns/steer.ts';
import { until } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const RUNS = ['weekly.2612011500', 'weekly.2612021500'];

describe('a recurrence that was moved by a process that died before it came to the runs', () => {
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('154');
    await rig.someone();
    rig.at('2026-12-01T12:00:00Z');
    await rig.start('weekly', { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    for (const day of ['01', '02']) {
      rig.at(`2026-12-${day}T15:00:00Z`);
      await makeDueRuns(rig.desks[0]);
      for (const run of RUNS.slice(0, Number(day))) await rig.planned(run);
    }
    await rig.rest();
  });
  after(() => rig.stop());

  const states = (ids: string[]) => Promise.all(ids.map(async (id) => (await rig.find(id)).state));
  const dies = async (how: 'pause' | 'resume' | 'cancel'): Promise<void> => {
    const campaigns = spied(rig.store.campaigns, 'find', () => {
      throw new Error('the process died');
    });
    const desk = { ...rig.desks[0], store: { ...rig.store, campaigns } };
    const died = await steerCampaign(desk, 'weekly', how).catch((error: Error) => error.message);
    expect(died).to.equal('the process died');
  };
  /** Another process looks some seconds later, until nothing is left to do. */
  const looks = async (moment: string): Promise<void> => {
    rig.at(moment);
    const flight = rig.fly(rig.desks[1]);
    await until('the runs', async () => (await rig.find('weekly')).steering === undefined);
    await flight.stop();
  };

  it('has them paused by the next, and those go on that are resumed by their own id then', async () => {
    await dies('pause');
    expect(await states(['weekly', ...RUNS])).to.deep.equal(['paused', 'sending', 'sending']);
    await looks('2026-12-02T15:00:10Z');
    expect(await states(RUNS)).to.deep.equal(['paused', 'paused']);
    const [own = ''] = RUNS;
    await steerCampaign(rig.desks[0], own, 'resume');
    await looks('2026-12-02T15:00:20Z');
    expect(await states(RUNS)).to.deep.equal(['sending', 'paused']);
  });

  it('has them go on', async () => {
    await dies('resume');
    expect(await states(['weekly', ...RUNS])).to.deep.equal(['scheduled', 'sending', 'paused']);
    await looks('2026-12-02T15:00:51Z');
    expect(await states(RUNS)).to.deep.equal(['sending', 'sending']);
  });

  it('has them canceled, and nothing of them is left planned', async () => {
    await dies('cancel');
    expect(await states(['weekly', ...RUNS])).to.deep.equal(['canceled', 'sending', 'sending']);
    await looks('2026-12-02T15:01:00Z');
    expect(await states(RUNS)).to.deep.equal(['canceled', 'canceled']);
    expect(await rig.store.deliveries.countDocuments({ state: 'planned' })).to.equal(0);
  });

  it('has nothing left to do where the process that moved it came to the end', async () => {
    rig.at('2026-12-03T12:00:00Z');
    await rig.start('other', { repeat: { cron: '0 10 * * *', until: null, validMs: null } });
    await steerCampaign(rig.desks[0], 'other', 'pause');
    expect(await rig.find('other')).not.to.have.property('steering');
  });
});
