import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { postText, textFields } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { post } from '../support/signed-post.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('a web process, seen by its operator', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let trickled: Promise<string>;
  /** How far the web process's clock is off, ms. */
  let clock = 0;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    const wall = (): Date => new Date(Date.now() + clock);
    gateway = await startGateway({ through: proxy.through, worker: 'replies', wall });
    // This takes ten seconds while the other tests run.
    trickled = trickle(Number(new URL(gateway.url).port));
  });
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });
  const get = (path: string): Promise<Response> => fetch(gateway.url + path);

  it('is alive, and ready with every part named', async () => {
    expect(await (await get('/healthz')).json()).to.deep.equal({ ok: true });
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).to.deep.equal([
      200,
      { ready: true, parts: { database: true, clock: true, spool: true, answers: true } },
    ]);
  });

  it('says which part is not ready while the database is away or hangs, stays alive and recovers', async () => {
    for (const take of [proxy.cut, async () => proxy.freeze()]) {
      await take();
      const answer = await get('/readyz');
      expect([answer.status, await answer.json()]).to.deep.equal([
        503,
        { ready: false, parts: { database: false, clock: true, spool: true, answers: true } },
      ]);
      expect((await get('/healthz')).status).to.equal(200);
      await proxy.restore();
      await until(
        'the database is reported as ready',
        async () => (await get('/readyz')).status === 200,
        15_000,
      );
    }
  }).timeout(60_000);

  it("is not ready while its clock is far from the database's", async () => {
    clock = 3000;
    const answer = await get('/readyz');
    expect([answer.status, await answer.json()]).to.deep.equal([
      503,
      { ready: false, parts: { database: true, clock: false, spool: true, answers: true } },
    ]);
    clock = 0;
    expect((await get('/readyz')).status).to.equal(200);
  });

  it('exports every series from 0, so that the first alarm of a process shows as growth', async () => {
    const text = await (await get('/metrics')).text();
    for (const series of [
      'inbound_total{outcome="refused"',
      'alarms_total{kind="harm"',
      'unsigned_total{route="inbound"',
      'hand_overs_total{result="unknown"',
    ])
      expect(text).to.contain(`\nassent_${series},role="web"} 0\n`);
  });

  it('counts in the text format of Prometheus, with the role of the process', async () => {
    await gateway.text('+15551230001', 'STOP');
    const answer = await get('/metrics');
    expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    expect(text).to.match(/^assent_inbound_total{.*outcome="recorded".*} 1$/m);
    expect(text).to.match(/^assent_spool_waiting{.*role="web".*} 0$/m);
    // The hand-over of the reply may not be recorded yet.
    const noneDue = /^assent_oldest_due_seconds{.*for="answers".*} 0$/m;
    await until('no reply is due', async () => noneDue.test(await (await get('/metrics')).text()));
  });

  it('counts a text once by whatever door it came, and counts repeated posts and spooled texts apart', async () => {
    const counted = async (outcome: string): Promise<number> => {
      const text = await (await get('/metrics')).text();
      const line = new RegExp(`^assent_inbound_total{.*outcome="${outcome}".*} (\\d+)$`, 'm').exec(text);
      return Number(line?.[1] ?? 0);
    };
    const recorded = await counted('recorded');
    const fields = textFields('+15551230002', 'STOP');
    for (const _ of [1, 2]) await postText(gateway, fields);
    expect([await counted('recorded'), await counted('repeated')]).to.deep.equal([recorded + 1, 1]);
    await proxy.cut();
    await postText(gateway, textFields('+15551230002', 'HELP'));
    expect(await counted('spooled')).to.equal(1);
    await proxy.restore();
    await until('the recorded texts are counted', async () => (await counted('recorded')) === recorded + 2);
    await postText(gateway, textFields('', 'x'));
    expect([await counted('uncertain'), await counted('recorded')]).to.deep.equal([1, recorded + 2]);
  }).timeout(60_000);

  it('gives every answer an id of its own, which stands in its log line', async () => {
    const ids = new Set<string>();
    for (const path of ['/healthz', '/readyz', '/metrics', '/nowhere', '/api/v1/programs', '/api/docs']) {
      ids.add((await get(path)).headers.get('x-request-id') ?? '');
    }
    const refused = await post(`${gateway.url}/webhooks/twilio/inbound`, 'Body=x');
    ids.add(String(refused.headers['x-request-id']));
    expect(ids.size).to.equal(7);
    for (const id of ids) {
      expect(id).to.match(UUID);
      await until('the log line of the request is written', async () =>
        gateway.logs.some((line) => line.includes(id)),
      );
    }
  });

  it("answers a path in one spelling only, so that a proxy's rule for /api or /metrics closes it", async () => {
    for (const path of [
      '/Metrics',
      '/metrics/',
      '/Healthz',
      '/API/docs',
      '/api/docs/',
      '/Api/v1/programs',
      '/api/v1/Programs',
      '/api/v1/programs/',
    ])
      expect((await get(path)).status, path).to.equal(404);
    for (const path of ['/metrics', '/api/docs']) expect((await get(path)).status, path).to.equal(200);
    expect((await get('/api/v1/programs')).status).to.equal(401);
    expect((await post(`${gateway.url}/Webhooks/Twilio/Inbound/`, 'Body=x')).status).to.equal(403);
  });

  it('protects what a browser may see, names no software, and says nothing of unknown addresses', async () => {
    for (const path of ['/healthz', '/nowhere', '/api/docs', '/api/v1/programs']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy'), path).to.match(/default-src '(self|none)'/);
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff');
      expect(headers.get('x-frame-options'), path).to.equal('SAMEORIGIN');
      expect(headers.get('strict-transport-security'), path).to.contain('max-age=');
      expect(headers.get('x-powered-by'), path).to.equal(null);
    }
    const nowhere = await get('/nowhere');
    expect([nowhere.status, await nowhere.json()]).to.deep.equal([404, { title: 'Not found', status: 404 }]);
  });

  it("refuses a body over 256 kB on the carrier's routes before it checks the signature, and accepts a smaller one", async () => {
    const url = `${gateway.url}/webhooks/twilio/inbound`;
    expect((await post(url, `Body=${'x'.repeat(256 * 1024)}`)).status).to.equal(413);
    expect((await post(url, `Body=${'x'.repeat(256 * 1024 - 10)}`)).status).to.equal(403);
    const endless = await chunked(url, 300, 1024);
    expect([endless.status, endless.body]).to.deep.equal([413, '']);
  });

  it('closes the connection of a client that sends its headers too slowly', async () => {
    expect(await trickled).to.match(/^HTTP\/1\.1 408 /);
  }).timeout(30_000);
});

/** Posts a body without a length, piece by piece. */
function chunked(url: string, pieces: number, size: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.once('error', reject);
    for (let at = 0; at < pieces; at += 1) sent.write('x'.repeat(size));
    sent.end();
  });
}

/** Begins a request and never ends its head; what the server says before it hangs up. */
function trickle(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('POST /webhooks/twilio/inbound HTTP/1.1\r\nX-A: '),
    );
    const timer = setInterval(() => socket.write('a'), 500);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.once('close', () => {
      clearInterval(timer);
      resolve(said);
    });
  });
}
