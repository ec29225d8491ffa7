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
import { type CampaignHarness, startCampaignHarness } from '../campaign-harness.ts';
import { addConfirmed, marketer, person, SUBSCRIBED, slowSender, whoGot } from '../marketer.ts';

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
    gateway = await startGateway({ worker: 'sending', senders: slowSender(100) });
    client = await newClient(gateway);
    team = marketer(client);
    await stopSender(gateway.store, '28555', STOP, new Date());
    await addConfirmed(gateway, [...Array.from({ length: PEOPLE }, (_, at) => person(at + 1)), TORONTO]);
    await team.words('offer', '{brand}: an offer');
    await team.draft('waits', { segment: SUBSCRIBED });
    await team.post('waits', 'start');
    await until('the campaign is planned', async () => {
      const campaign = await gateway.store.campaigns.findOne({ _id: 'waits' });
      return campaign?.plan.complete === true;
    });
  });
  after(() => gateway.stop());

  const why = async (phone: string) =>
    (await client('post', '/campaigns/waits/why', { body: { phone } })).body;

  it('plans its messages, also those abroad, and they wait', async () => {
    const { state, progress } = await team.show('waits');
    expect([state, progress.messages.planned, progress.messages.skipped]).to.deep.equal([
      'sending',
      PEOPLE + 1,
      0,
    ]);
    expect((await why(TORONTO)).delivery.state).to.equal('planned');
  });

  it('names what its messages wait for', async () => {
    const says = `Waits to be sent. Its sender is stopped, so nothing is sent from it now: ${STOP.why}`;
    const { sentence, delivery } = await why(person(1));
    expect([sentence, delivery.sentence]).to.deep.equal([says, says]);
    expect((await client('get', `/deliveries/${delivery.id}`)).body.sentence).to.equal(says);
  });

  it('is reported with no finishing time to whoever reads it or a draft', async () => {
    const stopped = [{ number: '28555', why: STOP.why }];
    const { progress } = await team.show('waits');
    expect([progress.stopped, progress.done_at]).to.deep.equal([stopped, null]);
    await team.draft('next', { segment: SUBSCRIBED });
    expect((await team.show('next')).progress.stopped).to.deep.equal(stopped);
    const { body } = await team.post('next', 'preview');
    expect([body.stopped, body.start_refused]).to.deep.equal([stopped, null]);
    const { going, first_at, last_at, rate } = body.when;
    expect([going.people, first_at, last_at]).to.deep.equal([0, null, null]);
    expect(body.when.at_stopped_number).to.deep.equal({ people: PEOPLE + 1 });
    expect(rate).to.deep.equal({ segments_per_second: 0, lasts_seconds: null });
    const { estimate } = (await client('get', '/campaigns/next/cost')).body;
    expect([estimate.going, estimate.parts]).to.deep.equal([{ people: PEOPLE + 1 }, { parts: PEOPLE + 1 }]);
  });

  it('reaches everybody once the number is resumed', async () => {
    await client('post', '/senders/28555/resume', { body: { reason: 'The account is paid.' } });
    await team.reaches('waits', 'finished');
    const numbers = Array.from({ length: PEOPLE }, (_, at) => person(at + 1));
    await until(
      'everybody has the offer',
      async () => (await whoGot(gateway, PEOPLE, 'an offer')).length === PEOPLE,
    );
    expect((await team.post('next', 'preview')).body.stopped).to.deep.equal([]);
    expect(await whoGot(gateway, PEOPLE, 'an offer')).to.deep.equal(numbers);
    expect(await gateway.received(TORONTO)).to.include('Fernway: an offer');
  });
});

describe('a campaign under way, one of whose two numbers is then stopped', () => {
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
  let harness: CampaignHarness;
  before(async () => {
    harness = await startCampaignHarness('158', { senders: [STOPPED, WORKING], programs: [both] });
    harness.setClock('2026-12-01T18:00:00Z');
    await harness.addPeople(60);
    await harness.startDraft('whole');
    await harness.startDraft('tested', {}, { split });
    for (const id of ['whole', 'tested']) await harness.planUntilComplete(id);
    await harness.stopPlanning();
    await stopSender(harness.store, STOPPED.number, STOP, harness.now());
  });
  after(() => harness.stop());

  const preview = async (id: string, program = both): Promise<Timing> => {
    const campaign = await harness.find(id);
    const { frozen } = campaign;
    const topic = program.topics.find((topic) => topic.id === campaign.topic);
    if (frozen === null || topic === undefined) throw new Error('it was not started');
    const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null };
    const { template, segment, variants = {} } = frozen;
    return previewWhen(harness.contexts[0], { campaign, program, topic, order, template, segment, variants });
  };
  const from = (campaign: string, { number }: typeof STOPPED): Promise<number> =>
    harness.store.deliveries.countDocuments({ campaign, sender: number, state: 'planned' });

  it('promises neither hour nor end to those planned from that number', async () => {
    const { placed, end } = await preview('whole');
    const leaving = placed.filter(({ at }) => at !== null).length;
    expect(await from('whole', STOPPED)).to.be.greaterThan(0);
    expect([leaving, placed.length, end]).to.deep.equal([await from('whole', WORKING), 60, null]);
  });

  it('promises no hour to those who wait for the winner of a test that cannot end', async () => {
    const { placed, afterTest, end } = await preview('tested');
    const leaving = placed.filter(({ at }) => at !== null).length;
    expect(await from('tested', STOPPED)).to.be.greaterThan(0);
    expect(afterTest).to.be.greaterThan(0);
    expect([leaving, placed.length, end]).to.deep.equal([await from('tested', WORKING), 60, null]);
  });
  it('promises none, and names the number, also once the program was saved without it', async () => {
    const [context] = harness.contexts;
    await saveProgram(harness.store, await readTemplates(ROOT), without, harness.now());
    await context.catalog.refresh();
    for (const id of ['whole', 'tested']) {
      const found = await preview(id, without);
      const leaving = found.placed.filter(({ at }) => at !== null).length;
      const here = await from(id, WORKING);
      expect([leaving, found.placed.length, found.end], id).to.deep.equal([here, 60, null]);
      expect(found.stopped, id).to.deep.equal(stopped);
    }
  });

  it('is shown with that number and without a finishing time, under way and paused', async () => {
    const [context] = harness.contexts;
    for (const id of ['whole', 'tested']) {
      const progress = await progressOf(context, await harness.find(id));
      expect([progress.doneAt, progress.stopped], id).to.deep.equal([null, stopped]);
    }
    await changeState(context, 'whole', 'pause');
    const paused = await progressOf(context, await harness.find('whole'));
    expect([paused.doneAt, paused.others, paused.stopped]).to.deep.equal([null, 0, stopped]);
  });

  it('names the number only while something of the campaign waits for it', async () => {
    await harness.startDraft('after');
    await harness.planUntilComplete('after');
    await harness.stopPlanning();
    const { doneAt, stopped } = await progressOf(harness.contexts[0], await harness.find('after'));
    expect([await from('after', STOPPED), doneAt === null, stopped]).to.deep.equal([0, false, []]);
  });
});
