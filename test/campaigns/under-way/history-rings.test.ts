import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('campaigns whose segments ask about each other', () => {
  let harness: SendHistoryHarness;
  before(async () => {
    harness = await startSendHistoryHarness('164');
  });
  after(() => harness.stop());
  afterEach(() => harness.clearAll());

  const refused = (id: string, ...asks: string[]) =>
    harness.startWith(id, {}, whoGotNoneOf(...asks)).then(
      () => null,
      ({ message }: Error) => message,
    );

  it('are not started when one would close a ring, of any length and whichever is paused', async () => {
    harness.setClock('2026-12-05T14:00:00Z');
    await harness.saveDrafts('b', 'c');
    const at = new Date('2026-12-05T14:01:00Z');
    await harness.startWith('a', { at }, whoGotNoneOf('b'));
    await harness.startWith('b', { at }, whoGotNoneOf('c'));
    await changeState(harness.contexts[0], 'b', 'pause');
    expect(await refused('c', 'a')).to.match(
      /^Its segment asks who got "a", and "a", which has not ended, asks/,
    );
    expect((await harness.find('c')).state).to.equal('draft');
    await changeState(harness.contexts[0], 'b', 'cancel');
    expect(await refused('c', 'a')).to.equal(null);
  });

  it('are not started beside a recurrence without any run either', async () => {
    harness.setClock('2026-12-01T19:00:00Z');
    await harness.saveDrafts('once');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await harness.startWith('daily', { repeat }, whoGotNoneOf('once'));
    expect(await refused('once', 'daily')).to.match(
      /^Its segment asks who got "daily", and "daily", which has not ended/,
    );
  });

  it('are runs of a recurrence, where each waits only until the one before is planned', async () => {
    harness.setClock('2026-12-01T19:00:00Z');
    await harness.startBusyCampaign();
    await harness.saveDrafts('daily');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await harness.startWith(
      'daily',
      { repeat },
      { kind: 'all', of: [harness.only(0), whoGotNoneOf('daily')] },
    );
    const [first, second] = ['daily.2612021500', 'daily.2612031500'];
    harness.setClock('2026-12-02T15:00:01Z');
    await makeDueRuns(harness.contexts[0]);
    expect((await harness.planUntilComplete(first)).size).to.equal(1);
    await harness.setPlanState(first);
    harness.setClock('2026-12-03T15:00:01Z');
    await makeDueRuns(harness.contexts[0]);
    await harness.planUntilWaiting(second, new RegExp(`who got "${first}"`));
    await harness.setPlanState(first, true);
    harness.setClock('2026-12-03T15:01:00Z');
    expect((await harness.planUntilComplete(second)).size).to.equal(0);
    expect((await harness.find(first)).state).to.equal('sending');
  });
});
