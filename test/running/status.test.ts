import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { type ApiScope, createKey } from '../../src/access/api-keys.ts';
import { programAt } from '../support/built.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const PERSON = '+15551230041';
const FOUND = /^Subscribed to Fernway Deals .+\n\n {2}number {8}\+1•+0041\n/;

describe('npm run status on an installation that is no demo', () => {
  let gateway: Gateway;
  let folder: string;
  let port: string;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    port = new URL(gateway.url).port;
    folder = await mkdtemp(join(tmpdir(), 'assent-status-'));
    for (const word of ['JOIN', 'YES']) await gateway.text(PERSON, word);
  });
  after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  const keyWith = async (...scopes: ApiScope[]): Promise<string> =>
    (await createKey(gateway.store, { name: 'support', scopes }, new Date())).key;

  /** Runs the command in a folder without a demo. */
  function run(args: string[], variables: Record<string, string> = {}) {
    const command = [...programAt(resolve('scripts', 'status.ts')), ...args];
    const { ASSENT_URL: _, ASSENT_API_KEY: __, ...own } = process.env;
    const options = { cwd: folder, env: { ...own, DATA_DIR: folder, ...variables } };
    return new Promise<{ code: unknown; out: string; err: string }>((done) =>
      execFile(process.execPath, command, options, (error, out, err) =>
        done({ code: error === null ? 0 : error.code, out, err }),
      ),
    );
  }

  it('finds it by the environment, by options and by the .env, and on this machine by a key alone', async () => {
    const key = await keyWith('contacts:read');
    const ways: [args: string[], variables: Record<string, string>][] = [
      [[], { ASSENT_URL: `${gateway.url}/`, ASSENT_API_KEY: key }],
      [['--url', gateway.url, '--key', key], { ASSENT_URL: 'http://localhost:1', ASSENT_API_KEY: 'other' }],
      [[], { PORT: port, ASSENT_API_KEY: key }],
    ];
    for (const [args, variables] of ways) {
      const { code, out, err } = await run([PERSON, ...args], variables);
      expect([code, err]).to.deep.equal([0, '']);
      expect(out).to.match(FOUND);
      // The program's zone, named.
      expect(out).to.match(/ since \w{3} \d+, \d{4}, \d+:\d\d [AP]M E[SD]T\n/);
      expect(out).to.match(/ agreed \w{3} \d+, \d{4}, \d+:\d\d [AP]M E[SD]T, /);
      expect(out).to.not.contain('UTC');
    }
    await writeFile(join(folder, '.env'), `ASSENT_URL=${gateway.url}\nASSENT_API_KEY=${key}\n`);
    expect((await run([PERSON])).out).to.match(FOUND);
    await rm(join(folder, '.env'));
    const unknown = await run(['+15551230042'], { ASSENT_URL: gateway.url, ASSENT_API_KEY: key });
    expect(unknown.out).to.equal('Nothing is held about this number.\n');
  });

  it('says what to do where something is missing or wrong, and never the key', async () => {
    const [good, poor] = [await keyWith('contacts:read'), await keyWith('consent:write')];
    const away = `http://127.0.0.1:${await freePort()}`;
    const cases: [variables: Record<string, string>, said: RegExp][] = [
      [{}, /^No demo is running\. .+\nFor another installation set ASSENT_URL and ASSENT_API_KEY\.\n$/],
      [{ ASSENT_URL: gateway.url }, /^A key to the API is missing: .*npm run key/],
      [{ ASSENT_URL: 'sms.example.com', ASSENT_API_KEY: good }, /^ASSENT_URL must be the address/],
      [{ ASSENT_URL: away, ASSENT_API_KEY: good }, /^Nothing answers at http:\/\/127\.0\.0\.1:\d+\./],
      [{ ASSENT_URL: gateway.url, ASSENT_API_KEY: 'ak_wrong' }, /^The gateway refused: .*key/],
      [{ ASSENT_URL: gateway.url, ASSENT_API_KEY: poor }, /^The gateway refused: .*contacts:read/],
    ];
    for (const [variables, said] of cases) {
      const { code, out, err } = await run([PERSON], variables);
      expect([code, out]).to.deep.equal([1, '']);
      expect(err).to.match(said);
      for (const key of [good, poor]) expect(err).not.to.contain(key);
    }
    const { code, out } = await run(['--help']);
    expect([code, out.includes('--url URL'), out.includes('ASSENT_API_KEY')]).to.deep.equal([0, true, true]);
  });

  it('follows no redirect, which would lose the key', async () => {
    const proxy = createServer((_request, response) => {
      response.writeHead(301, { Location: `${gateway.url}/` }).end();
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    const ASSENT_URL = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { code, err } = await run([PERSON], { ASSENT_URL, ASSENT_API_KEY: await keyWith('contacts:read') });
    proxy.close();
    expect([code, err]).to.deep.equal([
      1,
      `${ASSENT_URL} redirects to another address. Give that one as ASSENT_URL.\n`,
    ]);
  });
});
