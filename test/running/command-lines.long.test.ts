import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { programAt } from '../support/built.ts';
import { testDatabase } from '../support/mongod.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

type Run = { code: number; err: string };

describe('a command that cannot do its work', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'assent-commands-'));
  });
  after(() => rm(directory, { recursive: true }));

  function run(script: string, args: string[], own: Record<string, string> = {}, cwd = '.'): Promise<Run> {
    const path = join(import.meta.dirname, '..', '..', 'scripts', script);
    const env = { PATH: process.env.PATH ?? '', DATA_DIR: directory, ...own };
    return new Promise((resolve) => {
      execFile(process.execPath, [...programAt(path), ...args], { env, cwd }, (error, _out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), err }),
      );
    });
  }

  const AWAY = { MONGODB_URI: 'mongodb://someone:a-password@127.0.0.1:1/?serverSelectionTimeoutMS=200' };
  const SECRETS = {
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 't'.repeat(32),
    KEYRING: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    BLIND_INDEX_KEY: `1:${Buffer.alloc(32, 2).toString('base64')}`,
    LEDGER_KEY: `1:${Buffer.alloc(32, 3).toString('base64')}`,
    TWILIO_API_BASE: 'http://localhost:1',
  };

  const refused: [what: string, script: string, args: string[], env: Record<string, string>, says: RegExp][] =
    [
      ['an option that there is not', 'demo.ts', ['--foo'], {}, /--foo.*npm run demo \[-- --contacts N\]/s],
      ['a wrong configuration', 'verify-ledger.ts', [], { ...AWAY, KEYRING: 'x' }, /KEYRING entry 1 is not/],
      ['an argument that migrates nothing', 'migrate.ts', ['--dry-run'], {}, /--dry-run.*npm run migrate\n/s],
      ['an argument of a walk', 'verify-ledger.ts', ['-h'], {}, /-h.*npm run verify-ledger\n/s],
      [
        'no ledger key named',
        'retire-ledger-key.ts',
        ['--lost'],
        {},
        /Name one key of LEDGER_KEY\.\n\nnpm run retire-ledger-key/,
      ],
      ['a ledger key that nobody has', 'retire-ledger-key.ts', ['7'], AWAY, /KEYRING is required/],
      ['no database named', 'migrate.ts', [], SECRETS, /Set MONGODB_URI/],
      ['no keys, which nobody else can make', 'verify-ledger.ts', [], AWAY, /KEYRING is required/],
      ['a database that is away', 'verify-ledger.ts', [], { ...AWAY, ...SECRETS }, /cannot be reached/],
      ['a key where no database is', 'key.ts', ['--name', 'a', '--scopes', 'all'], AWAY, /cannot be reached/],
      [
        'a gateway of a wrong configuration',
        '../src/main.ts',
        [],
        { ...SECRETS, PORT: 'x', ROLE: 'worker' },
        /PORT must be a whole number\n.*MONGODB_URI is required with ROLE=worker/,
      ],
      [
        'a gateway whose database is away',
        '../src/main.ts',
        [],
        { ...AWAY, ...SECRETS, ROLE: 'worker' },
        /cannot be reached.*MONGODB_URI/,
      ],
      [
        'a gateway that the carrier could not call',
        '../src/main.ts',
        [],
        { ...SECRETS, TWILIO_API_BASE: '' },
        /PUBLIC_URL is http:\/\/localhost:3000, which the carrier/,
      ],
      ['no database, and nothing that runs', 'verify-ledger.ts', [], SECRETS, /npm start, or npm run demo/],
    ];
  for (const [what, script, args, env, says] of refused) {
    it(`says so in words and exits with 1: ${what}`, async () => {
      const { code, err } = await run(script, args, env);
      expect(err).to.match(says);
      expect(err).not.to.match(/^\s+at /m);
      expect(err).not.to.contain('a-password');
      expect(code).to.equal(1);
    });
  }

  for (const script of ['migrate.ts', 'verify-ledger.ts']) {
    it(`needs only the variables that it reads: ${script}`, async () => {
      const { uri, store } = await openTestStore();
      const { KEYRING, LEDGER_KEY } = SECRETS;
      const { code, err } = await run(script, [], { MONGODB_URI: uri, KEYRING, LEDGER_KEY });
      expect([code, err]).to.deep.equal([0, '']);
      await closeTestStore(store);
    });
  }

  it('says why a ledger key is not retired, and what the command does on request', async () => {
    const { uri, store } = await openTestStore();
    const signing = await run('retire-ledger-key.ts', ['1'], { ...SECRETS, MONGODB_URI: uri });
    const unused = await run('retire-ledger-key.ts', ['7'], { ...SECRETS, MONGODB_URI: uri });
    await closeTestStore(store);
    expect([signing.code, unused.code]).to.deep.equal([1, 1]);
    expect(signing.err).to.match(
      /^The key 1 is the first of LEDGER_KEY, which signs\. Put a new key before it/,
    );
    expect(unused.err).to.equal('No entry was signed by a ledger key named 7.\n');
    const help = await run('retire-ledger-key.ts', ['--help'], {});
    expect([help.code, help.err]).to.deep.equal([0, '']);
  });

  it('says what to do when the database lacks a migration', async () => {
    const { uri } = testDatabase();
    const { code, err } = await run('key.ts', ['--name', 'a', '--scopes', 'all'], { MONGODB_URI: uri });
    expect([code, err.includes('npm run migrate'), /^\s+at /m.test(err)]).to.deep.equal([1, true, false]);
  });

  it('names the database that a key opens by its variable', async () => {
    const { uri, store } = await openTestStore();
    const { code, err } = await run('key.ts', ['--name', 'a', '--scopes', 'keys:manage'], {
      MONGODB_URI: uri,
    });
    await closeTestStore(store);
    expect(err).to.match(/^Key \w+, "a", on MONGODB_URI: keys:manage\./);
    expect(code).to.equal(0);
  });

  it('leaves the worker port in .env to the installation when it starts a demo', async () => {
    const { uri, store } = await openTestStore();
    const holder = createServer().listen(await freePort());
    await once(holder, 'listening');
    const port = String((holder.address() as AddressInfo).port);
    await writeFile(join(directory, '.env'), `WORKER_PORT=${port}\n`);
    const own = { ...SECRETS, DATA_DIR: join(directory, 'beside'), MONGODB_URI: uri };
    const ports = { PORT: String(await freePort()), SIMULATOR_PORT: port };
    const { err } = await run('demo.ts', [], { ...own, ...ports }, directory);
    await rm(join(directory, '.env'));
    holder.close();
    await closeTestStore(store);
    expect(err).to.equal(`Port ${port} is taken. Set SIMULATOR_PORT to a free one.\n`);
  });

  for (const [what, script, role, variable, args] of [
    ['the gateway', '../src/main.ts', 'web', 'PORT', []],
    ['a worker', '../src/main.ts', 'worker', 'WORKER_PORT', []],
    ['the simulator of a demo', 'demo.ts', 'all', 'SIMULATOR_PORT', []],
    ['the carrier of a month', 'demo.ts', 'all', 'SIMULATOR_PORT', ['--month', '--contacts', '10']],
  ] as const) {
    it(`names the variable to set when the port for ${what} is taken`, async () => {
      const { uri, store } = await openTestStore();
      const holder = createServer().listen(await freePort());
      try {
        await once(holder, 'listening');
        const port = String((holder.address() as AddressInfo).port);
        const own = { ...SECRETS, DATA_DIR: join(directory, what), ROLE: role, LOG_LEVEL: 'silent' };
        const ports = { PORT: String(await freePort()), [variable]: port };
        const { code, err } = await run(script, [...args], { ...own, ...ports, MONGODB_URI: uri });
        expect([code, err]).to.deep.equal([1, `Port ${port} is taken. Set ${variable} to a free one.\n`]);
      } finally {
        holder.close();
        await closeTestStore(store);
      }
    });
  }
});
