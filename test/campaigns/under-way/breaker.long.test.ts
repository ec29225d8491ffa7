import { expect } from 'chai';
import { fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { marketer, slowSender, subscribe, whoGot } from '../marketer.ts';

const PEOPLE = 16;

describe('a campaign that the breaker watches', () => {
  let gateway: Gateway;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending', senders: slowSender(3) });
    team = marketer(await newClient(gateway));
    await subscribe(gateway, PEOPLE);
    await team.words('offer', '{brand}: an offer');
  });
  after(() => gateway.stop());
  afterEach(() => gateway.sim('PUT', '/sim/behaviours', []));

  const behave = (effect: object) =>
    gateway.sim('PUT', '/sim/behaviours', [{ match: { prefix: '+1555128' }, on: 'create', effect }]);
  const left = (id: string) => gateway.store.deliveries.countDocuments({ campaign: id, epoch: { $gt: 0 } });

  it('is paused when the carrier filters it, says why, and goes on after a person resumes it', async () => {
    await team.rules({ filtered: { over_percent: 1, least_messages: 3, least_hits: 3 } });
    await behave({ kind: 'errorCallback', code: 30007 });
    await team.draft('spammy');
    await team.post('spammy', 'start');
    await team.reaches('spammy', 'paused');
    const { paused_by, progress } = await team.show('spammy');
    expect(paused_by).to.deep.include({ rule: 'filtered', limit_percent: 1 });
    expect(paused_by.hits).to.be.at.least(3).and.at.most(paused_by.of);
    expect(paused_by.sentence).to.match(/^Paused by itself: \d+ of the \d+ messages .*30007.*limit is 1 %\./);
    expect(progress.messages.planned).to.be.greaterThan(0);
    await gateway.sim('PUT', '/sim/behaviours', []);
    const bare = await team.post('spammy', 'resume');
    expect([bare.status, fieldsOf(bare)]).to.deep.equal([422, ['note']]);
    const resumed = await team.post('spammy', 'resume', { note: 'The words were changed.' });
    expect(resumed.body).to.deep.include({ state: 'sending', paused_by: null });
    expect(resumed.body.acknowledged[0]).to.deep.include({
      rule: 'filtered',
      note: 'The words were changed.',
    });
    // The figures that paused it stand for an hour yet, and it is not paused over them again.
    await team.reaches('spammy', 'finished');
    expect(await left('spammy')).to.equal(PEOPLE);
  });

  it('is judged from its last resumption on', async () => {
    await behave({ kind: 'errorCallback', code: 30007 });
    await team.draft('resumed');
    const watchedFrom = new Date();
    await gateway.store.campaigns.updateOne({ _id: 'resumed' }, { $set: { watchedFrom } });
    await team.post('resumed', 'start');
    await team.reaches('resumed', 'paused');
    const { since, sentence } = (await team.show('resumed')).paused_by;
    expect(since).to.equal(watchedFrom.toISOString());
    expect(sentence).to.match(
      /^Paused by itself: \d+ of the \d+ messages that left since it was resumed at /,
    );
    await team.post('resumed', 'cancel');
  });

  it('is paused when people complain, and when they answer with STOP', async () => {
    const quiet = { least_messages: 1000 };
    const loud = { over_percent: 10, least_messages: 2, least_hits: 2 };
    await team.rules({ filtered: quiet, failures: quiet, complaints: loud });
    await sendUntil('rude', 3);
    for (const number of await two('rude')) await gateway.text(number, 'This is SPAM, I will call my lawyer');
    await team.reaches('rude', 'paused');
    expect((await team.show('rude')).paused_by).to.deep.include({ rule: 'complaints', hits: 2 });
    await team.post('rude', 'cancel');

    await team.rules({ complaints: quiet, 'opt-outs': loud });
    await sendUntil('unwanted', 3);
    for (const number of await two('unwanted')) await gateway.text(number, 'STOP');
    await team.reaches('unwanted', 'paused');
    expect((await team.show('unwanted')).paused_by).to.deep.include({ rule: 'opt-outs', hits: 2 });
  });

  const sendUntil = async (id: string, messages: number): Promise<void> => {
    await team.words(id, `{brand}: ${id}`);
    await team.draft(id, { template: id });
    await team.post(id, 'start');
    await until(
      'the first messages of the campaign are on the handsets',
      async () => (await whoGot(gateway, PEOPLE, id)).length >= messages,
    );
  };
  const two = async (id: string): Promise<string[]> => (await whoGot(gateway, PEOPLE, id)).slice(0, 2);
});
