import { expect } from 'chai';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Dates are counted from here, also where a night falls while this runs. */
const BEGAN = Date.now();
const from = (ms: number): string => new Date(Date.now() + ms).toISOString();
const date = (ms: number): string => new Date(BEGAN + ms).toISOString().slice(0, 10);

describe('the schedule of a campaign through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    await gateway.text('+15551330001', 'JOIN');
    await gateway.text('+15551330001', 'YES');
    const texts = { en: '{brand}: an offer' };
    await client('put', '/templates/offer', { body: { program: 'deals', texts } });
  });
  after(() => gateway.stop());

  const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
  const draft = (id: string) =>
    client('put', `/campaigns/${id}`, {
      body: { name: id, program: 'deals', topic: 'deals', template: 'offer', segment },
    });
  const post = (id: string, how: string, body: Record<string, unknown> = {}) =>
    client('post', `/campaigns/${id}/${how}`, { body });
  const begin = async (id: string, order: Record<string, unknown>): Promise<ApiAnswer> => {
    await draft(id);
    return post(id, 'start', order);
  };

  const refused: [what: string, order: () => Record<string, unknown>, status: number, field: string][] = [
    ['a start that has passed', () => ({ at: from(-HOUR) }), 422, 'at'],
    ['a deadline before the start', () => ({ at: from(2 * HOUR), deadline: from(HOUR) }), 422, 'deadline'],
    ['a local time without its date', () => ({ local: { time: '10:00' } }), 400, 'local.date'],
    ['a date without its time', () => ({ local: { date: date(DAY) } }), 400, 'local.time'],
    ['a time of no day', () => ({ local: { date: date(DAY), time: '24:00' } }), 400, 'local.time'],
    ['a date of no calendar', () => ({ local: { date: '2100-02-30', time: '10:00' } }), 400, 'local.date'],
    [
      'a local time that has passed everywhere',
      () => ({ local: { date: date(-2 * DAY), time: '10:00' } }),
      422,
      'local',
    ],
    [
      'a local time and a moment',
      () => ({ at: from(HOUR), local: { date: date(2 * DAY), time: '10:00' } }),
      422,
      'local',
    ],
    [
      'a spread past the deadline',
      () => ({ deadline: from(HOUR), spread_minutes: 90 }),
      422,
      'spread_minutes',
    ],
    ['a spread of more than a week', () => ({ spread_minutes: 10_081 }), 400, 'spread_minutes'],
    ['a cron that never fires', () => ({ repeat: { cron: '0 10 31 2 *' } }), 422, 'repeat.cron'],
    ['a cron more often than hourly', () => ({ repeat: { cron: '*/10 * * * *' } }), 422, 'repeat.cron'],
    ['a cron that is none', () => ({ repeat: { cron: 'every monday at ten' } }), 422, 'repeat.cron'],
    [
      'a recurrence that is over',
      () => ({ repeat: { cron: '0 10 * * 1', until: from(-HOUR) } }),
      422,
      'repeat.until',
    ],
    [
      'a recurrence with a deadline',
      () => ({ repeat: { cron: '0 10 * * 1' }, deadline: from(HOUR) }),
      422,
      'deadline',
    ],
  ];
  for (const [what, order, status, field] of refused) {
    it(`refuses ${what} with the field ${field} and sends nothing`, async () => {
      const answer = await begin('bad', order());
      expect([answer.status, fieldsOf(answer)], answer.text).to.deep.equal([status, [field]]);
      const { body } = await client('get', '/campaigns/bad');
      expect([body.state, body.progress.people]).to.deep.equal(['draft', 0]);
    });
  }

  it('is shown as it was ordered with local times, which skip people whose time has passed by default', async () => {
    const day = date(3 * DAY);
    const { status, body } = await begin('local', {
      local: { date: day, time: '09:05' },
      spread_minutes: 30,
    });
    expect([status, body.state]).to.deep.equal([200, 'scheduled']);
    expect(body.when).to.deep.equal({
      local: { date: day, time: '09:05', missed: 'skip' },
      spread_minutes: 30,
      repeat: null,
      run_of: null,
    });
    expect(body.at.slice(0, 16)).to.equal(`${date(2 * DAY)}T19:05`);
  });

  it('has a progress page', async () => {
    await draft('named');
    const { body, status } = await post('named', 'start', {
      at: new Date(Date.now() + HOUR).toISOString(),
    });
    expect([status, body.state]).to.deep.equal([200, 'scheduled']);
    const progress = await client('get', '/campaigns/named/progress');
    expect([progress.status, progress.body]).to.deep.equal([200, body.progress]);
    expect((await post('named', 'cancel')).status).to.equal(200);
  });

  it('shows the next times of a recurrence, which can be paused, resumed and canceled twice', async () => {
    const { status, body } = await begin('weekly', { repeat: { cron: '0 10 * * 1', valid_minutes: 600 } });
    expect([status, body.state]).to.deep.equal([200, 'scheduled']);
    const { repeat } = body.when;
    expect(repeat).to.deep.include({
      cron: '0 10 * * 1',
      runs: 0,
      missed: 0,
      last_run: null,
      valid_minutes: 600,
    });
    expect(repeat.next).to.have.length(5);
    const shown = new Intl.DateTimeFormat('en-GB', {
      timeZone: repeat.zone,
      weekday: 'long',
      timeStyle: undefined,
      hour: '2-digit',
      minute: '2-digit',
    });
    for (const next of repeat.next) expect(shown.format(new Date(next))).to.equal('Monday 10:00');
    const paused = await post('weekly', 'pause');
    expect([paused.body.state, paused.body.when.repeat.next]).to.deep.equal(['paused', []]);
    const resumed = (await post('weekly', 'resume')).body;
    expect(resumed.when.repeat.next).to.deep.equal(repeat.next);
    expect(resumed.runs).to.deep.equal({ sentence: 'None of its runs is paused.', open: [] });
    for (const _ of ['once', 'again']) {
      const { status: done, body: ended } = await post('weekly', 'cancel');
      expect([done, ended.state, ended.runs.sentence]).to.deep.equal([
        200,
        'canceled',
        'It has no open run.',
      ]);
    }
  });

  it('finds each run by its own id, and the run names its recurrence', async () => {
    // Late enough that its audience is that of now: one that begins on time has nobody who joined since.
    const time = new Date(Math.floor(Date.now() / MINUTE) * MINUTE - 2 * MINUTE);
    await begin('hourly', { repeat: { cron: `${time.getUTCMinutes()} * * * *` } });
    await gateway.store.campaigns.updateOne({ _id: 'hourly' }, { $set: { 'repeat.nextAt': time } });
    let last: string | null = null;
    await until('the recurrence has made a run', async () => {
      last = (await client('get', '/campaigns/hourly')).body.when.repeat.last_run;
      return last !== null;
    });
    await until(
      'the run is finished',
      async () => (await client('get', `/campaigns/${last}`)).body.state === 'finished',
    );
    const { body } = await client('get', `/campaigns/${last}`);
    expect([body.when.run_of, body.progress.people]).to.deep.equal(['hourly', 1]);
    await until('the offer of the run is on the handset', async () =>
      (await gateway.received('+15551330001')).some((text) => text.endsWith('an offer')),
    );
    const { body: page } = await client('get', '/campaigns', { query: 'limit=200' });
    expect(page.items.map(({ id }: { id: string }) => id)).to.include.members(['hourly', last]);
    expect((await draft(String(last))).status).to.equal(400);
  });
});
