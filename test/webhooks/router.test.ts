import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { signatureOf } from '../../webhooks/twilio-signature.ts';
import { twilioListener } from '../../webhooks/twilio-webhooks.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const TOKEN = 'token-of-a-test';
const PUBLIC_URL = 'https://sms.fernway.example';

describe('the two webhook addresses', () => {
  let server: Server;
  let port: number;
  const calls: string[] = [];
  before(async () => {
    const listener = twilioListener({
      publicUrl: PUBLIC_URL,
      account: { accountSid: ACCOUNT, signingTokens: [TOKEN], sharedKeys: new Map() },
      inbound: async (form, _raw, response, signedBy) => {
        if (form.Body === 'fail') throw new Error('undecidable');
        expect(signedBy).to.deep.equal({ accountSid: ACCOUNT, scheme: 'auth token' });
        calls.push(`inbound ${form.Body}`);
        response.end();
      },
      status: async (_form, delivery, response) => {
        calls.push(`status ${delivery}`);
        response.end();
      },
      refused: (route) => calls.push(`refused ${route}`),
      failed: (_error, response) => {
        calls.push('failed');
        response.writeHead(500).end();
      },
    });
    server = createServer((request, response) => {
      if (!listener(request, response)) response.writeHead(299).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
  });
  beforeEach(() => {
    calls.length = 0;
  });

  /** Over a bare socket: a client would put the address in order first. */
  const post = async (target: string, body: string, method = 'POST'): Promise<number> => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const signature = signatureOf({ algorithm: 'HMAC_SHA1', secret: TOKEN }, PUBLIC_URL + target, form);
    const socket = connect(port, '127.0.0.1');
    socket.end(
      `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Twilio-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return Number((await text(socket)).slice(9, 12));
  };

  it('answer however the path is written, and by their query', async () => {
    for (const path of [
      '/webhooks/twilio/inbound',
      '/webhooks/twilio/inbound/',
      '/Webhooks/Twilio/Inbound?a=1',
    ]) {
      expect(await post(path, 'Body=YES'), path).to.equal(200);
    }
    expect(await post('/webhooks/twilio/status?x=1&d=abc.2', 'MessageSid=SM1')).to.equal(200);
    expect(await post('/webhooks/twilio/status?d=a&d=b', 'MessageSid=SM1')).to.equal(200);
    expect(calls).to.deep.equal([...Array(3).fill('inbound YES'), 'status abc.2', 'status ']);
  });

  it('leave every other address and method to others', async () => {
    for (const path of [
      '/',
      '/webhooks/twilio',
      '/webhooks/twilio/inbounds',
      '/x/webhooks/twilio/inbound',
      '/webhooks/twilio/inbound/x',
    ]) {
      expect(await post(path, 'Body=YES'), path).to.equal(299);
    }
    expect(await post('/webhooks/twilio/inbound', '', 'GET')).to.equal(299);
    expect(calls).to.deep.equal([]);
  });

  it('refuse a whole address, whoever it names', async () => {
    expect(await post(`${PUBLIC_URL}/webhooks/twilio/inbound`, 'Body=YES')).to.equal(403);
    expect(calls).to.deep.equal(['refused inbound']);
  });

  it('refuse a form with more fields than any text has before anything is computed over them', async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, at) => `f${at}=`).join('&');
    expect(await post('/webhooks/twilio/inbound', fields(1000))).to.equal(200);
    expect(await post('/webhooks/twilio/inbound', fields(1002))).to.equal(413);
    expect(await post('/webhooks/twilio/inbound', '&'.repeat(200_000))).to.equal(413);
    expect(calls).to.deep.equal(['inbound undefined']);
  });

  it('answer when a use case fails', async () => {
    expect(await post('/webhooks/twilio/inbound', 'Body=fail')).to.equal(500);
    expect(calls).to.deep.equal(['failed']);
  });
});
