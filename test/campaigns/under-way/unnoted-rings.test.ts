import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('campaigns whose segments ask about each other', () => {
  let rig: SendHistoryHarness;
  before(async () => {
    rig = await startSendHistoryHarness('164');
  });
  after(() => rig.stop());
  afterEach(() => rig.clearAll());

  const refused = (id: string, ...asks: string[]) =>
    rig.startWith(id, {}, whoGotNoneOf(...asks)).then(
      () => null,
      ({ message }: Error) => message,
    );

  it('are not started: not the one that would close the ring, whatever its length and whoever is paused', async () => {
    rig.setClock('2026-12-05T14:00:00Z');
    await rig.saveDrafts('b', 'c');
    const at = new Date('2026-12-05T14:01:00Z');
    await rig.startWith('a', { at }, whoGotNoneOf('b'));
    await rig.startWith('b', { at }, whoGotNoneOf('c'));
    await changeState(rig.contexts[0], 'b', 'pause');
    expect(await refused('c', 'a')).to.match(
      /^It asks who got "a", and "a", which is under way, asks in turn/,
    );
    expect((await rig.find('c')).state).to.equal('draft');
    await changeState(rig.contexts[0], 'b', 'cancel');
    expect(await refused('c', 'a')).to.equal(null);
  });

  it('are not started beside a recurrence either, of which no run was made yet', async () => {
    rig.setClock('2026-12-01T19:00:00Z');
    await rig.saveDrafts('once');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await rig.startWith('daily', { repeat }, whoGotNoneOf('once'));
    expect(await refused('once', 'daily')).to.match(
      /^It asks who got "daily", and "daily", which is under way/,
    );
  });

  it('are runs of a recurrence: the next waits until the one before is planned whole, and no longer', async () => {
    rig.setClock('2026-12-01T19:00:00Z');
    await rig.startBusyCampaign();
    await rig.saveDrafts('daily');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await rig.startWith('daily', { repeat }, { kind: 'all', of: [rig.only(0), whoGotNoneOf('daily')] });
    const [first, second] = ['daily.2612021500', 'daily.2612031500'];
    rig.setClock('2026-12-02T15:00:01Z');
    await makeDueRuns(rig.contexts[0]);
    expect((await rig.planUntilComplete(first)).size).to.equal(1);
    await rig.setPlanState(first);
    rig.setClock('2026-12-03T15:00:01Z');
    await makeDueRuns(rig.contexts[0]);
    await rig.planUntilWaiting(second, new RegExp(`who got "${first}"`));
    await rig.setPlanState(first, true);
    rig.setClock('2026-12-03T15:01:00Z');
    expect((await rig.planUntilComplete(second)).size).to.equal(0);
    expect((await rig.find(first)).state).to.equal('sending');
  });
});
