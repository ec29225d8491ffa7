import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { groupOf, type Split } from '../../../src/domain/campaigns/experiment.ts';
import { EMPTY_PROFILE, type PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { openContext } from '../../../src/open-context.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { createTestPlanners } from '../test-planners.ts';

/** A Tuesday, noon in New York. */
const NOW = new Date('2026-12-01T17:00:00Z');
const EAST = { state: 'VA', zip: '22201', zone: 'America/New_York' };
const WEST = { state: 'CA', zip: '90001', zone: 'America/Los_Angeles' };
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const person = (at: number): string => `+1555134000${at}`;

/** Counts as the preview shows them where everybody was judged. */
const figures = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).map(([name, people]) => [name, { people }]));

const draft = {
  name: 'x',
  program: 'deals',
  topic: 'deals',
  template: 'offer',
  segment: { kind: 'everyone' },
};

describe('the preview of when people get a campaign', () => {
  let gateway: Gateway;
  let client: Client;
  let clock = NOW;
  before(async () => {
    // The demo's programs have no quiet hours.
    const programs = PROGRAMS.map(({ quietHours: _, ...program }) => program);
    gateway = await startGateway({ worker: 'replies', now: () => clock, programs });
    client = await newClient(gateway);
    const places: (Partial<PostalPlace> | null)[] = [EAST, EAST, WEST, null];
    for (const [at, place] of places.entries()) {
      for (const text of ['JOIN', 'YES']) await gateway.text(person(at), text);
      if (place === null) continue;
      const profile = { ...EMPTY_PROFILE, place: { ...EMPTY_PROFILE.place, country: 'US', ...place } };
      const { body } = await client('post', '/contacts/lookup', {
        body: { phone: person(at), reason: 'a test' },
      });
      await gateway.store.contacts.updateOne({ _id: body.id }, { $set: { profile } });
    }
    await gateway.text(person(4), 'JOIN');
    const texts = { en: '{brand}: an offer' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
    for (const id of ['one', 'two', 'three']) await client('put', `/campaigns/${id}`, { body: draft });
  });
  after(() => gateway.stop());
  /** Plans what was started, by a clock of its own. */
  const planned = async (id: string, at: string) => {
    const { config, store } = gateway;
    const { context, close } = await openContext(
      { ...config, database: store.db.databaseName },
      QUIET,
      () => new Date(at),
    );
    const { startPlanner, stopAll } = createTestPlanners();
    startPlanner(context);
    await until('the campaign is planned', async () =>
      Boolean((await store.campaigns.findOne({ _id: id }))?.plan.complete),
    );
    await stopAll().finally(close);
    return store.deliveries.find({ campaign: id, state: 'planned' }).toArray();
  };
  const preview = async (order: Record<string, unknown>, id = 'one') =>
    client('post', `/campaigns/${id}/preview`, { body: order });

  it('gives the first and the last hand-over, by hour of UTC and of each place, and stores nothing', async () => {
    const { body } = await preview({ local: { date: '2026-12-02', time: '10:00' } });
    const { when } = body;
    expect(when).to.deep.include({
      people: { people: 5 },
      judged: 5,
      going: { people: 4 },
      refused: { people: 1 },
      refused_by: [
        {
          code: 'not-subscribed',
          sentence: 'The person has not confirmed consent, or their consent has ended.',
          people: 1,
        },
      ],
      parts: { parts: 4 },
      past_deadline: { people: 0 },
      no_hour: { people: 0 },
    });
    expect(when.first_at).to.equal('2026-12-02T15:00:00.000Z');
    expect(when.by_hour.slice(0, 2)).to.deep.equal([
      { hour: '2026-12-02T15:00Z', people: 2 },
      { hour: '2026-12-02T18:00Z', people: 1 },
    ]);
    expect(when.by_local_hour[0]).to.deep.equal({ hour: '2026-12-02T10:00', people: 3 });
    expect(when.weak_zones).to.deep.equal(figures({ area_code_only: 0, several: 0, unknown: 1 }));
    expect(when.local_time_passed).to.deep.equal(figures({ skipped: 0, at_once: 0 }));
    expect(when.rate.segments_per_second).to.be.above(0);
    expect((await client('get', '/campaigns/one')).body.state).to.equal('draft');
    expect(await gateway.store.deliveries.countDocuments({ campaign: 'one' })).to.equal(0);
  });

  it('says who waits for the morning, until when and by which rule', async () => {
    const { body } = await preview({ at: '2026-12-02T10:00:00Z' });
    const { when } = body;
    const held = when.held.map((group: { until: string; people: number }) => [group.until, group.people]);
    expect(held.slice(0, 2)).to.deep.equal([
      ['2026-12-02T13:00:00.000Z', 2],
      ['2026-12-02T17:00:00.000Z', 1],
    ]);
    expect(when.held[0].by).to.match(/CFR|Code/);
    expect(when.first_at).to.equal('2026-12-02T13:00:00.000Z');
  });

  it('says whose local time has passed and who would come after the deadline', async () => {
    const local = { date: '2026-12-01', time: '10:00' };
    const skipped = (await preview({ local })).body.when;
    expect(skipped.local_time_passed).to.deep.equal(figures({ skipped: 3, at_once: 0 }));
    const sent = (await preview({ local: { ...local, missed: 'send' } })).body.when;
    expect(sent.local_time_passed).to.deep.equal(figures({ skipped: 0, at_once: 3 }));
    const deadline = '2026-12-02T14:00:00Z';
    const late = (await preview({ at: '2026-12-02T10:00:00Z', deadline })).body.when;
    expect([late.past_deadline.people, late.going.people]).to.deep.equal([2, 2]);
  });

  it('refuses what a start would refuse, in the same words', async () => {
    const order = { at: '2026-12-01T10:00:00Z' };
    const [seen, started] = [
      await preview(order),
      await client('post', '/campaigns/one/start', { body: order }),
    ];
    expect([seen.status, fieldsOf(seen)]).to.deep.equal([422, ['at']]);
    expect(seen.body).to.deep.equal(started.body);
    expect((await preview({}, 'nowhere')).status).to.equal(404);
  });

  it('shows a started campaign by its own times, and a recurrence by its next run', async () => {
    const order = { at: '2026-12-02T15:00:00Z', spread_minutes: 60 };
    const asked = (await preview({ ...order, everyone: true }, 'two')).body;
    await client('post', '/campaigns/two/start', { body: { ...order, everyone: true } });
    expect((await preview({}, 'two')).body).to.deep.equal(asked);
    const again = await preview(order, 'two');
    expect([again.status, again.body.detail]).to.deep.equal([
      409,
      'It was started: it is shown as it goes, so ask without any times.',
    ]);
    const { when } = (await preview({ repeat: { cron: '0 10 * * 5' } }, 'three')).body;
    expect([when.start, when.first_at]).to.deep.equal([
      '2026-12-04T15:00:00.000Z',
      '2026-12-04T15:00:00.000Z',
    ]);
  });

  it('leaves out the holdout, and shows the rest of a test after its wait', async () => {
    const order = { at: '2026-12-02T18:00:00Z' };
    const split = (more: object) => ({
      ...draft,
      split: { variants: ['a', 'b'].map((id) => ({ id, template: 'offer', share: 50 })), ...more },
    });
    const shown = async (id: string, more: object) => {
      await client('put', `/campaigns/${id}`, { body: split(more) });
      return (await preview(order, id)).body.when;
    };
    const half = await shown('half', { holdout: 50 });
    expect(half.going.people + half.holdout.people).to.equal(4);
    const turns = async (id: string) => {
      const campaign = await gateway.store.campaigns.findOne({ _id: id });
      return (await gateway.store.contacts.find().toArray())
        .filter(({ subscriptions }) => subscriptions.some(({ state }) => state === 'subscribed'))
        .map(({ _id }) => groupOf(campaign?.split as Split, null, { campaign: id, person: _id }));
    };
    expect(half.holdout.people).to.equal((await turns('half')).filter((group) => group === 'holdout').length);
    const test = { share: 1, wait_minutes: 90, by: 'click' };
    const tested = await shown('tested', { test });
    const waiting = (await turns('tested')).filter((group) => group === null).length;
    expect([tested.going, tested.holdout, tested.after_test].map(({ people }) => people)).to.deep.equal([
      ...[4, 0, waiting],
    ]);
    // Now and then one of the four is in the one percent, and has it before.
    if (waiting === 4) expect(tested.first_at).to.equal('2026-12-02T19:30:00.000Z');
  });

  it('agrees with the plan: each row is due in the hour that was shown', async () => {
    const order = { local: { date: '2026-12-02', time: '11:00' }, spread_minutes: 180 };
    const { when } = (await preview(order, 'three')).body;
    await client('post', '/campaigns/three/start', { body: { ...order, everyone: true } });
    const rows = await planned('three', '2026-12-01T22:00:00Z');
    const hours = rows.map((row) => `${row.dueAt.toISOString().slice(0, 13)}:00Z`);
    // People of unknown place may wait for quiet hours, and the others do not.
    const known = when.by_hour.filter(({ hour }: { hour: string }) => hours.includes(hour));
    expect(known.reduce((sum: number, { people }: { people: number }) => sum + people, 0)).to.be.at.least(3);
  });

  it('shows those who have not had their message yet while the campaign is under way', async () => {
    const segment = { kind: 'area-code', oneOf: ['555'] };
    await client('put', '/campaigns/flying', { body: { ...draft, segment } });
    await client('post', '/campaigns/flying/start');
    const ahead = (await preview({}, 'flying')).body.when;
    expect([ahead.going.people, ahead.had_turn.people]).to.deep.equal([4, 0]);
    const [first, second] = await planned('flying', NOW.toISOString());
    const end = (id = '', state: 'delivered' | 'sending') =>
      gateway.store.deliveries.updateOne({ _id: id }, { $set: { state } });
    await end(first?._id, 'delivered');
    await end(second?._id, 'sending');
    const { when } = (await preview({}, 'flying')).body;
    // The third is a person who never confirmed and was skipped for that.
    expect([when.people.people, when.judged, when.going.people, when.had_turn.people]).to.deep.equal([
      5, 5, 2, 3,
    ]);
    for (const text of ['JOIN', 'YES']) await gateway.text(person(5), text);
    const late = (await preview({}, 'flying')).body.when;
    expect([late.people.people, late.going.people, late.had_turn.people]).to.deep.equal([6, 2, 4]);
  });

  it('leaves out nobody whose message is planned, however long the campaign was paused', async () => {
    const { _id } = (await gateway.store.contacts.findOne({ 'profile.place.state': 'CA' })) ?? {};
    await client('put', '/campaigns/paused', { body: draft });
    const local = { date: '2026-12-02', time: '10:00' };
    await client('post', '/campaigns/paused/start', { body: { local, everyone: true } });
    expect(await planned('paused', '2026-12-01T22:00:00Z')).to.have.lengthOf.at.least(4);
    await gateway.store.deliveries.deleteOne({ campaign: 'paused', contact: _id ?? '' });
    await client('post', '/campaigns/paused/pause', { body: {} });
    const after = { 'plan.complete': false, 'plan.cursor': null };
    await gateway.store.campaigns.updateOne({ _id: 'paused' }, { $set: after });
    clock = new Date('2026-12-05T17:00:00Z');
    const { when } = (await preview({}, 'paused')).body;
    clock = NOW;
    const rows = await gateway.store.deliveries.countDocuments({ campaign: 'paused', state: 'planned' });
    // One person is not planned yet and will be skipped.
    expect(when.local_time_passed).to.deep.equal(figures({ skipped: 1, at_once: rows }));
  });

  it('is refused for a campaign that is over and for a recurrence without any time left', async () => {
    const over = async (id: string) => {
      const { status, body } = await preview({}, id);
      return [status, body.detail];
    };
    const isOver =
      'The campaign has ended, so nobody gets it any more. GET /campaigns/{id} shows its outcome.';
    await client('post', '/campaigns/flying/cancel', { body: {} });
    expect(await over('flying')).to.deep.equal([409, isOver]);
    await gateway.store.campaigns.updateOne({ _id: 'flying' }, { $set: { state: 'finished' } });
    expect(await over('flying')).to.deep.equal([409, isOver]);
    await client('put', '/campaigns/weekly', { body: draft });
    const repeat = { cron: '0 10 * * *', until: '2026-12-03T00:00:00Z' };
    const started = await client('post', '/campaigns/weekly/start', { body: { repeat, everyone: true } });
    expect(started.status).to.equal(200);
    const past = { 'repeat.until': NOW, 'repeat.nextAt': null };
    await gateway.store.campaigns.updateOne({ _id: 'weekly' }, { $set: past });
    expect(await over('weekly')).to.deep.equal([
      409,
      'Its last time has passed, so it starts no more runs. Request the preview of one of its runs.',
    ]);
  });

  it('counts everybody who is refused once, under the first reason', async () => {
    await gateway.text(person(5), 'STOP');
    const { when } = (await preview({ local: { date: '2026-12-02', time: '10:00' } })).body;
    const counts = when.refused_by.map(({ code, people }: { code: string; people: number }) => [
      code,
      people,
    ]);
    expect(counts).to.have.deep.members([
      ['not-subscribed', 1],
      ['opted-out', 1],
    ]);
    expect([when.refused.people, when.going.people, when.people.people]).to.deep.equal([2, 4, 6]);
  });
});
