import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import { ACCOUNT, eventually, LONG_CODE, openBox, PERSON, SERVICE, SHORT_CODE } from './simulator-box.ts';
import { EMPTY } from './webhook-receiver.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;

describe('REST API of the simulated carrier', () => {
  let box: SimulatorBox;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.received.length = 0;
    box.receiver.answer = () => EMPTY;
  });

  const valid = { To: PERSON, From: SHORT_CODE, Body: 'x' };
  const REFUSALS: [string, Record<string, string>, number][] = [
    ['no To', { From: SHORT_CODE, Body: 'x' }, 21604],
    ['no From', { To: PERSON, Body: 'x' }, 21603],
    ['no Body', { To: PERSON, From: SHORT_CODE }, 21602],
    ['a To without a plus', { ...valid, To: '15551230001' }, 21211],
    ['a To too short for its country', { ...valid, To: '+1555123' }, 21211],
    ['a To of emoji', { ...valid, To: '+1️⃣5️⃣' }, 21211],
    ['a short code as To', { ...valid, To: '12345' }, 21265],
    ['To equal to From', { ...valid, To: LONG_CODE, From: LONG_CODE }, 21266],
    ['a From that is no number', { ...valid, From: 'x' }, 21212],
    ['a From of somebody else', { ...valid, From: '+14445550000' }, 21659],
    ['an unknown service', { To: PERSON, MessagingServiceSid: 'MG0', Body: 'x' }, 21701],
    ['a From outside the service', { ...valid, MessagingServiceSid: SERVICE }, 21711],
    ['1,601 characters', { ...valid, Body: 'x'.repeat(1601) }, 21617],
    ['a callback that is no URL', { ...valid, StatusCallback: 'here' }, 21609],
    [
      'a callback host with an underscore',
      { ...valid, StatusCallback: 'https://my_host.example.com/' },
      21609,
    ],
    ['a validity of 0 seconds', { ...valid, ValidityPeriod: '0' }, 21624],
    [
      'a schedule without a service',
      { ...valid, ScheduleType: 'fixed', SendAt: '2099-01-01T00:00:00Z' },
      35118,
    ],
    [
      'a schedule too near',
      {
        To: PERSON,
        MessagingServiceSid: SERVICE,
        Body: 'x',
        ScheduleType: 'fixed',
        SendAt: new Date().toISOString(),
      },
      35114,
    ],
  ];
  for (const [what, form, code] of REFUSALS) {
    it(`refuses ${what} with ${code}, without naming the number`, async () => {
      const refused = await box.create(form);

      expect(refused.status).to.equal(400);
      const body = (await refused.json()) as { message: string };
      expect(body).to.include({ code, status: 400 });
      expect(body.message).to.not.match(/\d{5}/);
      expect(await box.handset()).to.deep.equal([]);
    });
  }

  it('shows a message exactly as Twilio does', async () => {
    const created = (await (await box.create(valid)).json()) as Record<string, unknown>;

    expect(Object.keys(created)).to.have.members([
      'account_sid',
      'api_version',
      'body',
      'date_created',
      'date_sent',
      'date_updated',
      'direction',
      'error_code',
      'error_message',
      'from',
      'messaging_service_sid',
      'num_media',
      'num_segments',
      'price',
      'price_unit',
      'sid',
      'status',
      'subresource_uris',
      'to',
      'uri',
    ]);
    expect(created.date_created).to.match(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
  });

  it('lists by day, before and after a date, with dates standing for their midnight', async () => {
    const moments = ['2026-03-01T12:00:00Z', '2026-03-02T00:00:00Z', '2026-03-03T09:00:00Z'];
    let now = new Date(moments[0] ?? '');
    const dated = await openBox({ now: () => now });
    for (const moment of moments) {
      now = new Date(moment);
      await dated.text(SHORT_CODE, moment);
    }
    const list = async (query: string) => {
      const answer = await dated.get(`${MESSAGES}.json?${query}`);
      return ((await answer.json()) as { messages: { body: string }[] }).messages.map(({ body }) => body);
    };

    expect(await list('DateSent=2026-03-03')).to.deep.equal([moments[2]]);
    expect(await list('DateSent%3E=2026-03-02')).to.deep.equal([moments[2], moments[1]]);
    expect(await list('DateSent%3C=2026-03-02')).to.deep.equal([moments[1], moments[0]]);
    expect(await list('DateSent>=2026-03-02T00:00:01Z')).to.deep.equal([moments[2]]);
    expect(await list('From=%2B14445550000')).to.deep.equal([]);
    expect((await dated.get(`${MESSAGES}.json?DateSent=x`)).status).to.equal(400);
    await dated.close();
  });

  it('sends to the file of deactivated numbers', async () => {
    await box.control('PUT', '/sim/deactivations', { date: '2026-05-01', numbers: [PERSON] });

    const redirect = await box.get('/v1/Deactivations?Date=2026-05-01');

    expect(redirect.status).to.equal(307);
    const { redirect_to } = (await redirect.json()) as { redirect_to: string };
    expect(redirect.headers.get('location')).to.equal(redirect_to);
    expect(await (await fetch(redirect_to)).text()).to.equal(`${PERSON}\n`);
    expect(await (await box.get('/v1/Deactivations?Date=2019-01-01')).json()).to.include({ code: 30113 });
    const today = new Date().toISOString().slice(0, 10);
    expect(await (await box.get(`/v1/Deactivations?Date=${today}`)).json()).to.include({ code: 30114 });
  });

  it('writes create calls, callbacks and texts into the ledger, on one clock', async () => {
    const before = process.hrtime.bigint();
    const created = (await (
      await box.create({ ...valid, StatusCallback: `${box.receiver.url}/status?d=7.1` })
    ).json()) as { sid: string };
    await eventually(() => box.receiver.received.length === 3);
    await box.text(SHORT_CODE, 'STOP');

    const lines = await eventually(async () => {
      const entries = await box.ledger();
      return entries.every(({ outcome }) => outcome !== 'pending') && entries;
    });

    expect(lines.map(({ kind }) => kind)).to.deep.equal(['create', 'status', 'status', 'status', 'inbound']);
    expect(lines[0]).to.include({
      sid: created.sid,
      to: PERSON,
      body: 'x',
      url: `${box.receiver.url}/status?d=7.1`,
      httpStatus: 201,
    });
    const seen = ['headersAt', 'begunAt', 'answeredAt'].map((name) => BigInt(String(lines[0]?.[name])));
    const times = [before, ...seen, process.hrtime.bigint()];
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n))).to.equal(true);
    expect(lines[4]).to.include({ kind: 'inbound', body: 'STOP', attempt: 1, outcome: 'answered' });
  });

  it('gives each answer of the REST API an id of its own, and none to a control', async () => {
    const { sid } = (await (await box.create(valid)).json()) as { sid: string };
    await eventually(async () => (await box.handset()).length === 1);
    const path = `${MESSAGES}/${sid}.json`;
    const answers = [
      await box.get(path),
      await box.create(valid),
      await box.create({}),
      await fetch(`${box.simulator.url}${path}`),
      await box.get('/nowhere'),
      await box.get(`/v2/PhoneNumbers/${encodeURIComponent(PERSON)}`),
      await box.get('/v1/Deactivations?Date=2019-01-01'),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 201, 400, 401, 404, 200, 400]);
    const ids = answers.map(({ headers }) => headers.get('twilio-request-id') ?? 'none');
    for (const id of ids) expect(id).to.match(/^RQ[\da-f]{32}$/);
    expect(new Set(ids).size).to.equal(ids.length);
    expect((await box.get('/sim/debugger')).headers.has('twilio-request-id')).to.equal(false);
  });

  it('asks a caller without the right key for it, and nobody else', async () => {
    const path = `${MESSAGES}.json`;
    const asked = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await fetch(`${box.simulator.url}${path}`, { headers });
      return [answer.status, answer.headers.get('www-authenticate')];
    };
    expect(await asked()).to.deep.equal([401, 'Basic realm="Twilio API"']);
    expect(await asked(`Basic ${btoa(`${ACCOUNT}:wrong`)}`)).to.deep.equal([401, 'Basic realm="Twilio API"']);
    expect((await box.get(path)).headers.has('www-authenticate')).to.equal(false);
    expect((await box.create({})).headers.has('www-authenticate')).to.equal(false);
  });

  it('names the path of a resource that is missing, but no number', async () => {
    const path = `${MESSAGES}/SM0.json`;
    expect(await (await box.get(path)).json()).to.deep.equal({
      code: 20404,
      message: `The requested resource ${path} was not found`,
      more_info: 'https://www.twilio.com/docs/errors/20404',
      status: 404,
    });
    const lookup = await box.get(`/v2/PhoneNumbers/${encodeURIComponent(PERSON)}/more`);
    expect(await lookup.json()).to.include({ code: 20404, message: 'Not Found' });
  });

  it('knows no other path and no other account', async () => {
    for (const path of [
      '/nowhere',
      '/2010-04-01/Accounts/AC9/Messages.json',
      '/sim/handsets',
      '//',
      '/sim/handsets/%',
    ]) {
      expect((await box.get(path)).status).to.equal(404);
    }
    expect((await fetch(`${box.simulator.url}${MESSAGES}.json`)).status).to.equal(401);
  });
});
