import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import twilio from 'twilio';
import { handOver } from '../../../src/sending/gate.ts';
import { messageForm } from '../../../src/sending/twilio/create-message.ts';
import { ACCOUNT, CREATED, cleared, clientOf, NOW, PERSON, SHORT_CODE, TOKEN } from './scripted-server.ts';

const SERVICE = `MG${'1'.repeat(32)}`;
const STATUS = 'https://texts.example/webhooks/twilio/status?d=00help.1#rc=3&rt=4000&rp=5xx,ct,rt';

/** The SDK's own HTTP client, sent to another host. */
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

type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
type Params = Parameters<twilio.Twilio['messages']['create']>[0];

describe('the create call, beside that of the twilio SDK', () => {
  let server: Server;
  let url: string;
  let seen: Seen[] = [];
  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request;
        seen.push({ method, url: path, headers, body: Buffer.concat(chunks).toString('latin1') });
        response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(CREATED));
      });
    });
    // The SDK keeps connections, and a busy machine lets them rest for long.
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
  });

  const bySdk = async (params: Params): Promise<Seen> => {
    await twilio(ACCOUNT, TOKEN, { httpClient: new RedirectedClient(url) }).messages.create(params);
    return seen.pop() as Seen;
  };
  const byUs = async (more: Parameters<typeof cleared>[0], now = NOW): Promise<Seen> => {
    const { carrier } = clientOf(url, { now: () => now });
    const [outcome] = await handOver([cleared(more)], carrier.transport);
    await carrier.close();
    expect(outcome).to.include({ result: 'accepted', carrierSid: CREATED.sid });
    return seen.pop() as Seen;
  };
  const shown = ({ method, url: path, headers, body }: Seen) => ({
    method,
    path,
    authorization: headers.authorization,
    type: headers['content-type'],
    accept: headers.accept,
    length: headers['content-length'],
    body,
  });

  it('limits how long the carrier may hold a message, in whole seconds after the lease', async () => {
    const later = (ms: number): Date => new Date(NOW.getTime() + ms);
    const held = async (ms: number, passed = 0): Promise<string | null> =>
      new URLSearchParams((await byUs({ validUntil: later(ms) }, later(passed))).body).get('ValidityPeriod');
    expect(await held(90_900)).to.equal('87');
    expect(await held(90_900, 60_000)).to.equal('27');
    expect(await held(1500)).to.equal('1');
    expect(await held(86_400_000)).to.equal('36000');
    expect((await byUs({})).body).not.to.contain('ValidityPeriod');
  });

  const BODIES = [
    'Fernway: 20% off & free 🚚 + returns!\nReply STOP to end, HELP for help. (C) "é" ~ \'*',
    '= ; / ? : @ # $ , [ ] % %20 + %2B \t \r\n',
    '👩‍👩‍👧‍👦 ñ 中文 עברית \u200f \u0000 \uFFFF',
    '',
  ];
  for (const text of BODIES) {
    it(`sends the same bytes on the wire: ${JSON.stringify(text).slice(0, 30)}`, async () => {
      const ours = await byUs({ text });
      const theirs = await bySdk({ to: PERSON, from: SHORT_CODE, body: text, statusCallback: STATUS });
      expect(shown(ours)).to.deep.equal(shown(theirs));
      expect(new URLSearchParams(ours.body).get('Body')).to.equal(text);
    });
  }

  it('is the same with a Messaging Service, which gets From beside it', async () => {
    const ours = await byUs({ service: SERVICE, from: '+15005550010' });
    const theirs = await bySdk({
      to: PERSON,
      from: '+15005550010',
      messagingServiceSid: SERVICE,
      body: 'We help.',
      statusCallback: STATUS,
    });
    expect(shown(ours)).to.deep.equal(shown(theirs));
    const form = new URLSearchParams(ours.body);
    expect([form.get('From'), form.get('MessagingServiceSid')]).to.deep.equal(['+15005550010', SERVICE]);
  });

  it('is the same with a validity and pictures', async () => {
    const media = ['https://media.example/a.jpg?x=1&y=2', 'https://media.example/ü 2.png'];
    const ours = await byUs({ text: 'Look', media, validUntil: new Date(NOW.getTime() + 603_000) });
    const theirs = await bySdk({
      to: PERSON,
      from: SHORT_CODE,
      body: 'Look',
      statusCallback: STATUS,
      validityPeriod: 600,
      mediaUrl: media,
    });
    expect(shown(ours)).to.deep.equal(shown(theirs));
    expect(new URLSearchParams(ours.body).getAll('MediaUrl')).to.deep.equal(media);
  });

  it('is the same for any text, and an invalid one is sent as far as possible', async () => {
    const sdk = twilio(ACCOUNT, TOKEN, { httpClient: new RedirectedClient(url) });
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(texts, texts, async (text, query) => {
        const statusCallback = `https://texts.example/status?d=${query}`;
        await sdk.messages.create({ to: PERSON, from: SHORT_CODE, body: text, statusCallback });
        const message = { to: PERSON, from: SHORT_CODE, service: null, text };
        expect(messageForm(message, statusCallback)).to.equal(seen.pop()?.body);
      }),
      { numRuns: 40 },
    );
    const broken = { to: PERSON, from: SHORT_CODE, service: null, text: 'a\uD83Db\uDE00c' };
    expect(new URLSearchParams(messageForm(broken, STATUS)).get('Body')).to.equal('a\uFFFDb\uFFFDc');
  });
});
