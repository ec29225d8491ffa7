import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { programAt } from '../support/built.ts';
import { programs, type RunningProgram } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';
import { dropTestStore, openTestStore } from '../support/test-store.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url);

/** A start of everything, and its end, on a machine that has other things to do. */
const WHOLE_MS = 120_000;

const ENVIRONMENT = {
  ROLE: 'all',
  LOG_LEVEL: 'info',
  SHUTDOWN_SECONDS: '10',
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 't'.repeat(32),
  TWILIO_API_BASE: 'http://localhost:1',
  KEYRING: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  BLIND_INDEX_KEY: `1:${Buffer.alloc(32, 2).toString('base64')}`,
  LEDGER_KEY: `1:${Buffer.alloc(32, 3).toString('base64')}`,
};

describe('a gateway of both roles', () => {
  const run = programs();
  const folder = scratchFolders();

  const start = async (own: NodeJS.ProcessEnv): Promise<RunningProgram> => {
    const env = { ...process.env, ...ENVIRONMENT, PORT: String(await freePort()), WORKER_PORT: '', ...own };
    return run(MAIN, [], { ...env, DATA_DIR: folder() });
  };
  const pidOf = async (program: RunningProgram, role: 'web' | 'worker'): Promise<number> => {
    const output = await program.says(`${role} is ready`);
    const line = output.split('\n').find((text) => text.includes(`${role} is ready`)) ?? '';
    return JSON.parse(line).pid;
  };
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('ends whole, and not with 0, when a role ends by itself', async () => {
    const { uri, store } = await openTestStore();
    const whole = await start({ MONGODB_URI: uri });
    const [web, worker] = await Promise.all([pidOf(whole, 'web'), pidOf(whole, 'worker')]);
    process.kill(worker, 'SIGKILL');
    const { code, stdout } = await whole.ended;
    expect(stdout).to.include('worker ended with SIGKILL');
    expect([code, isAlive(web)]).to.deep.equal([1, false]);
    await dropTestStore(store);
  }).timeout(WHOLE_MS);

  it('ends whole, and not with 0, when its own database ends', async () => {
    const whole = await start({ MONGODB_URI: '' });
    const [web, worker] = await Promise.all([pidOf(whole, 'web'), pidOf(whole, 'worker')]);
    const [, mongod = ''] = /^mongod .* \(pid (\d+)\)/.exec(await whole.firstLine) ?? [];
    process.kill(Number(mongod), 'SIGKILL');
    const { code, stdout } = await whole.ended;
    expect(stdout).to.include('mongod ended');
    expect([code, isAlive(web), isAlive(worker)]).to.deep.equal([1, false, false]);
  }).timeout(WHOLE_MS);

  it('leaves no role behind when it is killed', async () => {
    const { uri, store } = await openTestStore();
    const env = { ...process.env, ...ENVIRONMENT, ROLE: 'worker', MONGODB_URI: uri, DATA_DIR: folder() };
    const [main = ''] = programAt(fileURLToPath(MAIN));
    const role = fork(main, { env, execArgv: [], silent: true });
    const ended = once(role, 'exit');
    await once(role.stdout ?? role, 'data');
    role.disconnect();
    expect(await ended).to.deep.equal([1, null]);
    await dropTestStore(store);
  }).timeout(WHOLE_MS);
});
