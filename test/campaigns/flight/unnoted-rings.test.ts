import { expect } from 'chai';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { makeDueRuns } from '../../../src/campaigns/worker/scheduler.ts';
import { type AskingRig, startAskingRig, without } from './asking-rig.ts';

describe('campaigns whose segments ask about each other', () => {
  let rig: AskingRig;
  before(async () => {
    rig = await startAskingRig('164');
  });
  after(() => rig.stop());
  afterEach(() => rig.clear());

  const refused = (id: string, ...asks: string[]) =>
    rig.startsOf(id, {}, without(...asks)).then(
      () => null,
      ({ message }: Error) => message,
    );

  it('are not started: not the one that would close the ring, whatever its length and whoever is paused', async () => {
    rig.at('2026-12-05T14:00:00Z');
    await rig.drafts('b', 'c');
    const at = new Date('2026-12-05T14:01:00Z');
    await rig.startsOf('a', { at }, without('b'));
    await rig.startsOf('b', { at }, without('c'));
    await changeState(rig.contexts[0], 'b', 'pause');
    expect(await refused('c', 'a')).to.match(
      /^Its segment asks who got "a", and "a", which has not ended, asks/,
    );
    expect((await rig.find('c')).state).to.equal('draft');
    await changeState(rig.contexts[0], 'b', 'cancel');
    expect(await refused('c', 'a')).to.equal(null);
  });

  it('are not started beside a recurrence either, of which no run was made yet', async () => {
    rig.at('2026-12-01T19:00:00Z');
    await rig.drafts('once');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await rig.startsOf('daily', { repeat }, without('once'));
    expect(await refused('once', 'daily')).to.match(
      /^It asks who got "daily", and "daily", which is under way/,
    );
  });

  it('are runs of a recurrence: the next waits until the one before is planned whole, and no longer', async () => {
    rig.at('2026-12-01T19:00:00Z');
    await rig.beside();
    await rig.drafts('daily');
    const repeat = { cron: '0 10 * * *', until: null, validMs: null };
    await rig.startsOf('daily', { repeat }, { kind: 'all', of: [rig.only(0), without('daily')] });
    const [first, second] = ['daily.2612021500', 'daily.2612031500'];
    rig.at('2026-12-02T15:00:01Z');
    await makeDueRuns(rig.contexts[0]);
    expect((await rig.planned(first)).size).to.equal(1);
    await rig.unplanned(first);
    rig.at('2026-12-03T15:00:01Z');
    await makeDueRuns(rig.contexts[0]);
    await rig.rested(second, new RegExp(`who got "${first}"`));
    await rig.unplanned(first, true);
    rig.at('2026-12-03T15:01:00Z');
    expect((await rig.planned(second)).size).to.equal(0);
    expect((await rig.find(first)).state).to.equal('sending');
  });
});
