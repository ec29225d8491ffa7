import { expect } from 'chai';
import twilio from 'twilio';
import type { MessagePage } from 'twilio/lib/rest/api/v2010/account/message.js';
import type { Box } from './box.ts';
import {
  ACCOUNT,
  eventually,
  LONG_CODE,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SHORT_CODE,
  TOKEN,
} from './box.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;

/** The SDK's own HTTP client, sent to the simulator instead of the hosts of Twilio. */
class RedirectedClient extends twilio.RequestClient {
  readonly #base: string;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  override request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    const { pathname, search } = new URL(options.uri);
    return super.request<T>({ ...options, uri: this.#base + pathname + search } as never);
  }
}

describe('the twilio SDK, driving the simulated carrier', () => {
  let box: Box;
  let sdk: twilio.Twilio;

  before(async () => {
    box = await openBox();
    sdk = twilio(ACCOUNT, TOKEN, { httpClient: new RedirectedClient(box.simulator.url) });
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

    const sent = await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'now' });
    expect(await failure(sdk.messages(sent.sid).update({ status: 'canceled' }))).to.include({
      code: 30409,
    });
  });

  it('pages through the list by its links, newest first, though new messages arrive meanwhile', async () => {
    for (let sent = 0; sent < 7; sent += 1) {
      await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: `no. ${sent}` });
    }
    const seen: string[] = [];
    let page: Pick<MessagePage, 'instances' | 'nextPage'> | undefined = await sdk.messages.page({
      pageSize: 3,
    });
    while (page) {
      seen.push(...page.instances.map(({ body }) => body));
      await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'meanwhile' });
      page = await page.nextPage();
    }

    expect(seen).to.deep.equal([6, 5, 4, 3, 2, 1, 0].map((number) => `no. ${number}`));
  });

  it('finds inbound texts to a number since a moment', async () => {
    await box.text(SHORT_CODE, 'STOP');
    await box.text(LONG_CODE, 'elsewhere');
    await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: 'outbound' });
    const since = (dateSentAfter: Date) => sdk.messages.list({ to: SHORT_CODE, dateSentAfter });

    const found = await since(new Date(Date.now() - 60_000));

    expect(found.map(({ body, direction, status }) => ({ body, direction, status }))).to.deep.equal([
      { body: 'STOP', direction: 'inbound', status: 'received' },
    ]);
    expect(await since(new Date(Date.now() + 60_000))).to.deep.equal([]);
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

  it('tells a refusal in the shape that the SDK reads', async () => {
    const refused = await failure(sdk.messages.create({ to: '24680', from: SHORT_CODE, body: 'x' }));

    expect(refused).to.include({
      status: 400,
      code: 21265,
      moreInfo: 'https://www.twilio.com/docs/errors/21265',
    });
  });

  it('refuses a wrong token', async () => {
    const stranger = twilio(ACCOUNT, 'wrong', { httpClient: new RedirectedClient(box.simulator.url) });

    const refused = await failure(stranger.messages.create({ to: PERSON, from: SHORT_CODE, body: 'x' }));

    expect(refused).to.include({ status: 401, code: 20003 });
  });
});
