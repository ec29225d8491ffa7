import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Diagnosis } from '../../src/domain/examination.ts';
import { diagnoseProbe } from '../../src/sending/twilio/webhook-diagnosis.ts';
import {
  isGoodTicket,
  PROBE_HEADER,
  PROBE_PATH,
  type ProbeResult,
  sendProbe,
} from '../../src/sending/twilio/webhook-probe.ts';
import { probeListener } from '../../webhooks/webhook-probe.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/certificate.ts';

const TOKEN = 'a-token-of-this-test';
const ACCOUNT = `AC${'0'.repeat(32)}`;
const NOW = new Date('2026-03-01T12:00:00Z');
const now = (): Date => NOW;

type Passed = { path: string; headers: http.IncomingHttpHeaders; body: Buffer };

/** What a proxy makes of a request, or how it answers by itself. */
type Proxy = {
  pass?: (request: Passed) => Passed;
  answer?: (response: http.ServerResponse) => void;
  holdMs?: number;
};

async function started(server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('The probe through PUBLIC_URL', () => {
  const servers: http.Server[] = [];
  let publicUrl = '';
  let proxy: Proxy = {};
  let gatewayPort = 0;

  const forward = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { pass = (passed) => passed, answer, holdMs = 0 } = proxy;
    const body = await bodyOf(request);
    if (answer !== undefined) return answer(response);
    if (holdMs > 0) return;
    const passed = pass({ path: (request.url ?? '').replace(/^\/sms/, ''), headers: request.headers, body });
    const headers = { ...passed.headers, 'content-length': String(passed.body.length) };
    const onward = http.request({
      port: gatewayPort,
      host: '127.0.0.1',
      path: passed.path,
      method: 'POST',
      headers,
    });
    onward.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.pipe(response);
    });
    onward.end(passed.body);
  };

  before(async () => {
    const account = { accountSid: ACCOUNT, signingTokens: [TOKEN], sharedKeys: new Map<string, string>() };
    const front = http.createServer((request, response) => void forward(request, response));
    publicUrl = `http://127.0.0.1:${await started(front)}/sms`;
    const listener = probeListener({ publicUrl, account, now });
    const gateway = http.createServer((request, response) => {
      if (!listener(request, response)) response.writeHead(404).end();
    });
    gatewayPort = await started(gateway);
    servers.push(front, gateway);
  });
  afterEach(() => {
    proxy = {};
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  const sentThrough = (broken: Proxy, limitMs = 5000, url = publicUrl): Promise<ProbeResult> => {
    proxy = broken;
    return sendProbe({ publicUrl: url, accountSid: ACCOUNT, authToken: TOKEN, now, limitMs });
  };
  const diagnosed = async (...given: Parameters<typeof sentThrough>): Promise<Diagnosis> =>
    diagnoseProbe(await sentThrough(...given));
  /** The same probe, as if PUBLIC_URL began with https and the proxy ended TLS. */
  const overTls = (result: ProbeResult): ProbeResult => ({
    ...result,
    sent: { ...result.sent, protocol: 'https:' },
  });
  const without = ({ headers, ...rest }: Passed, name: string): Passed => {
    const { [name]: _dropped, ...kept } = headers;
    return { ...rest, headers: kept };
  };

  it('finds nothing to repair behind a proxy that takes off the prefix and passes everything else on', async () => {
    const found = await diagnosed({});
    expect(found.state, found.found).to.equal('good');
    expect(found.repair).to.equal(null);
  });

  it('names the header X-Twilio-Signature where a proxy drops it', async () => {
    const found = await diagnosed({ pass: (passed) => without(passed, 'x-twilio-signature') });
    expect(found.state).to.equal('stop');
    expect(found.found).to.include('drops the header X-Twilio-Signature');
    expect(found.example).to.include('proxy_set_header X-Twilio-Signature $http_x_twilio_signature;');
  });

  it('finds nothing to repair where a proxy replaces Host: signatures and forms go by PUBLIC_URL', async () => {
    const pass = (passed: Passed) => ({ ...passed, headers: { ...passed.headers, host: 'upstream' } });
    const found = await diagnosed({ pass });
    expect(found.state, found.found).to.equal('good');
  });

  it('names the prefix where a proxy leaves it before the path', async () => {
    const found = await diagnosed({ pass: (passed) => ({ ...passed, path: `/sms${passed.path}` }) });
    expect(found.state).to.equal('stop');
    expect(found.found).to.include('leaves /sms before the path');
    expect(found.example).to.include('location /sms/ { proxy_pass http://127.0.0.1:3000/; }');
  });

  it('shows both paths where a proxy rewrites the path', async () => {
    const pass = (passed: Passed) => ({ ...passed, path: passed.path.replace('/webhooks', '/hooks') });
    const found = await diagnosed({ pass });
    expect(found.found).to.include(`/hooks/twilio/probe in the place of ${PROBE_PATH}`);
  });

  it('says that the query is stripped, and which line passes it on', async () => {
    const pass = (passed: Passed) => ({ ...passed, path: passed.path.split('?')[0] ?? '' });
    const found = await diagnosed({ pass });
    expect(found.found).to.include('strips the query');
    expect(found.example).to.include('$request_uri');
  });

  it('says that the query is changed where its escapes are resolved', async () => {
    const found = await diagnosed({
      pass: (passed) => ({ ...passed, path: passed.path.replace('%2F', '/') }),
    });
    expect(found.found).to.include('changes the query');
  });

  it('says that the body is changed where a filter converts its charset', async () => {
    const pass = (passed: Passed) => ({
      ...passed,
      body: Buffer.from(passed.body.toString().replace('%C3%BC', '%FC')),
      headers: { ...passed.headers, 'content-type': 'application/x-www-form-urlencoded; charset=ISO-8859-1' },
    });
    const found = await diagnosed({ pass });
    expect(found.state).to.equal('stop');
    expect(found.found).to.include('changes the body of the request and its content type');
    expect(found.example).to.include('charset off;');
  });

  it('says to set PUBLIC_URL to https where http is redirected', async () => {
    const answer = (response: http.ServerResponse) =>
      void response.writeHead(301, { Location: 'https://sms.example/sms/webhooks/twilio/probe?t=1' }).end();
    const found = await diagnosed({ answer });
    expect(found.found).to.include('redirects to https (301)');
    expect(found.repair).to.include('Set PUBLIC_URL to the https address');
  });

  it('says that nothing answered in time where a proxy holds the request back', async () => {
    const found = await diagnosed({ holdMs: 1 }, 150);
    expect(found.state).to.equal('stop');
    expect(found.found).to.include('gave no answer within');
    expect(found.example).to.include('proxy_connect_timeout');
  });

  it('finds nothing to repair where a proxy that ends TLS does not say https, since PUBLIC_URL does', async () => {
    const pass = (passed: Passed) => without(passed, 'x-forwarded-proto');
    const found = diagnoseProbe(overTls(await sentThrough({ pass })));
    expect(found.state, found.found).to.equal('good');
  });

  it('says how long a webhook took that answers slowly', async () => {
    const found = diagnoseProbe({ ...(await sentThrough({})), ms: 4200 });
    expect(found.state).to.equal('wait');
    expect(found.found).to.include('arrived unchanged, and took 4.2 s').and.include('15 s');
  });

  it('says that the certificate is self-signed, and which line serves a public one', async () => {
    const server = https.createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_request, response) => {
      response.end();
    });
    servers.push(server);
    const found = await diagnosed({}, 5000, `https://localhost:${await started(server)}`);
    expect(found.state).to.equal('stop');
    expect(found.found).to.include('self-signed');
    expect(found.example).to.include('fullchain.pem');
  });

  it('says what stands in the way where somebody else answers', async () => {
    const answers = (status: number) => ({
      answer: (response: http.ServerResponse) => void response.writeHead(status).end(),
    });
    expect((await diagnosed(answers(403))).found).to.include('a sign-in or a firewall');
    expect((await diagnosed(answers(502))).found).to.include('does not reach the gateway (502)');
    expect((await diagnosed(answers(404))).found).to.include('answered 404, and not from this gateway');
    expect((await diagnosed({}, 5000, 'http://127.0.0.1:1')).found).to.include('Nothing accepts connections');
  });

  it('tells nothing to whoever has no ticket, an old one or a forged one', async () => {
    const old = `${NOW.getTime() - 1}.abcdefghijkl.${'a'.repeat(43)}`;
    for (const ticket of ['', 'x', old, `${NOW.getTime() + 1000}.abcdefghijkl.${'a'.repeat(43)}`]) {
      const headers = { [PROBE_HEADER]: ticket };
      const answer = await fetch(`http://127.0.0.1:${gatewayPort}${PROBE_PATH}`, { method: 'POST', headers });
      expect(answer.status, ticket).to.equal(404);
      expect(isGoodTicket(ticket, [TOKEN], NOW), ticket).to.equal(false);
    }
  });
});
