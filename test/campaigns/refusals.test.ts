import { expect } from 'chai';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { findCampaign, moveCampaign } from '../../src/store/campaigns/campaigns.ts';
import { type Client, fieldsOf, newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { marketer, SUBSCRIBED, slowSender, subscribe } from './marketer.ts';

const HOUR = 3_600_000;
const later = (): string => new Date(Date.now() + HOUR).toISOString();

describe('the API refuses, with the next step and without sending,', () => {
  let gateway: Gateway;
  let client: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ senders: slowSender(50) });
    client = await newClient(gateway);
    team = marketer(client);
    await subscribe(gateway, 3);
    await team.words('offer', '{brand}: an offer');
  });
  after(async () => {
    const rows = await gateway.store.deliveries.countDocuments({ campaign: { $exists: true } });
    await gateway.stop();
    expect(rows).to.equal(0);
  });

  const refused = async (asked: ReturnType<typeof team.post>, why: string) => {
    const { status, body } = await asked;
    expect([status, body.type, body.detail]).to.deep.equal([409, '/api/docs#not-possible', why]);
  };
  const program = async (change: object) => {
    const { id: _, ...deals } = (await client('get', '/programs/deals')).body;
    const saved = await client('put', '/programs/deals', { body: { ...deals, ...change } });
    expect(saved.status, saved.text).to.equal(200);
  };

  it('a template of over ten parts', async () => {
    const answer = await team.words('long', 'ë'.repeat(671));
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['texts.en']]);
    expect(answer.text).to.contain('It needs 11 parts in UCS-2');
  });

  it('a draft with times of its own, which the start sets', async () => {
    await team.draft('timed');
    const { body: before } = await client('get', '/campaigns/timed');
    const put = (change: object) => client('put', '/campaigns/timed', { body: { ...before, ...change } });
    const faults: [change: object, field: string, why: RegExp][] = [
      [{ at: later() }, 'at', /POST \/campaigns\/\{id\}\/start sets it/],
      [{ deadline: later() }, 'deadline', /POST \/campaigns\/\{id\}\/edit changes it/],
      [{ when: { ...before.when, spread_minutes: 5 } }, 'when', /\{id\}\/start sets them/],
      [{ when: { local: { date: '2099-01-01', time: '10:00' } } }, 'when', /\{id\}\/start sets them/],
    ];
    for (const [change, field, why] of faults) {
      const answer = await put(change);
      expect([answer.status, fieldsOf(answer)], answer.text).to.deep.equal([422, [field]]);
      expect(answer.text).to.match(why);
    }
    const made = await client('put', '/campaigns/timed-anew', { body: { ...before, deadline: later() } });
    expect([made.status, fieldsOf(made)]).to.deep.equal([422, ['deadline']]);
    expect((await client('get', '/campaigns/timed-anew')).status).to.equal(404);
    for (const change of [{}, { at: null, deadline: null, when: null }])
      expect((await put(change)).status, JSON.stringify(change)).to.equal(200);
    expect((await client('get', '/campaigns/timed')).body).to.deep.equal(before);
  });

  it('a campaign to everyone until that is confirmed', async () => {
    await team.draft('all', { segment: { kind: 'everyone' } });
    const answer = await team.post('all', 'start', { at: later() });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['everyone']]);
    expect(answer.text).to.contain('Confirm that with');
    const state = { kind: 'state', oneOf: ['CA'] };
    for (const [at, segment] of [
      { kind: 'all', of: [{ kind: 'everyone' }] },
      { kind: 'any', of: [state, { kind: 'all', of: [{ kind: 'everyone' }, { kind: 'everyone' }] }] },
    ].entries()) {
      await team.draft(`all-${at}`, { segment });
      expect(fieldsOf(await team.post(`all-${at}`, 'start', { at: later() }))).to.deep.equal(['everyone']);
    }
    expect((await team.post('all', 'start', { at: later(), everyone: true })).status).to.equal(200);
    expect((await team.post('all', 'cancel')).status).to.equal(200);
  });

  it('all but one of several saves at once, or none, and the campaign exists once', async () => {
    for (let at = 0; at < 5; at += 1) {
      const both = await Promise.all([1, 2, 3, 4].map(() => team.draft(`saved-${at}`)));
      for (const { status } of both) expect([200, 409]).to.include(status);
    }
  });

  it('the second of two starts at once', async () => {
    await team.draft('once');
    const at = later();
    const both = await Promise.all([team.post('once', 'start', { at }), team.post('once', 'start', { at })]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    await team.post('once', 'cancel');
  });

  it('a start of a draft that was saved since, and a resumption that was edited since', async () => {
    await team.draft('raced');
    const asRead = async () => {
      const read = await findCampaign(gateway.store, 'raced');
      if (read === null) throw new Error('there is none');
      return read;
    };
    const draft = await asRead();
    await team.draft('raced', { name: 'another' });
    expect(await moveCampaign(gateway.store, draft, { state: 'scheduled' }, { asRead: true })).to.equal(null);
    await team.post('raced', 'start', { at: later() });
    await team.post('raced', 'pause');
    const paused = await asRead();
    const deadline = new Date(Date.now() + 2 * HOUR).toISOString();
    expect((await team.post('raced', 'edit', { deadline, note: 'an end' })).status).to.equal(200);
    expect(await moveCampaign(gateway.store, paused, { state: 'scheduled' }, { asRead: true })).to.equal(
      null,
    );
    await team.post('raced', 'cancel');
  });

  it('a resumption after the deadline', async () => {
    await team.draft('late');
    await team.post('late', 'start', {
      at: later(),
      deadline: new Date(Date.now() + 2 * HOUR).toISOString(),
    });
    await team.post('late', 'pause');
    await gateway.store.campaigns.updateOne({ _id: 'late' }, { $set: { deadline: new Date() } });
    await refused(
      team.post('late', 'resume'),
      'Its deadline has passed, so no message of it may be sent. Planning is not complete. Set a later deadline, POST /campaigns/{id}/edit, and resume the campaign. Expired messages stay expired; once the campaign has ended, POST /campaigns/{id}/missed drafts another for their recipients.',
    );
  });

  it('a campaign of an ended program, before its start or after a pause', async () => {
    await team.draft('paused');
    await team.post('paused', 'start', { at: later() });
    await team.post('paused', 'pause');
    await team.draft('unstarted');
    await program({ status: 'ended' });
    const ended =
      'Its program has ended. Make the program active, PUT /programs/{id}, or draft the campaign for another program.';
    await refused(team.post('unstarted', 'start'), ended);
    const why = 'Its program has ended, so no message of it may be sent. Cancel the campaign.';
    await refused(team.post('paused', 'resume'), why);
    await program({ status: 'active' });
    expect((await team.post('paused', 'cancel')).status).to.equal(200);
  });

  it('a test that leaves the others no time', async () => {
    const variants = ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 }));
    const test = { share: 20, wait_minutes: 60, by: 'click' };
    await team.draft('tested', { split: { variants, test } });
    const fields = async (order: Record<string, unknown>) => {
      const answers = [
        await team.post('tested', 'preview', order),
        await team.post('tested', 'start', order),
      ];
      return answers.map((answer) => [answer.status, fieldsOf(answer)]);
    };
    const both = (field: string) => [
      [422, [field]],
      [422, [field]],
    ];
    const local = { date: later().slice(0, 10), time: '23:59' };
    expect(await fields({ local })).to.deep.equal(both('local'));
    const repeat = { cron: '0 10 * * *', valid_minutes: 60 };
    expect(await fields({ repeat })).to.deep.equal(both('repeat.valid_minutes'));
    const deadline = new Date(Date.now() + 3 * HOUR).toISOString();
    expect(await fields({ spread_minutes: 61, deadline })).to.deep.equal(both('deadline'));
  });

  it('a test by clicks with a variant that has no link', async () => {
    await team.words('linked', '{brand}: {link:https://shop.fernway.example/}');
    const variants = ['linked', 'offer'].map((id) => ({ id, template: id, share: 50 }));
    const split = (by: string) => ({ variants, test: { share: 20, wait_minutes: 60, by } });
    await team.draft('unclickable', { split: split('click') });
    const answer = await team.post('unclickable', 'start', { at: later() });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['split.test.by']]);
    expect(answer.body.errors[0].message).to.equal(
      'The variant offer has no short link in its text "en" that a person could click: write {link:https://…} in it, or try the variants by something else, such as reply.',
    );
    const en = '{brand}: {link:https://shop.fernway.example/}';
    const texts = { en, es: '{brand}: una oferta' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
    const half = await team.post('unclickable', 'start', { at: later() });
    expect(half.body.errors[0].message).to.match(/^The variant offer has no short link in its text "es" /);
    await team.words('offer', '{brand}: an offer');
    const numbered = await team.draft('unclickable', { split: split('tour-2024-2025') });
    expect(fieldsOf(numbered)).to.deep.equal(['split.test.by']);
    await team.draft('unclickable', { split: split('reply') });
    expect((await team.post('unclickable', 'start', { at: later() })).status).to.equal(200);
  });

  it('a segment that asks about a campaign half sent or not recorded yet', async () => {
    const unsent = { kind: 'none', of: [{ kind: 'sent', campaign: 'first' }] };
    await team.draft('first');
    await team.draft('rest', { segment: { kind: 'all', of: [SUBSCRIBED, unsent] } });
    const looked = async () => (await team.post('rest', 'preview')).body.start_refused;
    const both = async (why: string) => {
      expect(await looked()).to.equal(why);
      await refused(team.post('rest', 'start'), why);
    };
    await team.post('first', 'start', { at: later() });
    expect(await looked()).to.equal(null);
    await team.post('first', 'pause');
    expect(await looked()).to.equal(null);
    await gateway.store.campaigns.updateOne({ _id: 'first' }, { $set: { 'plan.cursor': 'c_1' } });
    const asks = 'Its segment asks who got "first", which is not known yet:';
    await both(`${asks} that campaign is paused. Resume or cancel it, and try again a minute after its end.`);
    await team.post('first', 'cancel');
    await both(
      `${asks} the messages of that campaign are being recorded in the send histories, usually within a minute. Try again then.`,
    );
    await gateway.store.campaigns.updateOne({ _id: 'first' }, { $set: { passes: 1 } });
    expect(await looked()).to.equal(null);
    // The send history is checked when the campaign's time comes.
    await gateway.store.campaigns.updateOne({ _id: 'first' }, { $unset: { passes: '' } });
    expect((await team.post('rest', 'start', { at: later() })).status).to.equal(200);
    expect((await team.post('rest', 'cancel')).status).to.equal(200);
  });

  it('a campaign whose topic is gone, before its start, while it waits, and when it is resumed', async () => {
    const { topics } = (await client('get', '/programs/deals')).body;
    const flash = { ...topics[0], id: 'flash', code: '77', word: 'FLASH', promised: null };
    await program({ topics: [...topics, flash] });
    for (const id of ['flash-1', 'flash-2']) await team.draft(id, { topic: 'flash' });
    await team.post('flash-2', 'start', { at: later() });
    await program({ topics });
    const gone =
      'Its program no longer has the topic "flash". Add the topic again, PUT /programs/{id}, or cancel the campaign.';
    await refused(team.post('flash-1', 'start'), gone);
    await gateway.store.campaigns.updateOne({ _id: 'flash-2' }, { $set: { startAt: new Date() } });
    await team.reaches('flash-2', 'paused');
    await refused(team.post('flash-2', 'resume'), gone);
    expect((await team.post('flash-2', 'cancel')).status).to.equal(200);
  });

  it('a campaign whose template belongs to another program', async () => {
    await team.words('moved', '{brand}: an offer');
    for (const id of ['moved-1', 'moved-2']) await team.draft(id, { template: 'moved' });
    await team.post('moved-2', 'start', { at: later() });
    await team.post('moved-2', 'pause');
    const elsewhere = { program: 'orders', texts: { en: '{brand}: it is on its way' } };
    const stays = 'A template stays with its program; make another.';
    await refused(client('put', '/templates/moved', { body: elsewhere }), stays);
    // The API refuses to save a template like this.
    const moved = { $set: elsewhere };
    await gateway.store.db.collection('templates').updateOne({ _id: 'moved' as never }, moved);
    const gone = 'Its program no longer has the template "moved".';
    const second = marketer(await newClient(gateway));
    await refused(team.post('moved-1', 'start', { at: later() }), gone);
    await refused(second.post('moved-1', 'approve'), gone);
    const told = [
      await team.post('moved-1', 'preview', { at: later() }),
      await team.post('moved-2', 'edit', { words: true, note: 'other words' }),
    ];
    expect(told.map(({ status, body }) => [status, body.errors[0]])).to.deep.equal([
      [422, { field: 'template', message: gone }],
      [422, { field: 'words', message: gone }],
    ]);
    expect((await team.post('moved-2', 'cancel')).status).to.equal(200);
  });

  it('a campaign when no number of its program has a rate', async () => {
    await team.draft('unsent');
    const senders = gateway.store.db.collection('senders');
    await senders.updateOne({ _id: SENDERS.shop.number as never }, { $set: { rate: 0 } });
    await program({});
    const why = 'No sender of its program may send. Add a sender to the program: PUT /programs/{id}.';
    await refused(team.post('unsent', 'start'), why);
  });
});
