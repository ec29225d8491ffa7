import { expect } from 'chai';
import twilio from 'twilio';
import { sdkFor } from './redirected-sdk.ts';
import type { SimulatorBox } from './simulator-box.ts';
import {
  ACCOUNT,
  eventually,
  LONG_CODE,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SHORT_CODE,
} from './simulator-box.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;

describe('the twilio SDK, driving the simulated carrier', () => {
  let box: SimulatorBox;
  let sdk: twilio.Twilio;

  before(async () => {
    box = await openBox();
    sdk = sdkFor(box);
  });
  after(() => box.close());
  beforeEach(() => box.control('DELETE', '/sim'));

  const failure = async (promise: Promise<unknown>) =>
    (await promise.then(
      () => expect.fail('was not refused'),
      (error: unknown) => error,
    )) as { status: number; code: number; message: string; moreInfo: string };

  it('creates, fetches, redacts and deletes a message', async () => {
    const created = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'hello' });

    expect(created.sid).to.match(/^SM[\da-f]{32}$/);
    expect(created).to.include({
      status: 'queued',
      direction: 'outbound-api',
      from: SHORT_CODE,
      to: PERSON,
      body: 'hello',
      numSegments: '1',
      numMedia: '0',
      accountSid: ACCOUNT,
      apiVersion: '2010-04-01',
      errorCode: null,
      uri: `${MESSAGES}/${created.sid}.json`,
    });
    expect(created.dateCreated).to.be.instanceOf(Date);
    const fetched = await eventually(async () => {
      const message = await sdk.messages(created.sid).fetch();
      return message.status === 'delivered' && message;
    });
    expect(fetched.dateSent).to.be.instanceOf(Date);
    expect((await sdk.messages(created.sid).update({ body: '' })).body).to.equal('');
    expect(await sdk.messages(created.sid).remove()).to.equal(true);
    expect(await failure(sdk.messages(created.sid).fetch())).to.include({ status: 404, code: 20404 });
  });

  it('lets a Messaging Service choose the sender', async () => {
    const created = await sdk.messages.create({ to: PERSON, messagingServiceSid: SERVICE, body: 'hello' });

    expect(created).to.include({ status: 'accepted', from: null, numSegments: '0' });
    const [reached] = await eventually(async () => {
      const messages = await box.handset();
      return messages.length > 0 && messages;
    });
    expect(reached?.from).to.equal(SERVICE_NUMBER);
  });

  it('shows every field in the type that the SDK gives it', async () => {
    const created = await sdk.messages.create({
      to: PERSON,
      from: SHORT_CODE,
      body: 'x'.repeat(161),
      mediaUrl: ['https://example.com/a.png'],
      validityPeriod: 300,
    });

    expect(created.sid).to.match(/^MM[\da-f]{32}$/);
    expect(created.toJSON()).to.deep.equal({
      accountSid: ACCOUNT,
      apiVersion: '2010-04-01',
      body: 'x'.repeat(161),
      dateCreated: created.dateCreated,
      dateSent: null,
      dateUpdated: created.dateUpdated,
      direction: 'outbound-api',
      errorCode: null,
      errorMessage: null,
      from: SHORT_CODE,
      messagingServiceSid: null,
      numMedia: '1',
      numSegments: '1',
      price: null,
      priceUnit: 'USD',
      sid: created.sid,
      status: 'queued',
      subresourceUris: { media: `${MESSAGES}/${created.sid}/Media.json` },
      to: PERSON,
      uri: `${MESSAGES}/${created.sid}.json`,
    });
    for (const date of [created.dateCreated, created.dateUpdated]) {
      expect(date).to.be.instanceOf(Date);
      expect(date.getTime()).to.be.within(Date.now() - 60_000, Date.now() + 1000);
    }
  });

  it('shows a failure as a number and in words', async () => {
    await box.control('PUT', '/sim/behaviours', [
      { match: {}, on: 'create', effect: { kind: 'errorCallback', code: 30003 } },
    ]);
    const { sid } = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' });

    const failed = await eventually(async () => {
      const message = await sdk.messages(sid).fetch();
      return message.status === 'undelivered' && message;
    });

    expect(failed).to.include({ errorCode: 30003, errorMessage: 'Unreachable destination handset' });
  });

  it('cancels a scheduled message, and only such a one', async () => {
    const sendAt = new Date(Date.now() + 3_600_000);
    const scheduled = await sdk.messages.create({
      to: PERSON,
      messagingServiceSid: SERVICE,
      body: 'later',
      scheduleType: 'fixed',
      sendAt,
    });
    expect(scheduled.status).to.equal('scheduled');
    expect((await sdk.messages(scheduled.sid).update({ status: 'canceled' })).status).to.equal('canceled');

    await box.control('PUT', '/sim/senders', { [SHORT_CODE]: { segmentsPerSecond: 0.01 } });
    const sent = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'now' });
    await eventually(async () => (await sdk.messages(sent.sid).fetch()).status === 'delivered');
    const queued = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'waiting' });
    const inbound = await box.text(SHORT_CODE, 'hello');
    for (const { sid } of [scheduled, sent, queued, inbound]) {
      expect(await failure(sdk.messages(sid).update({ status: 'canceled' }))).to.include({
        status: 400,
        code: 30409,
        message: 'This message cannot be canceled',
        moreInfo: 'https://www.twilio.com/docs/errors/30409',
      });
    }
    expect((await sdk.messages(queued.sid).fetch()).status).to.equal('queued');
  });

  it('looks a number up', async () => {
    const line = { fields: 'line_type_intelligence' };
    const found = await sdk.lookups.v2.phoneNumbers(PERSON).fetch(line);
    expect(found).to.deep.include({ valid: true, countryCode: 'US', phoneNumber: PERSON });
    expect(found.lineTypeIntelligence).to.deep.include({ type: 'mobile', errorCode: null });
    expect(
      (await sdk.lookups.v2.phoneNumbers('+18005550030').fetch(line)).lineTypeIntelligence.type,
    ).to.equal('tollFree');

    const short = await sdk.lookups.v2.phoneNumbers('+1555').fetch();
    expect(short).to.deep.include({ valid: false, validationErrors: ['TOO_SHORT'] });
  });

  it('looks a number up that is written as in its own country', async () => {
    const found = await sdk.lookups.v2.phoneNumbers('07700 900123').fetch({ countryCode: 'GB' });
    expect(found).to.deep.include({
      ...{ valid: true, countryCode: 'GB', callingCountryCode: '44', phoneNumber: '+447700900123' },
      ...{ nationalFormat: '07700 900123', validationErrors: [] },
    });
    const nowhere = await sdk.lookups.v2.phoneNumbers('07700900123').fetch({ countryCode: 'XX' });
    expect(nowhere).to.deep.include({ valid: false, validationErrors: ['INVALID_COUNTRY_CODE'] });
  });

  it('lists and fetches the media of a message, over pages', async () => {
    const mediaUrl = ['a.png', 'b.gif', 'c.mp4'].map((name) => `https://example.com/${name}`);
    const { sid, numMedia } = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, mediaUrl });
    expect(numMedia).to.equal('3');

    const listed = await sdk.messages(sid).media.list({ pageSize: 2 });

    const types = ['image/png', 'image/gif', 'video/mp4'];
    expect(listed.map(({ contentType }) => contentType)).to.deep.equal(types);
    const [first] = listed;
    expect(first).to.include({ accountSid: ACCOUNT, parentSid: sid });
    expect(first?.dateCreated).to.be.instanceOf(Date);
    const fetched = await sdk
      .messages(sid)
      .media(first?.sid ?? '')
      .fetch();
    expect(fetched.toJSON()).to.deep.equal(first?.toJSON());
    expect(
      await failure(
        sdk
          .messages(sid)
          .media(`ME${'0'.repeat(32)}`)
          .fetch(),
      ),
    ).to.include({ code: 20404 });
  });

  it('has an id in its last answer, of a refused call too', async () => {
    const idOfLast = (): string => sdk.httpClient.lastResponse?.headers['twilio-request-id'];
    await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' });
    const first = idOfLast();
    await failure(sdk.messages.create({ to: '24680', from: SHORT_CODE, body: 'x' }));
    for (const id of [first, idOfLast()]) expect(id).to.match(/^RQ[\da-f]{32}$/);
    expect(idOfLast()).to.not.equal(first);
  });

  it('tells of a person who opted out in the words of the dictionary', async () => {
    await box.text(LONG_CODE, 'STOP');
    expect(await failure(sdk.messages.create({ to: PERSON, from: LONG_CODE, body: 'x' }))).to.include({
      status: 400,
      code: 21610,
      message: 'Attempt to send to unsubscribed recipient',
      moreInfo: 'https://www.twilio.com/docs/errors/21610',
    });
  });

  it('tells a refusal in the shape that the SDK reads', async () => {
    const refused = await failure(sdk.messages.create({ to: '24680', from: SHORT_CODE, body: 'x' }));

    expect(refused).to.include({
      status: 400,
      code: 21265,
      message: "'To' number cannot be a Short Code",
      moreInfo: 'https://www.twilio.com/docs/errors/21265',
    });
  });

  for (const [effect, status, code] of [
    [{ kind: 'http429' }, 429, 20429],
    [{ kind: 'http5xx' }, 503, 20503],
    [{ kind: 'errorSync', code: 20005 }, 401, 20005],
    [{ kind: 'errorSync', code: 21408 }, 400, 21408],
  ] as const) {
    it(`tells ${code} on demand`, async () => {
      await box.control('PUT', '/sim/behaviours', [{ match: {}, on: 'create', effect }]);

      const refused = await failure(sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' }));

      expect(refused).to.be.instanceOf(twilio.RestException);
      expect(refused).to.include({ status, code, moreInfo: `https://www.twilio.com/docs/errors/${code}` });
    });
  }

  it('refuses a wrong token', async () => {
    const stranger = sdkFor(box, 'wrong');

    const refused = await failure(stranger.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' }));

    expect(refused).to.include({
      ...{ status: 401, code: 20003, message: 'Authenticate' },
      ...{ moreInfo: 'https://www.twilio.com/docs/errors/20003' },
    });
    const { headers } = stranger.httpClient.lastResponse ?? { headers: {} };
    expect(headers['www-authenticate']).to.equal('Basic realm="Twilio API"');
  });
});
