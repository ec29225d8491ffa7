import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { encodeForm, post } from '../support/signed-post.ts';
import { INBOUND, optOutOf, postAndWait, postText, textFields } from './inbound-posts.ts';
import { checked, clean, cleanRefusal, documentsOf } from './leaks.ts';

const PERSON = '+15559871234';
const OTHER = '+15559876543';

describe('P10: the number is a secret', () => {
  let gateway: Gateway;
  let workerPort: number;
  let proxy: DatabaseProxy;
  /** A gateway whose carrier answers every request with a number that is no JSON. */
  let refused: Gateway;
  const echo = createServer((_request, response) => response.end(`<${PERSON}`));
  const printed: string[] = [];
  const restore: (() => void)[] = [];
  before(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
        printed.push(Buffer.from(chunk as string).toString('utf8'));
        return write(chunk, ...rest);
      }) as typeof stream.write;
      restore.push(() => {
        stream.write = write;
      });
    }
    proxy = await startProxy(testDatabase().uri);
    workerPort = await freePort();
    gateway = await startGateway({ through: proxy.through, env: { WORKER_PORT: String(workerPort) } });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const { port } = echo.address() as AddressInfo;
    refused = await startGateway({ env: { TWILIO_API_BASE: `http://127.0.0.1:${port}` } });
  });
  after(async () => {
    for (const undo of restore) undo();
    await refused.stop();
    echo.close();
    await gateway.stop();
    await proxy.close();
  });

  /** The fields of a form that is certain. */
  const planted = {
    FromCity: 'PLANTEDCITYWORD',
    FromZip: PERSON,
    NumMedia: '1',
    MediaUrl0: 'https://media.example/plantedmediaword.jpg',
  };
  const odd = { ...planted, ProfileName: `plantedprofileword ${PERSON}`, plantedfieldword: 'x' };
  const ask = async (path: string, body?: unknown, key = ''): Promise<Response> => {
    const answer = await fetch(gateway.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `plantedagentword ${PERSON}`,
        authorization: `Bearer ${key}`,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers } = answer;
    if (status >= 400) cleanRefusal({ status, headers: [...headers], body: await answer.clone().text() });
    return answer;
  };

  it('stays secret while people join, text, leave and send odd forms', async () => {
    for (const body of [
      'JOIN',
      'Yes!!',
      'plantedquestionword, please?',
      'WHY',
      'MENU',
      'STOP DEALS',
      'HELP',
    ]) {
      await checked(postAndWait(gateway, textFields(PERSON, body, planted)));
      await checked(postText(gateway, textFields(PERSON, body, odd)));
    }
    await checked(postAndWait(gateway, textFields(PERSON, 'maybe stop plantedunsureword I guess?', planted)));
    await checked(postText(gateway, textFields(PERSON, 'take me off this list plantedstopword', odd)));
    await checked(postText(gateway, [...textFields('', 'plantednobodyword'), ['Caller', PERSON]]));
    expect(await optOutOf(gateway, PERSON)).not.to.equal(null);
  });

  it('stays secret in answers to forged requests, wrong paths and bodies too large', async () => {
    const form = encodeForm(textFields(PERSON, 'plantedforgedword', odd));
    const answers = [
      await checked(post(`${gateway.url}${INBOUND}?plantedqueryword=${encodeURIComponent(PERSON)}`, form)),
      await checked(post(`${gateway.url}/webhooks/plantedpathword/${PERSON}`, form)),
      await checked(post(`${gateway.url}/plantedpathword`, form)),
      await ask(`/api/v1/contacts/${encodeURIComponent(PERSON)}/status?q=plantedqueryword`),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([403, 404, 404, 401]);
    // The connection may be cut before the answer is read.
    const large = post(gateway.url + INBOUND, `Body=plantedlargeword${'x'.repeat(1_100_000)}`);
    const read = await large.catch(() => null);
    if (read !== null) cleanRefusal(read);
    expect(read?.status ?? 413).to.equal(413);
  });

  it('stays secret in the API, used well and badly', async () => {
    const { key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date());
    const evidence = {
      page_url: 'https://fernway.example/join',
      ip: '192.0.2.7',
      user_agent: 'plantedevidenceword',
      checkbox: true,
    };
    const asked = { phone: OTHER, program: 'deals', language: 'en', channel: 'WEB_FORM', evidence };
    expect((await ask('/api/v1/opt-ins', asked, key)).status).to.be.lessThan(300);
    await until('the prompt is on the handset', async () => (await gateway.received(OTHER)).length === 1);
    const statuses: number[] = [];
    for (const body of [
      { phone: `${PERSON}x plantedbadword` },
      { phone: PERSON, plantedfieldword: PERSON },
      { phone: { $gt: PERSON } },
      { phone: PERSON, reason: 'plantedreasonword' },
      `{"phone": "${PERSON}", plantedjsonword`,
    ]) {
      for (const path of ['contacts/lookup', 'opt-ins', 'opt-outs', 'checks']) {
        statuses.push((await ask(`/api/v1/${path}`, body, key)).status);
      }
    }
    expect(statuses.filter((status) => status >= 400)).to.have.length.above(15);
    await ask(`/api/v1/deliveries?contact=${encodeURIComponent(PERSON)}&plantedqueryword=1`, undefined, key);
    await ask('/api/v1/opt-outs', { phone: OTHER, channel: 'VERBAL', reason: 'plantedreasonword' }, key);
  });

  it('is refused where it is typed into fields that are stored in the clear', async () => {
    const { key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date());
    const contacts = await Promise.all(
      ['+15559876610', '+15559876611'].map(async (phone) => {
        const answer = await ask('/api/v1/contacts', { phone, lists: ['2026-11-28'] }, key);
        return ((await answer.json()) as { contact: string }).contact;
      }),
    );
    const [merge, other] = [`/api/v1/contacts/${contacts[0]}/merge`, contacts[1]];
    for (const [path, body, field] of [
      [merge, { with: other, reason: `They called from ${PERSON}.` }, 'reason'],
      [merge, { with: other, reason: 'They said that (555) 987-1234 is theirs.' }, 'reason'],
      ['/api/v1/keys', { name: `for ${PERSON}`, scopes: ['contacts:read'] }, 'name'],
      ['/api/v1/jobs/bounce-sweep/pause', { reason: `for ${PERSON}` }, 'reason'],
      ['/api/v1/contacts', { phone: OTHER, lists: ['called-555-987-1234'] }, 'lists.0'],
      ['/api/v1/contacts', { phone: OTHER, place: { city: PERSON } }, 'place.city'],
    ] as const) {
      const answer = await ask(path, body, key);
      const { errors } = (await answer.json()) as { errors: { field: string }[] };
      expect([answer.status, errors.map((error) => error.field)], path).to.deep.equal([422, [field]]);
    }
    const merged = await ask(merge, { with: other, reason: `${contacts[0]} said so on 2026-11-28` }, key);
    expect(merged.status).to.equal(200);
  });

  it('stays secret when the carrier refuses and fails', async () => {
    const { key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, new Date());
    const asked = {
      program: 'deals',
      language: 'en',
      channel: 'VERBAL',
      evidence: { agent: 'a', call_id: 'c', script_version: '1' },
    };
    for (const [at, effect] of [
      { kind: 'errorSync', code: 21610 },
      { kind: 'http5xx', status: 500 },
      { kind: 'http429' },
      { kind: 'resetAfterAccept' },
    ].entries()) {
      const phone = `+1555987660${at}`;
      await gateway.sim('PUT', '/sim/behaviours', [{ match: { number: phone }, on: 'create', effect }]);
      expect((await ask('/api/v1/opt-ins', { phone, ...asked }, key)).status).to.be.lessThan(300);
      await until('the outcome of the message is recorded', async () => {
        const row = await gateway.store.deliveries.findOne({}, { sort: { createdAt: -1 } });
        return row?.state !== 'sending' && (row?.epoch ?? 0) > 0;
      });
    }
    await gateway.sim('PUT', '/sim/behaviours', []);
  });

  it('stays secret while the database is away, in the spool too', async () => {
    await proxy.cut();
    await Promise.all([
      checked(postText(gateway, textFields(OTHER, 'plantedspooledword', odd))),
      ask('/api/v1/contacts/lookup', { phone: PERSON, reason: 'plantedreasonword' }),
    ]);
    const spool = join(gateway.config.dataDir, 'spool');
    const names = await readdir(spool);
    expect(names.length).to.be.greaterThan(0);
    for (const name of names) clean('the spool', `${name} ${await readFile(join(spool, name), 'latin1')}`);
    await proxy.restore();
    await until('the spool is empty', async () => (await readdir(spool)).length === 0);
  });

  it('stands in no log line, and nothing else is printed', () => {
    expect(gateway.logs.length).to.be.greaterThan(50);
    clean('a log line', gateway.logs.join(''));
    clean('what is printed', printed.join(''));
  });

  it('stands in no document of any collection in the clear, jobs included', async () => {
    const all = await documentsOf(gateway.store);
    const holding = new Set(all.map(({ where }) => where));
    expect([...holding]).to.include.members([
      ...[
        'jobs',
        'contacts',
        'inbound',
        'uncertainTexts',
        'deliveries',
        'consentEvents',
        'suppressions',
        'apiKeys',
        'merges',
        'programs',
      ],
    ]);
    for (const { where, bytes } of all) clean(where, bytes.toString('latin1'));
  });

  it('stands in no metric and in no address that was called or was to be called', async () => {
    for (const [url, own] of [
      [gateway.url, /^assent_inbound_total\b/m],
      [`http://127.0.0.1:${workerPort}`, /^assent_job_runs_total\b/m],
    ] as const) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).to.match(own);
      clean('a metric', metrics);
    }
    const ledger = await (await gateway.sim('GET', '/sim/ledger')).text();
    const urls = ledger.split('\n').flatMap((line) => (line === '' ? [] : [String(JSON.parse(line).url)]));
    expect(urls.filter((url) => url.includes('/status?d='))).not.to.have.lengthOf(0);
    clean('an address', urls.join('\n'));
  });

  it('stands in no failed job, though the carrier answers with it', async () => {
    const failed = () =>
      refused.store.db.collection('jobs').findOne({ name: 'catch-up', failCount: { $gt: 0 } });
    await until('the job has failed', async () => (await failed()) !== null);
    clean('a job', JSON.stringify(await failed()));
    clean('a log line', refused.logs.join(''));
  });
});
