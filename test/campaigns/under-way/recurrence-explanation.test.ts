import { expect } from 'chai';
import { showCost } from '../../../src/api/campaign-results.ts';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import { resultsOf } from '../../../src/campaigns/results.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { asRefusal } from '../../../src/consent/command-refused.ts';
import type { Repeat } from '../../../src/domain/campaigns/recurrence.ts';
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';

const DAILY: Repeat = { cron: '0 10 * * *', until: null, validMs: null };

describe('an answer about a recurrence by its runs', () => {
  let harness: CampaignHarness;
  let someone: string;
  before(async () => {
    harness = await startCampaignHarness('134');
    someone = await harness.addPerson();
  });
  after(() => harness.stop());
  const why = async (id: string) => whyOf(harness.contexts[0], await harness.find(id), someone);
  const missed = (id: string) =>
    draftResend(harness.contexts[0], id, {
      id: 'again',
      unknownToo: false,
      variant: null,
      by: 'a key',
    }).catch((error: Error) => error.message);

  it('names the begin of the first run, a pause, or a cancel before any run', async () => {
    harness.setClock('2026-12-01T12:00:00Z');
    await harness.startDraft('daily', { repeat: DAILY });
    const { sentence, inAudience, row } = await why('daily');
    expect([inAudience, row]).to.deep.equal([true, null]);
    expect(sentence).to.equal(
      'Waits: its first run begins at Dec 1, 2026, 3:00 PM UTC, for whoever is in the audience then.',
    );
    await changeState(harness.contexts[0], 'daily', 'pause');
    expect((await why('daily')).sentence).to.equal('Waits: the campaign is paused.');
    await changeState(harness.contexts[0], 'daily', 'resume');
    await harness.startDraft('never', { repeat: DAILY });
    await changeState(harness.contexts[0], 'never', 'cancel');
    expect((await why('never')).sentence).to.equal(
      'Not sent: the campaign was canceled before its first run.',
    );
    expect(await missed('never')).to.equal('It is a recurrence without any run yet, so nobody missed it.');
  });

  it('repeats the answer of the last run and names this run', async () => {
    for (const day of [1, 2]) {
      harness.setClock(`2026-12-0${day}T15:00:00Z`);
      await makeDueRuns(harness.contexts[0]);
    }
    const run = 'daily.2612021500';
    await harness.planUntilComplete(run);
    const { sentence, row } = await why('daily');
    expect(row?.campaign).to.equal(run);
    expect(sentence).to.equal(`Of its last run, ${run}: ${(await why(run)).sentence}`);
    expect(sentence).to.match(/: Waits to be sent/);
  });

  it('names the run whose costs and results can be asked for', async () => {
    const [context] = harness.contexts;
    const results = async (id: string) =>
      resultsOf(context, await harness.find(id), { by: 'reply', via: null, days: 7 }).catch(asRefusal);
    expect(String(await results('daily'))).to.contain(
      'It is a recurrence, and each run has results of its own. For the last run: GET /campaigns/daily.2612021500/results.',
    );
    expect(String(await results('never'))).to.contain(
      'a recurrence without any run yet, so there are no results.',
    );
    expect(await results('daily.2612021500')).to.have.keys(['groups', 'comparisons', 'decision']);
    const cost = async (id: string) =>
      showCost({ context, params: { id } } as Parameters<typeof showCost>[0]);
    const { estimate, ...told } = await cost('daily');
    expect(estimate?.going).to.deep.equal({ people: 1 });
    expect(told).to.deep.include({ actual: null, ahead: null, last_run: 'daily.2612021500' });
    expect(await cost('daily.2612021500')).to.deep.include({
      ahead: { parts: 1, cost: null },
      last_run: null,
    });
  });

  it('names the run whose missed people can be asked for, also once the recurrence has ended', async () => {
    const hint =
      'It is a recurrence, and each run has a resend of its own. For the last run: POST /campaigns/daily.2612021500/missed.';
    expect(await missed('daily')).to.equal(hint);
    await harness.store.campaigns.updateOne({ _id: 'daily' }, { $set: { state: 'finished' } });
    expect(await missed('daily')).to.equal(hint);
    await harness.store.campaigns.updateOne({ _id: 'daily.2612021500' }, { $set: { state: 'finished' } });
    expect(await missed('daily.2612021500')).to.deep.include({ _id: 'again', state: 'draft' });
  });
});
