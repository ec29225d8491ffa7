import { expect } from 'chai';
import { whyOf } from '../../../src/campaigns/explanation.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { draftResend } from '../../../src/campaigns/resend.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import { sweepCanceled } from '../../../src/store/campaigns/ending.ts';
import { until } from '../../support/gateway.ts';
import { type AskingRig, startAskingRig, without } from './asking-rig.ts';

describe('a campaign whose segment asks who got another', () => {
  let rig: AskingRig;
  before(async () => {
    rig = await startAskingRig('163');
  });
  after(() => rig.stop());
  afterEach(() => rig.clear());

  it('begins once that one is over and noted, and leaves out who got it', async () => {
    rig.at('2026-12-01T14:00:00Z');
    await rig.beside();
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.unplanned('first');
    await rig.startsOf('rest', { at: new Date('2026-12-01T14:10:00Z') }, without('first'));
    rig.at('2026-12-01T14:10:00Z');
    await rig.rested(
      'rest',
      /^Its segment asks who got "first", .* still being sent\. This campaign continues by itself/,
    );
    expect(await rig.store.deliveries.countDocuments({ campaign: 'rest' })).to.equal(0);
    await rig.leave('first');
    await rig.unplanned('first', true);
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    rig.at('2026-12-01T14:10:31Z');
    await rig.rested('rest', /the messages of that campaign are being recorded/);
    await rig.note();
    rig.at('2026-12-01T14:11:02Z');
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([rig.people[1]]);
    expect(await rig.find('rest')).to.deep.include({ halted: null });
  });

  it('begins after a cancel of that one only when what a worker held has come to an end', async () => {
    rig.at('2026-12-01T15:00:00Z');
    await rig.beside();
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.rest();
    await rig.store.deliveries.updateOne({ campaign: 'first' }, { $set: { state: 'sending' } });
    await rig.startsOf('rest', { at: new Date('2026-12-01T15:01:00Z') }, without('first'));
    await changeState(rig.contexts[0], 'first', 'cancel');
    rig.at('2026-12-01T15:01:00Z');
    await rig.rested('rest', /the messages of that campaign are being recorded/);
    await rig.rest();
    const sweep = () =>
      sweepCanceled(rig.store, rig.now(), (_campaign, error) => {
        throw error;
      });
    await sweep();
    expect(await rig.note()).to.deep.equal([]);
    await rig.store.deliveries.updateOne(
      { campaign: 'first' },
      { $set: { state: 'accepted', acceptedAt: rig.now() }, $unset: { open: '' } },
    );
    await sweep();
    expect(await rig.note()).to.deep.equal(['first']);
    rig.at('2026-12-01T15:02:00Z');
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('waits half-way too, where that one began meanwhile', async () => {
    rig.at('2026-12-01T16:00:00Z');
    await rig.beside();
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.rest();
    await rig.unplanned('first');
    await rig.startsOf('rest', { at: new Date('2026-12-01T16:01:00Z') }, without('first'));
    // As after a first slice with nobody in it.
    await rig.store.campaigns.updateOne({ _id: 'rest' }, { $set: { 'plan.cursor': 'c' } });
    rig.at('2026-12-01T16:01:00Z');
    await rig.rested('rest', /still being sent/);
    expect((await rig.find('rest')).plan.cursor).to.equal('c');
    await changeState(rig.contexts[0], 'first', 'pause');
    rig.at('2026-12-01T16:01:31Z');
    await rig.rested(
      'rest',
      /that campaign is paused\. Resume or cancel that campaign\. This campaign continues by itself soon after/,
    );
  });

  it('does not wait for whom a cap puts off, where it leaves out alone: they are left out, too', async () => {
    rig.at('2026-12-06T14:00:00Z');
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    const fits = rig.startsOf('fits', {}, { kind: 'sent', campaign: 'first' });
    expect(await fits.catch(({ message }: Error) => message)).to.match(
      /who got "first", .* still being sent/,
    );
    await rig.startsOf('rest', {}, without('first'));
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([rig.people[1]]);
    expect(await rig.find('first')).to.deep.include({ state: 'sending' });
    const { inAudience, clauses, sentence } = await whyOf(
      rig.contexts[0],
      await rig.find('rest'),
      rig.people[0] ?? '',
    );
    expect([inAudience, clauses.map(({ how }) => how)]).to.deep.equal([false, ['leaves-out']]);
    expect(sentence).to.match(
      /^Not in the audience, .*: the segment leaves out a person who .*first.*, or is still to\.$/,
    );
  });

  it('does not wait for what is paused past its deadline, where it leaves out alone', async () => {
    rig.at('2026-12-07T14:00:00Z');
    await rig.beside();
    await rig.startsOf('first', { deadline: new Date('2026-12-07T15:00:00Z') }, { kind: 'everyone' });
    await rig.planned('first');
    await rig.rest();
    await rig.store.deliveries.updateOne(
      { campaign: 'first', contact: rig.people[0] ?? '' },
      { $set: { state: 'sending' } },
    );
    await changeState(rig.contexts[0], 'first', 'pause');
    await rig.startsOf('rest', { at: new Date('2026-12-07T14:30:00Z') }, without('first'));
    rig.at('2026-12-07T14:30:00Z');
    await rig.rested('rest', /that campaign is paused/);
    rig.at('2026-12-07T15:00:00Z');
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('says so where whoever’s hour passes meanwhile is left out', async () => {
    rig.at('2026-12-01T19:59:00Z');
    await rig.beside();
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.rest();
    await rig.unplanned('first');
    const local = { date: '2026-12-02', minutes: 600, missed: 'skip' as const };
    await rig.startsOf('rest', { local }, without('first'));
    rig.at('2026-12-01T20:00:10Z');
    await rig.rested(
      'rest',
      /or was canceled\. People whose local time has passed by more than 15 minutes then are left out\.$/,
    );
  });

  it('goes to nobody past its deadline, and leaves out who got that one: whoever is left missed it', async () => {
    rig.at('2026-12-01T17:00:00Z');
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.rest();
    const late = { at: new Date('2026-12-01T17:01:00Z'), deadline: new Date('2026-12-01T17:02:00Z') };
    await rig.startsOf('rest', late, without('first'));
    rig.at('2026-12-01T17:02:01Z');
    const expired = [...(await rig.planned('rest')).values()].map(({ contact, state }) => [contact, state]);
    expect(expired).to.deep.equal([[rig.people[1], 'expired']]);
    await until('its end', async () => (await rig.find('rest')).state === 'finished');
    await draftResend(rig.contexts[0], 'rest', {
      id: 'again',
      unknownToo: false,
      variant: null,
      by: 'a key',
    });
    await rig.start('again', {}, { segment: without('first') });
    expect([...(await rig.planned('again')).keys()]).to.deep.equal([rig.people[1]]);
  });

  it('waits past its deadline, too: nobody knows yet who missed it', async () => {
    rig.at('2026-12-01T18:00:00Z');
    await rig.beside();
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    const late = { at: new Date('2026-12-01T18:01:00Z'), deadline: new Date('2026-12-01T18:02:00Z') };
    await rig.startsOf('fits', late, { kind: 'sent', campaign: 'first' });
    rig.at('2026-12-01T18:02:01Z');
    await rig.rested('fits', /still being sent/);
    await rig.leave('first');
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    await rig.note();
    rig.at('2026-12-01T18:02:32Z');
    const expired = [...(await rig.planned('fits')).values()].map(({ contact, state }) => [contact, state]);
    expect(expired).to.deep.equal([[rig.people[0], 'expired']]);
  });

  it('waits, where it names none, for what was over before its own time, and for nothing that flies', async () => {
    rig.at('2026-12-01T20:00:00Z');
    await rig.startsOf('first', {}, rig.only(0));
    await rig.planned('first');
    await rig.leave('first');
    await until('the end of the first', async () => (await rig.find('first')).state === 'finished');
    rig.at('2026-12-01T20:00:10Z');
    const any: Tree = { kind: 'none', of: [{ kind: 'sent' }] };
    const refused = await rig.startsOf('rest', {}, any).catch(({ message }: Error) => message);
    expect(refused).to.match(/^Its segment asks who got "first", .* Try again then\.$/);
    await rig.startsOf('flies', {}, rig.only(0));
    await rig.planned('flies');
    await rig.note();
    await rig.startsOf('rest', {}, any);
    expect([...(await rig.planned('rest')).keys()]).to.deep.equal([rig.people[1]]);
  });
});
