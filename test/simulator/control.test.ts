import { request } from 'node:http';
import { expect } from 'chai';
import { openBox, PERSON, SHORT_CODE, type SimulatorBox } from './simulator-box.ts';

type Sent = { method?: string; path?: string; headers?: Record<string, string>; body?: string };

describe('the controls of the simulated carrier', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());

  const TEXT = JSON.stringify({ from: PERSON, to: SHORT_CODE, body: 'STOP' });
  const JSON_TYPE = { 'content-type': 'application/json' };
  /** Sends these headers as they are: `fetch` sets Host and Origin itself. */
  const call = ({ method = 'POST', path = '/sim/inbound', headers = JSON_TYPE, body = TEXT }: Sent) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { port } = box.simulator;
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.once('error', reject);
      sent.end(method === 'GET' || method === 'DELETE' ? '' : body);
    });
  const texts = () => box.receiver.received.length;

  it('answer to the names of this machine, with any port and charset', async () => {
    for (const host of ['localhost', 'LOCALHOST:4010', '127.0.0.1:1', '[::1]:4010']) {
      const headers = { 'content-type': 'Application/JSON; charset=utf-8', host };
      expect((await call({ headers })).status, host).to.equal(200);
      expect((await call({ headers: { ...headers, origin: `http://${host}` } })).status, host).to.equal(200);
    }
  });

  it('refuse a host that only resolves to this machine, at every route, and do nothing', async () => {
    const before = texts();
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example:4010',
      '0.0.0.0',
      'x@localhost',
    ]) {
      expect((await call({ headers: { ...JSON_TYPE, host } })).status, host).to.equal(403);
      expect((await call({ method: 'GET', path: '/sim/ledger', headers: { host } })).status, host).to.equal(
        403,
      );
      expect((await call({ method: 'DELETE', path: '/sim', headers: { host } })).status, host).to.equal(403);
    }
    expect(texts()).to.equal(before);
  });

  it('refuse a page of another origin, and say from where to call', async () => {
    const before = texts();
    for (const origin of ['https://evil.example', 'http://localhost:3000', 'null', '']) {
      const headers = { ...JSON_TYPE, host: 'localhost:4010', origin };
      expect((await call({ headers })).status, origin).to.equal(403);
    }
    const { body } = await call({ headers: { ...JSON_TYPE, origin: 'https://evil.example' } });
    expect(JSON.parse(body).message).to.contain('command line');
    expect(texts()).to.equal(before);
  });

  it('refuse a body that a page may send without a preflight request', async () => {
    const before = texts();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/json',
      '',
    ]) {
      const { status, body } = await call({ headers: { 'content-type': type } });
      expect(status, type).to.equal(415);
      expect(JSON.parse(body).message).to.contain('curl --json');
      expect(
        (
          await call({
            method: 'PUT',
            path: '/sim/behaviours',
            headers: { 'content-type': type },
            body: '[]',
          })
        ).status,
        type,
      ).to.equal(415);
    }
    expect(texts()).to.equal(before);
  });
});
