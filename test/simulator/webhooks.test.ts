import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import {
  ACCOUNT,
  eventually,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SHARED_KEYS,
  SHORT_CODE,
} from './simulator-box.ts';
import type { WebhookReply } from './webhook-receiver.ts';
import { EMPTY, say } from './webhook-receiver.ts';

describe('webhooks of the simulated carrier', () => {
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

  it('posts an inbound text signed over the configured URL, query included', async () => {
    for (const body of ['JOIN', '', '😀 & "quotes" = + %', 'línea\nnueva']) {
      const { sid } = await box.text(SHORT_CODE, body);

      const posted = box.receiver.received.at(-1);
      expect(posted?.signed, body).to.equal(true);
      expect(posted?.path).to.equal(`/inbound?number=${SHORT_CODE}`);
      expect(posted?.form).to.include({
        MessageSid: sid,
        SmsSid: sid,
        SmsMessageSid: sid,
        AccountSid: ACCOUNT,
        From: PERSON,
        To: SHORT_CODE,
        Body: body,
        SmsStatus: 'received',
        ApiVersion: '2010-04-01',
        NumMedia: '0',
        NumSegments: '1',
      });
      expect(posted?.form).to.include.keys('FromCity', 'FromState', 'FromZip', 'FromCountry', 'ToCountry');
      expect(posted?.form).to.not.have.any.keys('OptOutType', 'MessagingServiceSid');
      expect(posted?.token).to.match(/^[\da-f-]{36}$/);
    }
  });

  it('signs with the shared key that is set, and with the auth token again where none is', async () => {
    const signedBy = async (sharedKey: string | null) => {
      expect((await box.control('PUT', '/sim/signing', { sharedKey })).status).to.equal(200);
      await box.text(SHORT_CODE, 'JOIN 😀');
      const { signed, key } = box.receiver.received.at(-1) ?? {};
      return { signed, key };
    };
    for (const { id } of SHARED_KEYS) expect(await signedBy(id)).to.deep.equal({ signed: true, key: id });
    expect(await signedBy(null)).to.deep.equal({ signed: true, key: undefined });
    expect((await box.control('PUT', '/sim/signing', { sharedKey: 'nobody' })).status).to.equal(400);
    const shown = await (await box.control('GET', '/sim/signing')).json();
    expect(shown).to.deep.equal({ sharedKey: null, sharedKeys: SHARED_KEYS.map(({ id }) => id) });
  });

  it('names the service, the media and any field asked for', async () => {
    await box.text(SERVICE_NUMBER, '', { media: ['https://example.com/a.png'], fields: { Odd: 'x' } });

    const posted = box.receiver.received[0];
    expect(posted?.signed).to.equal(true);
    expect(posted?.form).to.include({
      MessagingServiceSid: SERVICE,
      NumMedia: '1',
      MediaUrl0: 'https://example.com/a.png',
      MediaContentType0: 'image/png',
      Odd: 'x',
    });
    expect(posted?.form.MessageSid).to.match(/^MM[\da-f]{32}$/);
  });

  it('refuses a text that no handset could send, naming the field', async () => {
    const fields = async (body: unknown) => {
      const refused = await box.control('POST', '/sim/inbound', body);
      expect(refused.status).to.equal(400);
      const { errors } = (await refused.json()) as { errors: { field: string }[] };
      return errors.map(({ field }) => field);
    };

    expect(await fields({ from: '12', to: SHORT_CODE, body: 'x' })).to.deep.equal(['from']);
    expect(await fields({ from: PERSON, to: '99999', body: 'x' })).to.deep.equal(['to']);
    expect(await fields({ from: PERSON, to: SHORT_CODE, body: 'x'.repeat(1601) })).to.deep.equal(['body']);
    expect(await fields({ from: PERSON, to: SHORT_CODE, media: ['nowhere'] })).to.deep.equal(['media.0']);
    expect(box.receiver.received).to.deep.equal([]);
  });

  it('delivers a TwiML message to the handset and tells its life to the callback, in order', async () => {
    box.receiver.answer = ({ path }) =>
      path.startsWith('/inbound')
        ? {
            type: 'application/xml',
            body: '<Response><Message statusCallback="/status?d=1.1"><Body>Hi &amp; &#128512;</Body></Message></Response>',
          }
        : { status: 204 };

    const result = await box.text(SHORT_CODE, 'JOIN');

    expect(result).to.include({ answered: 'twiml', status: 200 });
    const callbacks = await eventually(() => {
      const told = box.receiver.received.filter(({ path }) => path === '/status?d=1.1');
      return told.length === 3 && told;
    });
    expect(callbacks.map(({ form }) => form.MessageStatus)).to.deep.equal(['sending', 'sent', 'delivered']);
    expect(callbacks.every(({ signed }) => signed)).to.equal(true);
    expect(callbacks[2]?.form).to.include({
      MessageSid: result.messages[0]?.sid,
      SmsStatus: 'delivered',
      From: SHORT_CODE,
      To: PERSON,
    });
    expect(callbacks[2]?.form.RawDlrDoneDate).to.match(/^\d{10}$/);
    const [texted, reached] = await box.handset();
    expect(texted).to.include({ direction: 'in', body: 'JOIN', to: SHORT_CODE });
    expect(reached).to.include({ direction: 'out', body: 'Hi & 😀', from: SHORT_CODE, status: 'delivered' });
  });

  const PICTURE = ['https://example.com/a.png'];
  const RECEIPTS: [string, string, string[], string][] = [
    ['action, of a text', 'action="/a"', [], '/a'],
    ['action, of a picture', 'action="/a"', PICTURE, 'nobody'],
    ['statusCallback, of a text', 'statusCallback="/s"', [], '/s'],
    ['statusCallback, of a picture', 'statusCallback="/s"', PICTURE, '/s'],
    ['both, of a text', 'statusCallback="/s" action="/a"', [], '/a'],
    ['both, of a picture', 'statusCallback="/s" action="/a"', PICTURE, '/s'],
  ];
  for (const [what, attributes, media, by] of RECEIPTS) {
    it(`tells ${by} of the answer with ${what}`, async () => {
      box.receiver.answer = ({ path }) =>
        path.startsWith('/inbound')
          ? { type: 'text/xml', body: `<Response><Message ${attributes}>x</Message></Response>` }
          : { status: 204 };
      await box.text(SHORT_CODE, 'JOIN', { media });
      const answer = (await box.ledger()).find(({ kind }) => kind === 'twiml');
      expect(answer?.url ? new URL(answer.url).pathname : 'nobody').to.equal(by);
    });
  }

  const ANSWERS: [string, WebhookReply, number[], string[]][] = [
    [
      'a message behind one with an action',
      {
        type: 'text/xml',
        body: '<Response><Message statusCallback="/s">one</Message><Message action="/s">two</Message><Message>x</Message></Response>',
      },
      [],
      ['one', 'two'],
    ],
    ['nothing to say', { status: 204 }, [], []],
    ['an empty body', { body: '' }, [], []],
    ['two messages', say('one', 'two'), [], ['one', 'two']],
    ['plain text', { type: 'text/plain', body: 'just words' }, [], ['just words']],
    ['a server error', { status: 500, type: 'text/xml', body: '<Response/>' }, [11200], []],
    ['a bare 403', { status: 403 }, [11200], []],
    ['a broken connection', 'reset', [11200], []],
    ['no content type', { body: '<Response/>' }, [11200], []],
    ['a content type that is not TwiML', { type: 'application/json', body: '{}' }, [12300], []],
    ['XML that does not close', { type: 'text/xml', body: '<Response><Message>x</Response>' }, [12100], []],
    [
      'an unescaped ampersand',
      { type: 'text/xml', body: '<Response><Message>a & b</Message></Response>' },
      [12100],
      [],
    ],
    [
      'an unknown entity',
      { type: 'text/xml', body: '<Response><Message>&nbsp;</Message></Response>' },
      [12100],
      [],
    ],
    [
      'a control character',
      { type: 'text/xml', body: '<Response><Message>\u0001</Message></Response>' },
      [12100],
      [],
    ],
    ['two documents', { type: 'text/xml', body: '<Response/><Response/>' }, [12100], []],
    ['another root', { type: 'text/xml', body: '<Answer/>' }, [12200], []],
    [
      'an unknown verb beside a message',
      { type: 'text/xml', body: '<Response><Shout>x</Shout><Message>y</Message></Response>' },
      [12200],
      ['y'],
    ],
    ['an empty message', say(' '), [14103], []],
    ['eleven messages', say(...'abcdefghijk'), [14109], [...'abcdefghij']],
    ['more than 64 kB', say('x'.repeat(66_000)), [11750], []],
    ['1,601 characters', say('x'.repeat(1601)), [21617], []],
  ];
  for (const [what, reply, codes, bodies] of ANSWERS) {
    it(`reads ${what} as ${codes.length > 0 ? `error ${codes}` : 'no error'} and ${bodies.length} messages`, async () => {
      box.receiver.answer = () => reply;

      const result = await box.text(SHORT_CODE, 'hello');

      expect(await box.debuggerCodes()).to.deep.equal(codes);
      expect(result.messages.map(({ body }) => body)).to.deep.equal(bodies);
    });
  }
});
