import { expect } from 'chai';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import { until } from '../../support/gateway.ts';
import { type SendHistoryHarness, startSendHistoryHarness, whoGotNoneOf } from './send-history-harness.ts';

describe('a campaign whose segment asks who got another', () => {
  let harness: SendHistoryHarness;
  before(async () => {
    harness = await startSendHistoryHarness('163');
  });
  after(() => harness.stop());
  afterEach(() => harness.clearAll());

  it('begins once the other is over and its send history recorded, and leaves out who got it', async () => {
    harness.setClock('2026-12-01T14:00:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.setPlanState('first');
    await harness.startWith('rest', { at: new Date('2026-12-01T14:10:00Z') }, whoGotNoneOf('first'));
    harness.setClock('2026-12-01T14:10:00Z');
    await harness.planUntilWaiting(
      'rest',
      /^Its segment asks who got "first", .* still being sent\. This campaign continues by itself/,
    );
    expect(await harness.store.deliveries.countDocuments({ campaign: 'rest' })).to.equal(0);
    await harness.markAllAccepted('first');
    await harness.setPlanState('first', true);
    await until(
      'the first campaign is finished',
      async () => (await harness.find('first')).state === 'finished',
    );
    harness.setClock('2026-12-01T14:10:31Z');
    await harness.planUntilWaiting('rest', /the messages of that campaign are being recorded/);
    await harness.recordHistory();
    harness.setClock('2026-12-01T14:11:02Z');
    expect([...(await harness.planUntilComplete('rest')).keys()]).to.deep.equal([harness.people[1]]);
    expect(await harness.find('rest')).to.deep.include({ halted: null });
  });

  it('begins after the cancel of the other only when the last claim of a worker has ended', async () => {
    harness.setClock('2026-12-01T15:00:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    await harness.store.deliveries.updateOne({ campaign: 'first' }, { $set: { state: 'sending' } });
    await harness.startWith('rest', { at: new Date('2026-12-01T15:01:00Z') }, whoGotNoneOf('first'));
    await changeState(harness.contexts[0], 'first', 'cancel');
    harness.setClock('2026-12-01T15:01:00Z');
    await harness.planUntilWaiting('rest', /the messages of that campaign are being recorded/);
    await harness.stopPlanning();
    const sweep = () =>
      sweepCanceled(harness.store, harness.now(), (_campaign, error) => {
        throw error;
      });
    await sweep();
    expect(await harness.recordHistory()).to.deep.equal([]);
    await harness.store.deliveries.updateOne(
      { campaign: 'first' },
      { $set: { state: 'accepted', acceptedAt: harness.now() }, $unset: { open: '' } },
    );
    await sweep();
    expect(await harness.recordHistory()).to.deep.equal(['first']);
    harness.setClock('2026-12-01T15:02:00Z');
    expect([...(await harness.planUntilComplete('rest')).keys()]).to.deep.equal([harness.people[1]]);
  });

  it('waits also half-way, when the other began meanwhile', async () => {
    harness.setClock('2026-12-01T16:00:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    await harness.setPlanState('first');
    await harness.startWith('rest', { at: new Date('2026-12-01T16:01:00Z') }, whoGotNoneOf('first'));
    // This looks like a plan after a first slice without people.
    await harness.store.campaigns.updateOne({ _id: 'rest' }, { $set: { 'plan.cursor': 'c' } });
    harness.setClock('2026-12-01T16:01:00Z');
    await harness.planUntilWaiting('rest', /still being sent/);
    expect((await harness.find('rest')).plan.cursor).to.equal('c');
    await changeState(harness.contexts[0], 'first', 'pause');
    harness.setClock('2026-12-01T16:01:31Z');
    await harness.planUntilWaiting(
      'rest',
      /that campaign is paused\. Resume or cancel that campaign\. This campaign continues by itself soon after/,
    );
  });

  it('does not wait for capped people when it only leaves people out: they are left out too', async () => {
    harness.setClock('2026-12-06T14:00:00Z');
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    const fits = harness.startWith('fits', {}, { kind: 'sent', campaign: 'first' });
    expect(await fits.catch(({ message }: Error) => message)).to.match(
      /who got "first", .* still being sent/,
    );
    await harness.startWith('rest', {}, whoGotNoneOf('first'));
    expect([...(await harness.planUntilComplete('rest')).keys()]).to.deep.equal([harness.people[1]]);
    expect(await harness.find('first')).to.deep.include({ state: 'sending' });
    const { inAudience, clauses, sentence } = await whyOf(
      harness.contexts[0],
      await harness.find('rest'),
      harness.people[0] ?? '',
    );
    expect([inAudience, clauses.map(({ how }) => how)]).to.deep.equal([false, ['leaves-out']]);
    expect(sentence).to.match(
      /^Not in the audience, .*: the segment leaves out a person who .*first.*, or is still to\.$/,
    );
  });

  it('does not wait for a campaign paused past its deadline when it only leaves people out', async () => {
    harness.setClock('2026-12-07T14:00:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', { deadline: new Date('2026-12-07T15:00:00Z') }, { kind: 'everyone' });
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    await harness.store.deliveries.updateOne(
      { campaign: 'first', contact: harness.people[0] ?? '' },
      { $set: { state: 'sending' } },
    );
    await changeState(harness.contexts[0], 'first', 'pause');
    await harness.startWith('rest', { at: new Date('2026-12-07T14:30:00Z') }, whoGotNoneOf('first'));
    harness.setClock('2026-12-07T14:30:00Z');
    await harness.planUntilWaiting('rest', /that campaign is paused/);
    harness.setClock('2026-12-07T15:00:00Z');
    expect([...(await harness.planUntilComplete('rest')).keys()]).to.deep.equal([harness.people[1]]);
  });

  it('says while it waits that people whose hour passes are left out', async () => {
    harness.setClock('2026-12-01T19:59:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    await harness.setPlanState('first');
    const local = { date: '2026-12-02', minutes: 600, missed: 'skip' as const };
    await harness.startWith('rest', { local }, whoGotNoneOf('first'));
    harness.setClock('2026-12-01T20:00:10Z');
    await harness.planUntilWaiting(
      'rest',
      /or was canceled\. People whose local time has passed by more than 15 minutes then are left out\.$/,
    );
  });

  it('goes to nobody past its deadline, and the others count as having missed it', async () => {
    harness.setClock('2026-12-01T17:00:00Z');
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.stopPlanning();
    const late = { at: new Date('2026-12-01T17:01:00Z'), deadline: new Date('2026-12-01T17:02:00Z') };
    await harness.startWith('rest', late, whoGotNoneOf('first'));
    harness.setClock('2026-12-01T17:02:01Z');
    const expired = [...(await harness.planUntilComplete('rest')).values()].map(({ contact, state }) => [
      contact,
      state,
    ]);
    expect(expired).to.deep.equal([[harness.people[1], 'expired']]);
    await until(
      'the second campaign is finished',
      async () => (await harness.find('rest')).state === 'finished',
    );
    await draftResend(harness.contexts[0], 'rest', {
      id: 'again',
      unknownToo: false,
      variant: null,
      by: 'a key',
    });
    await harness.startDraft('again', {}, { segment: whoGotNoneOf('first') });
    expect([...(await harness.planUntilComplete('again')).keys()]).to.deep.equal([harness.people[1]]);
  });

  it('waits past its deadline while nobody knows who missed it', async () => {
    harness.setClock('2026-12-01T18:00:00Z');
    await harness.startBusyCampaign();
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    const late = { at: new Date('2026-12-01T18:01:00Z'), deadline: new Date('2026-12-01T18:02:00Z') };
    await harness.startWith('fits', late, { kind: 'sent', campaign: 'first' });
    harness.setClock('2026-12-01T18:02:01Z');
    await harness.planUntilWaiting('fits', /still being sent/);
    await harness.markAllAccepted('first');
    await until(
      'the first campaign is finished',
      async () => (await harness.find('first')).state === 'finished',
    );
    await harness.recordHistory();
    harness.setClock('2026-12-01T18:02:32Z');
    const expired = [...(await harness.planUntilComplete('fits')).values()].map(({ contact, state }) => [
      contact,
      state,
    ]);
    expect(expired).to.deep.equal([[harness.people[0], 'expired']]);
  });

  it('waits, when it names no campaign, for those that were over before its time, and for none under way', async () => {
    harness.setClock('2026-12-01T20:00:00Z');
    await harness.startWith('first', {}, harness.only(0));
    await harness.planUntilComplete('first');
    await harness.markAllAccepted('first');
    await until(
      'the first campaign is finished',
      async () => (await harness.find('first')).state === 'finished',
    );
    harness.setClock('2026-12-01T20:00:10Z');
    const any: Tree = { kind: 'none', of: [{ kind: 'sent' }] };
    const refused = await harness.startWith('rest', {}, any).catch(({ message }: Error) => message);
    expect(refused).to.match(/^Its segment asks who got "first", .* Try again then\.$/);
    await harness.startWith('flies', {}, harness.only(0));
    await harness.planUntilComplete('flies');
    await harness.recordHistory();
    await harness.startWith('rest', {}, any);
    expect([...(await harness.planUntilComplete('rest')).keys()]).to.deep.equal([harness.people[1]]);
  });
});
