import { expect } from 'chai';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import { until } from '../../support/gateway.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('a campaign whose segment asks who got another', () => {
  let rig: SendHistoryHarness;
  before(async () => {
    rig = await startSendHistoryHarness('163');
  });
  after(() => rig.stop());
  afterEach(() => rig.clearAll());

  it('begins once that one is over and noted, and leaves out who got it', async () => {
    rig.setClock('2026-12-01T14:00:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.setPlanState('first');
    await rig.startWith('rest', { at: new Date('2026-12-01T14:10:00Z') }, whoGotNoneOf('first'));
    rig.setClock('2026-12-01T14:10:00Z');
    await rig.planUntilWaiting(
      'rest',
      /^Its segment asks who got "first", .* still being sent\. It goes on by itself/,
    );
    expect(await rig.store.deliveries.countDocuments({ campaign: 'rest' })).to.equal(0);
    await rig.markAllAccepted('first');
    await rig.setPlanState('first', true);
    await until('the first campaign is finished', async () => (await rig.find('first')).state === 'finished');
    rig.setClock('2026-12-01T14:10:31Z');
    await rig.planUntilWaiting('rest', /what that one sent is being noted/);
    await rig.recordHistory();
    rig.setClock('2026-12-01T14:11:02Z');
    expect([...(await rig.planUntilComplete('rest')).keys()]).to.deep.equal([rig.people[1]]);
    expect(await rig.find('rest')).to.deep.include({ halted: null });
  });

  it('begins after a cancel of that one only when what a worker held has come to an end', async () => {
    rig.setClock('2026-12-01T15:00:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.stopPlanning();
    await rig.store.deliveries.updateOne({ campaign: 'first' }, { $set: { state: 'sending' } });
    await rig.startWith('rest', { at: new Date('2026-12-01T15:01:00Z') }, whoGotNoneOf('first'));
    await changeState(rig.contexts[0], 'first', 'cancel');
    rig.setClock('2026-12-01T15:01:00Z');
    await rig.planUntilWaiting('rest', /what that one sent is being noted/);
    await rig.stopPlanning();
    const sweep = () =>
      sweepCanceled(rig.store, rig.now(), (_campaign, error) => {
        throw error;
      });
    await sweep();
    expect(await rig.recordHistory()).to.deep.equal([]);
    await rig.store.deliveries.updateOne(
      { campaign: 'first' },
      { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
    );
    await sweep();
    expect(await rig.recordHistory()).to.deep.equal(['first']);
    rig.setClock('2026-12-01T15:02:00Z');
    expect([...(await rig.planUntilComplete('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('waits half-way too, where that one began meanwhile', async () => {
    rig.setClock('2026-12-01T16:00:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.stopPlanning();
    await rig.setPlanState('first');
    await rig.startWith('rest', { at: new Date('2026-12-01T16:01:00Z') }, whoGotNoneOf('first'));
    // As after a first slice with nobody in it.
    await rig.store.campaigns.updateOne({ _id: 'rest' }, { $set: { 'plan.cursor': 'c' } });
    rig.setClock('2026-12-01T16:01:00Z');
    await rig.planUntilWaiting('rest', /still being sent/);
    expect((await rig.find('rest')).plan.cursor).to.equal('c');
    await changeState(rig.contexts[0], 'first', 'pause');
    rig.setClock('2026-12-01T16:01:31Z');
    await rig.planUntilWaiting(
      'rest',
      /that one is paused\. Resume or cancel that one: this goes on by itself soon after/,
    );
  });

  it('does not wait for whom a cap puts off, where it leaves out alone: they are left out, too', async () => {
    rig.setClock('2026-12-06T14:00:00Z');
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    const fits = rig.startWith('fits', {}, { kind: 'sent', campaign: 'first' });
    expect(await fits.catch(({ message }: Error) => message)).to.match(
      /who got "first", .* still being sent/,
    );
    await rig.startWith('rest', {}, whoGotNoneOf('first'));
    expect([...(await rig.planUntilComplete('rest')).keys()]).to.deep.equal([rig.people[1]]);
    expect(await rig.find('first')).to.deep.include({ state: 'sending' });
    const { inAudience, clauses, sentence } = await whyOf(
      rig.contexts[0],
      await rig.find('rest'),
      rig.people[0] ?? '',
    );
    expect([inAudience, clauses.map(({ how }) => how)]).to.deep.equal([false, ['leaves-out']]);
    expect(sentence).to.match(/^Not in the audience, .*: it leaves out whoever .*first.*, or is still to\.$/);
  });

  it('does not wait for what is paused past its deadline, where it leaves out alone', async () => {
    rig.setClock('2026-12-07T14:00:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', { deadline: new Date('2026-12-07T15:00:00Z') }, { kind: 'everyone' });
    await rig.planUntilComplete('first');
    await rig.stopPlanning();
    await rig.store.deliveries.updateOne(
      { campaign: 'first', contact: rig.people[0] ?? '' },
      { $set: { state: 'sending' } },
    );
    await changeState(rig.contexts[0], 'first', 'pause');
    await rig.startWith('rest', { at: new Date('2026-12-07T14:30:00Z') }, whoGotNoneOf('first'));
    rig.setClock('2026-12-07T14:30:00Z');
    await rig.planUntilWaiting('rest', /that one is paused/);
    rig.setClock('2026-12-07T15:00:00Z');
    expect([...(await rig.planUntilComplete('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('says so where whoever’s hour passes meanwhile is left out', async () => {
    rig.setClock('2026-12-01T19:59:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.stopPlanning();
    await rig.setPlanState('first');
    const local = { date: '2026-12-02', minutes: 600, missed: 'skip' as const };
    await rig.startWith('rest', { local }, whoGotNoneOf('first'));
    rig.setClock('2026-12-01T20:00:10Z');
    await rig.planUntilWaiting(
      'rest',
      /or was canceled\. Whoever's hour passes by more than 15 minutes until then is left out\.$/,
    );
  });

  it('goes to nobody past its deadline, and leaves out who got that one: whoever is left missed it', async () => {
    rig.setClock('2026-12-01T17:00:00Z');
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.stopPlanning();
    const late = { at: new Date('2026-12-01T17:01:00Z'), deadline: new Date('2026-12-01T17:02:00Z') };
    await rig.startWith('rest', late, whoGotNoneOf('first'));
    rig.setClock('2026-12-01T17:02:01Z');
    const expired = [...(await rig.planUntilComplete('rest')).values()].map(({ contact, state }) => [
      contact,
      state,
    ]);
    expect(expired).to.deep.equal([[rig.people[1], 'expired']]);
    await until('the second campaign is finished', async () => (await rig.find('rest')).state === 'finished');
    await draftResend(rig.contexts[0], 'rest', {
      id: 'again',
      unknownToo: false,
      variant: null,
      by: 'a key',
    });
    await rig.startDraft('again', {}, { segment: whoGotNoneOf('first') });
    expect([...(await rig.planUntilComplete('again')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('waits past its deadline, too: nobody knows yet who missed it', async () => {
    rig.setClock('2026-12-01T18:00:00Z');
    await rig.startBusyCampaign();
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    const late = { at: new Date('2026-12-01T18:01:00Z'), deadline: new Date('2026-12-01T18:02:00Z') };
    await rig.startWith('fits', late, { kind: 'sent', campaign: 'first' });
    rig.setClock('2026-12-01T18:02:01Z');
    await rig.planUntilWaiting('fits', /still being sent/);
    await rig.markAllAccepted('first');
    await until('the first campaign is finished', async () => (await rig.find('first')).state === 'finished');
    await rig.recordHistory();
    rig.setClock('2026-12-01T18:02:32Z');
    const expired = [...(await rig.planUntilComplete('fits')).values()].map(({ contact, state }) => [
      contact,
      state,
    ]);
    expect(expired).to.deep.equal([[rig.people[0], 'expired']]);
  });

  it('waits, where it names none, for what was over before its own time, and for nothing that flies', async () => {
    rig.setClock('2026-12-01T20:00:00Z');
    await rig.startWith('first', {}, rig.only(0));
    await rig.planUntilComplete('first');
    await rig.markAllAccepted('first');
    await until('the first campaign is finished', async () => (await rig.find('first')).state === 'finished');
    rig.setClock('2026-12-01T20:00:10Z');
    const any: Tree = { kind: 'none', of: [{ kind: 'sent' }] };
    const refused = await rig.startWith('rest', {}, any).catch(({ message }: Error) => message);
    expect(refused).to.match(/^Its segment asks who got "first", .* Try again then\.$/);
    await rig.startWith('flies', {}, rig.only(0));
    await rig.planUntilComplete('flies');
    await rig.recordHistory();
    await rig.startWith('rest', {}, any);
    expect([...(await rig.planUntilComplete('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });
});
