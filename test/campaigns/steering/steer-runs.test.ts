import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import type { Repeat } from '../../../src/domain/campaigns/recurrence.ts';
import { spied } from '../../support/spied.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const DAILY: Repeat = { cron: '0 10 * * *', until: null, validMs: null };

describe('runs of a recurrence that is paused, resumed or canceled', () => {
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('133');
    await harness.addPerson();
  });
  after(() => harness.stop());
  const look = () => makeDueRuns(harness.contexts[0]);
  const move = (id: string, how: 'pause' | 'resume' | 'cancel') =>
    changeState(harness.contexts[0], id, how).catch((error: Error) => error.message);
  const state = async (id: string) => (await harness.find(id)).state;
  const states = async (...ids: string[]) => Promise.all(ids.map(state));
  /** A recurrence with so many runs, one a day from the first of December on. */
  const running = async (id: string, days: number, repeat: Partial<Repeat> = {}) => {
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.startDraft(id, { repeat: { ...DAILY, ...repeat } });
    const runs = Array.from({ length: days }, (_, at) => `${id}.26120${at + 1}1500`);
    for (const at of runs.keys()) {
      harness.setClock(`2026-12-0${at + 1}T15:00:00Z`);
      await look();
    }
    return runs;
  };

  it('are paused and canceled one by one, and the answer says how each is left', async () => {
    const [paused = '', other = ''] = await running('each', 2);
    await move(paused, 'pause');
    const all = [paused, other];
    expect(await move('each', 'pause')).to.deep.include({
      ...{ state: 'paused', openRuns: all.map((id) => ({ id, state: 'paused' })) },
    });
    expect(await states('each', ...all)).to.deep.equal(Array(3).fill('paused'));
    expect(await move('each', 'cancel')).to.deep.include({
      ...{ state: 'canceled', openRuns: all.map((id) => ({ id, state: 'canceled' })) },
    });
    expect(await states('each', ...all)).to.deep.equal(Array(3).fill('canceled'));
  });

  it('stay paused when the recurrence is resumed, until each is resumed by its own id', async () => {
    const runs = await running('stay', 2);
    await move('stay', 'pause');
    expect(await move('stay', 'resume')).to.deep.include({
      ...{ state: 'scheduled', openRuns: runs.map((id) => ({ id, state: 'paused' })) },
    });
    expect(await states('stay', ...runs)).to.deep.equal(['scheduled', 'paused', 'paused']);
    const [first = '', other = ''] = runs;
    await move(first, 'resume');
    expect(await states(first, other)).to.deep.equal(['scheduled', 'paused']);
    await move('stay', 'cancel');
  });

  it('are finished by the same request again when the process died over the first of them', async () => {
    const runs = await running('again', 2);
    for (const how of ['pause', 'cancel'] as const) {
      let moves = 0;
      const campaigns = spied(harness.store.campaigns, 'findOneAndUpdate', () => {
        moves += 1;
        return moves > 1 ? Promise.reject(new Error('it died')) : undefined;
      });
      const dying = { ...harness.contexts[0], store: { ...harness.store, campaigns } };
      expect(await changeState(dying, 'again', how).catch(String)).to.equal('Error: it died');
      const [to, before] = how === 'pause' ? ['paused', 'scheduled'] : ['canceled', 'paused'];
      expect(await states('again', ...runs)).to.deep.equal([to, before, before]);
      await move('again', how);
      expect(await states('again', ...runs)).to.deep.equal([to, to, to]);
    }
  });

  it('are moved also when a planner takes one up at that moment', async () => {
    const [run = ''] = await running('taken', 1);
    let moves = 0;
    const campaigns = spied(harness.store.campaigns, 'findOneAndUpdate', async () => {
      moves += 1;
      if (moves === 2) await harness.store.campaigns.updateOne({ _id: run }, { $set: { state: 'sending' } });
    });
    const after = await changeState(
      { ...harness.contexts[0], store: { ...harness.store, campaigns } },
      'taken',
      'pause',
    );
    expect(after?.openRuns).to.deep.equal([{ id: run, state: 'paused' }]);
    await move('taken', 'cancel');
  });

  it('can be paused and canceled with the recurrence also when it was its last run', async () => {
    const until = new Date('2026-12-02T00:00:00Z');
    const [last = ''] = await running('ending', 1, { until });
    await look();
    expect(await states('ending', last)).to.deep.equal(['scheduled', 'scheduled']);
    expect((await harness.find('ending')).repeat?.nextAt).to.equal(null);
    await move('ending', 'pause');
    expect(await states('ending', last)).to.deep.equal(['paused', 'paused']);
    await move('ending', 'resume');
    expect(await states('ending', last)).to.deep.equal(['scheduled', 'paused']);
    await move('ending', 'cancel');
    expect(await states('ending', last)).to.deep.equal(['canceled', 'canceled']);
  });

  it('let the recurrence go on for a paused run when its last time passed meanwhile, and end with it', async () => {
    const until = new Date('2026-12-03T00:00:00Z');
    const [held = ''] = await running('held', 1, { until });
    await move('held', 'pause');
    harness.setClock('2026-12-05T12:00:00Z');
    await move('held', 'resume');
    expect(await states('held', held)).to.deep.equal(['scheduled', 'paused']);
    const { repeat } = await harness.find('held');
    expect([repeat?.nextAt, repeat?.missed]).to.deep.equal([null, 1]);
    await look();
    expect(await state('held')).to.equal('scheduled');
    await move(held, 'cancel');
    await look();
    const { state: ended, endedAt } = await harness.find('held');
    expect([ended, endedAt]).to.deep.equal(['finished', harness.now()]);
  });

  it('do not let it go on when the deadline of the run passed in the pause', async () => {
    const until = new Date('2026-12-03T00:00:00Z');
    const [over = ''] = await running('over', 1, { until, validMs: 3_600_000 });
    await move('over', 'pause');
    harness.setClock('2026-12-05T12:00:00Z');
    expect(await move('over', 'resume')).to.match(/its last time has passed/i);
    expect(await states('over', over)).to.deep.equal(['paused', 'paused']);
    await move('over', 'cancel');
    expect(await states('over', over)).to.deep.equal(['canceled', 'canceled']);
  });

  it('let the recurrence end when its last run alone is paused past its deadline', async () => {
    const until = new Date('2026-12-02T00:00:00Z');
    const [alone = ''] = await running('expiring', 1, { until, validMs: 3_600_000 });
    await move(alone, 'pause');
    await look();
    expect(await state('expiring')).to.equal('scheduled');
    harness.setClock('2026-12-01T16:00:00Z');
    await look();
    expect(await states('expiring', alone)).to.deep.equal(['finished', 'paused']);
  });
});
