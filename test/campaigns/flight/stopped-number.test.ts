import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { changeState } from '../../../src/campaigns/lifecycle.ts';
import { progressOf } from '../../../src/campaigns/progress.ts';
import { previewWhen, type Timing } from '../../../src/campaigns/schedule-preview.ts';
import { ROOT } from '../../../src/config.ts';
import { readTemplates } from '../../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../../src/consent/programs/save-program.ts';
import type { Split } from '../../../src/domain/campaigns/experiment.ts';
import type { Program } from '../../../src/domain/program.ts';
import { stopSender } from '../../../src/store/senders/sender-state.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { addConfirmed, marketer, person, SUBSCRIBED, slow, whoGot } from '../crew.ts';
import { startTimeRig, type TimeRig } from '../time-rig.ts';

const STOP = {
  code: '20005',
  why: 'The account is not active. Settle its balance, then resume this number.',
};
const TORONTO = '+14165550123';
const PEOPLE = 4;

describe('a campaign whose only number is stopped', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slow(100) });
    client = await newClient(gateway);
    team = marketer(client);
    await stopSender(gateway.store, '28555', STOP, new Date());
    await addConfirmed(gateway, [...Array.from({ length: PEOPLE }, (_, at) => person(at + 1)), TORONTO]);
    await team.words('offer', '{brand}: an offer');
    await team.draft('waits', { segment: SUBSCRIBED });
    await team.post('waits', 'start');
    await until('it is planned', async () => {
      const campaign = await gateway.store.campaigns.findOne({ _id: 'waits' });
      return campaign?.plan.complete === true;
    });
  });
  after(() => gateway.stop());

  const why = async (phone: string) =>
    (await client('post', '/campaigns/waits/why', { body: { phone } })).body;

  it('plans its messages, abroad too, which wait', async () => {
    const { state, progress } = await team.show('waits');
    expect([state, progress.messages.planned, progress.messages.skipped]).to.deep.equal([
      'sending',
      PEOPLE + 1,
      0,
    ]);
    expect((await why(TORONTO)).delivery.state).to.equal('planned');
  });

  it('says what they wait for', async () => {
    const says = `Waits to be sent. Its sender is stopped, so nothing is sent from it now: ${STOP.why}`;
    const { sentence, delivery } = await why(person(1));
    expect([sentence, delivery.sentence]).to.deep.equal([says, says]);
    expect((await client('get', `/deliveries/${delivery.id}`)).body.sentence).to.equal(says);
  });

  it('is told to whoever looks at it or at a draft, with no time at which it would be done', async () => {
    const stopped = [{ number: '28555', why: STOP.why }];
    const { progress } = await team.show('waits');
    expect([progress.stopped, progress.done_at]).to.deep.equal([stopped, null]);
    await team.draft('next', { segment: SUBSCRIBED });
    expect((await team.show('next')).progress.stopped).to.deep.equal(stopped);
    const { body } = await team.post('next', 'preview');
    expect([body.stopped, body.start_refused]).to.deep.equal([stopped, null]);
    const { going, first_at, last_at, rate } = body.when;
    expect([going, first_at, last_at]).to.deep.equal([PEOPLE + 1, null, null]);
    expect(rate).to.deep.equal({ segments_per_second: 0, lasts_seconds: null });
  });

  it('reaches everybody once the number is resumed', async () => {
    await client('post', '/senders/28555/resume', { body: { reason: 'The account is paid.' } });
    await team.reaches('waits', 'finished');
    const numbers = Array.from({ length: PEOPLE }, (_, at) => person(at + 1));
    await until('they have it', async () => (await whoGot(gateway, PEOPLE, 'an offer')).length === PEOPLE);
    expect((await team.post('next', 'preview')).body.stopped).to.deep.equal([]);
    expect(await whoGot(gateway, PEOPLE, 'an offer')).to.deep.equal(numbers);
    expect(await gateway.received(TORONTO)).to.include('Fernway: an offer');
  });
});

