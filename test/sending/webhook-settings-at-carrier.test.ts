import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { wantedAddresses } from '../../src/domain/webhook-settings.ts';
import {
  type CarrierAccount,
  CarrierSettingsFailed,
  createCarrierAccount,
} from '../../src/sending/twilio/carrier-account.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const SERVICE = `MG${'1'.repeat(32)}`;
const NUMBER = `PN${'2'.repeat(32)}`;
const CODE = `SC${'3'.repeat(32)}`;
const AT = `/2010-04-01/Accounts/${ACCOUNT}`;
const WANTED = { ...wantedAddresses('https://sms.example'), application: '' };

type Written = { path: string; form: Record<string, string> };

/** The fields that an update of these resources knows, as the client of Twilio for Node.js sends them (5.x). */
const KNOWN = {
  number: ['SmsUrl', 'SmsMethod', 'SmsFallbackUrl', 'SmsFallbackMethod', 'SmsApplicationSid'],
  code: ['SmsUrl', 'SmsMethod', 'SmsFallbackUrl', 'SmsFallbackMethod'],
  service: ['InboundRequestUrl', 'InboundMethod', 'FallbackUrl', 'FallbackMethod'],
};

describe('The webhook settings at the carrier', () => {
  const written: Written[] = [];
  let service: Record<string, unknown> = {};
  let refuses: number | null = null;
  let server: http.Server;
  let account: CarrierAccount;

  const stored = (path: string): unknown => {
    const urls = { sms_url: 'https://old.example/in', sms_method: 'GET', sms_application_sid: 'AP1' };
    if (path.startsWith(`${AT}/IncomingPhoneNumbers.json`))
      return { incoming_phone_numbers: [{ sid: NUMBER, phone_number: '+15550100199', ...urls }] };
    if (path.startsWith(`${AT}/SMS/ShortCodes.json`))
      return { short_codes: [{ sid: CODE, short_code: '28555', ...urls }] };
    return path === `/v1/Services/${SERVICE}` ? service : {};
  };
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    if (request.method === 'POST') written.push({ path, form });
    response.writeHead(request.method === 'POST' && refuses !== null ? refuses : 200);
    response.end(JSON.stringify(stored(path)));
  };

  before(async () => {
    server = http.createServer((request, response) => void answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    account = createCarrierAccount({
      apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      accountSid: ACCOUNT,
      authToken: 'a-token-of-this-test',
      publicUrl: 'https://sms.example',
      now: () => new Date('2026-03-01T12:00:00Z'),
    });
  });
  beforeEach(() => {
    written.length = 0;
    refuses = null;
    service = { inbound_request_url: null, inbound_method: 'POST', use_inbound_webhook_on_number: false };
  });
  after(async () => {
    await account.close();
    server.closeAllConnections();
    server.close();
  });

  const long = { kind: 'long-code', number: '+15550100199', messagingServiceSid: SERVICE } as const;
  const short = { kind: 'short-code', number: '28555', messagingServiceSid: null } as const;

  it('are written at the Messaging Service, with the names of its fields', async () => {
    await account.writeWebhooks(long, WANTED);
    expect(written).to.deep.equal([
      {
        path: `/v1/Services/${SERVICE}`,
        form: {
          InboundRequestUrl: WANTED.inboundUrl,
          InboundMethod: 'POST',
          FallbackUrl: WANTED.fallbackUrl,
          FallbackMethod: 'POST',
        },
      },
    ]);
    expect(Object.keys(written[0]?.form ?? {})).to.deep.equal(KNOWN.service);
  });

  it('are written at the number where its service leaves texts to it', async () => {
    service.use_inbound_webhook_on_number = true;
    await account.writeWebhooks(long, WANTED);
    expect(written.map(({ path }) => path)).to.deep.equal([`${AT}/IncomingPhoneNumbers/${NUMBER}.json`]);
    expect(Object.keys(written[0]?.form ?? {})).to.deep.equal(KNOWN.number);
    expect(written[0]?.form).to.include({ SmsUrl: WANTED.inboundUrl, SmsApplicationSid: '' });
  });

  it('are written at a short code without an application, which it has not', async () => {
    await account.writeWebhooks(short, WANTED);
    expect(written.map(({ path }) => path)).to.deep.equal([`${AT}/SMS/ShortCodes/${CODE}.json`]);
    expect(Object.keys(written[0]?.form ?? {})).to.deep.equal(KNOWN.code);
  });

  it('are read from the service with each of its fields', async () => {
    service = {
      inbound_request_url: 'https://sms.example/in',
      inbound_method: 'GET',
      fallback_url: 'https://sms.example/again',
      fallback_method: 'POST',
      status_callback: 'https://sms.example/reports',
      use_inbound_webhook_on_number: true,
    };
    expect((await account.readWebhooks(long))?.service).to.deep.equal({
      inboundUrl: 'https://sms.example/in',
      inboundMethod: 'GET',
      fallbackUrl: 'https://sms.example/again',
      fallbackMethod: 'POST',
      statusUrl: 'https://sms.example/reports',
      defersToNumber: true,
    });
  });

  it('say which part the carrier refused, without an address', async () => {
    refuses = 403;
    const failed = await account.writeWebhooks(long, WANTED).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(CarrierSettingsFailed);
    expect((failed as Error).message).to.equal('The carrier answered 403 about the Messaging Service.');
  });
});