describe('a campaign in flight, one of whose two numbers is stopped then', () => {
  const [deals] = PROGRAMS as [Program];
  const STOPPED = { ...SENDERS.shop, number: '28557' };
  const WORKING = { ...SENDERS.shop, number: '28558' };
  const both: Program = { ...deals, numbers: [STOPPED.number, WORKING.number] };
  const without: Program = { ...deals, numbers: [WORKING.number] };
  const stopped = [{ number: STOPPED.number, why: STOP.why }];
  const split: Split = {
    variants: ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 })),
    test: { share: 30, waitMinutes: 60, by: 'reply' },
    holdout: 0,
  };
  let rig: TimeRig;
  before(async () => {
    rig = await startTimeRig('158', { senders: [STOPPED, WORKING], programs: [both] });
    rig.at('2026-12-01T18:00:00Z');
    await rig.many(60);
    await rig.start('whole');
    await rig.start('tested', {}, { split });
    for (const id of ['whole', 'tested']) await rig.planned(id);
    await rig.rest();
    await stopSender(rig.store, STOPPED.number, STOP, rig.now());
  });
  after(() => rig.stop());

  const preview = async (id: string, program = both): Promise<Timing> => {
    const campaign = await rig.find(id);
    const { frozen } = campaign;
    const topic = program.topics.find((one) => one.id === campaign.topic);
    if (frozen === null || topic === undefined) throw new Error('it was not started');
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null };
    const { template, segment, variants = {} } = frozen;
    return previewWhen(rig.contexts[0], { campaign, program, topic, order, template, segment, variants });
  };
  const from = (campaign: string, { number }: typeof STOPPED): Promise<number> =>
    rig.store.deliveries.countDocuments({ campaign, sender: number, state: 'planned' });

  it('promises no hour to whom it is planned from that number, and no end', async () => {
    const { placed, end } = await preview('whole');
    const leaving = placed.filter(({ at }) => at !== null).length;
    expect(await from('whole', STOPPED)).to.be.greaterThan(0);
    expect([leaving, placed.length, end]).to.deep.equal([await from('whole', WORKING), 60, null]);
  });

  it('promises none to whom waits for the winner of a test that cannot end', async () => {
    const { placed, afterTest, end } = await preview('tested');
    const leaving = placed.filter(({ at }) => at !== null).length;
    expect(await from('tested', STOPPED)).to.be.greaterThan(0);
    expect(afterTest).to.be.greaterThan(0);
    expect([leaving, placed.length, end]).to.deep.equal([await from('tested', WORKING), 60, null]);
  });
  it('promises none either once the program is saved without that number, and names it', async () => {
    const [context] = rig.contexts;
    await saveProgram(rig.store, await readTemplates(ROOT), without, rig.now());
    await context.catalog.refresh();
    for (const id of ['whole', 'tested']) {
      const found = await preview(id, without);
      const leaving = found.placed.filter(({ at }) => at !== null).length;
      const here = await from(id, WORKING);
      expect([leaving, found.placed.length, found.end], id).to.deep.equal([here, 60, null]);
      expect(found.stopped, id).to.deep.equal(stopped);
    }
  });

  it('is shown with that number then, in flight with no time at which it is done, and paused', async () => {
    const [context] = rig.contexts;
    for (const id of ['whole', 'tested']) {
      const progress = await progressOf(context, await rig.find(id));
      expect([progress.doneAt, progress.stopped], id).to.deep.equal([null, stopped]);
    }
    await changeState(context, 'whole', 'pause');
    const paused = await progressOf(context, await rig.find('whole'));
    expect([paused.doneAt, paused.others, paused.stopped]).to.deep.equal([null, 0, stopped]);
  });

  it('does not name it for a campaign of which nothing waits for that number', async () => {
    await rig.start('after');
    await rig.planned('after');
    await rig.rest();
    const { doneAt, stopped } = await progressOf(rig.contexts[0], await rig.find('after'));
    expect([await from('after', STOPPED), doneAt === null, stopped]).to.deep.equal([0, false, []]);
  });
});
