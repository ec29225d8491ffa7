import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { DATABASE, openStore } from '../../src/store/store.ts';
import { sourceAt } from '../support/built.ts';
import { until } from '../support/gateway.ts';
import { programs, type RunningProgram } from '../support/program.ts';

const PERSON = '+15551230001';

/** The carrier's own answer. */
const STOPPED = /^> .*STOP\n< .*successfully been unsubscribed/s;
const STARTED = /^> .*START\n< .*successfully been re-subscribed/s;

/** A start of everything, on a machine that has other things to do. */
const START_MS = 300_000;

type Facts = {
  gateway: string;
  simulator: string;
  apiKey: string;
  numbers: Record<string, string>;
  logins: unknown[];
  mongodb: string;
  holder: string;
};

describe('npm run demo', () => {
  const start = programs();
  const startFromSource = programs(sourceAt);
  let dataDir: string;
  let env: NodeJS.ProcessEnv;
  let demo: RunningProgram;
  let facts: Facts;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'assent-demo-'));
    const [port, simulator, worker] = [await freePort(), await freePort(), await freePort()].map(String);
    const ports = { PORT: port, SIMULATOR_PORT: simulator, WORKER_PORT: worker };
    // A role for `npm start` in the developer's `.env` does not apply to the demo.
    env = { ...process.env, ...ports, MONGODB_URI: '', DATA_DIR: dataDir, ROLE: 'web' };
    demo = startDemo();
    await demo.says('Ctrl-C ends it.');
    facts = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
  }).timeout(START_MS);
  after(async () => {
    demo.kill('SIGTERM');
    await demo.ended;
    await rm(dataDir, { recursive: true, force: true });
  });

  const at = (name: string): URL => new URL(`../../scripts/${name}`, import.meta.url);
  const command = (name: string, ...args: string[]): RunningProgram => start(at(name), args, env);
  const startDemo = (): RunningProgram => startFromSource(at('demo.ts'), [], env);
  const said = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(name, ...args).ended;
    expect([code, stderr], `${name} ${args.join(' ')}`).to.deep.equal([0, '']);
    return stdout;
  };
  const answers = (url: string): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  const parts = (): Promise<boolean[]> =>
    Promise.all(
      [
        `${facts.gateway}/readyz`,
        `${facts.simulator}/sim/ledger`,
        `http://127.0.0.1:${env.WORKER_PORT}/healthz`,
      ].map(answers),
    );

  it('runs all of its parts, and leaves for commands what they need, readable by its owner alone', async () => {
    await until('all parts of the demo run', async () => (await parts()).every(Boolean));
    expect(facts.gateway).to.equal(`http://localhost:${env.PORT}`);
    expect(new URL(facts.simulator).port).to.equal(env.SIMULATOR_PORT);
    expect(Object.keys(facts).sort()).to.deep.equal([
      'apiKey',
      'gateway',
      'holder',
      'logins',
      'mongodb',
      'numbers',
      'simulator',
    ]);
    expect(Object.values(facts.numbers)).to.include('28555');
    const headers = { Authorization: `Bearer ${facts.apiKey}` };
    expect((await fetch(`${facts.gateway}/api/v1/programs`, { headers })).status).to.equal(200);
    for (const name of ['demo.json', 'demo-keys.json'])
      expect(statSync(join(dataDir, name)).mode & 0o777, name).to.equal(0o600);
  });

  it('takes the texts of a phone, and says what support would read', async () => {
    expect(await said('text.ts', PERSON, 'JOIN')).to.match(/^> .*JOIN\n< .*reply YES/is);
    expect(await said('text.ts', PERSON, 'Yes!')).to.match(/^> .*Yes!\n< .*joined Fernway Deals/s);
    expect(await said('status.ts', PERSON)).to.match(/^Subscribed to Fernway Deals/);
    expect(await said('text.ts', PERSON, 'STOP', '--to', 'stylist')).to.match(STOPPED);
  }).timeout(START_MS);

  it('does not start twice on one folder, and names the holder', async () => {
    const { code, stdout, stderr } = await startDemo().ended;
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(
      `another Assent is running on ${dataDir} (pid ${demo.pid}). End it, or set another DATA_DIR.\n`,
    );
    expect(await parts(), 'the first goes on').to.deep.equal([true, true, true]);
  }).timeout(START_MS);

  it('has samples soon after its start', async () => {
    await demo.says('There are samples now');
    const headers = { Authorization: `Bearer ${facts.apiKey}` };
    const shown = await fetch(`${facts.gateway}/api/v1/journeys/after-purchase`, { headers });
    expect(((await shown.json()) as { state: string }).state).to.equal('running');
  }).timeout(START_MS);

  it('lets verify-ledger name a changed entry and exit with 1', async () => {
    const store = await openStore({ uri: facts.mongodb, database: DATABASE });
    const { modifiedCount } = await store.consentEvents.updateOne({ seq: 2 }, { $set: { at: new Date(0) } });
    await store.close();
    expect(modifiedCount).to.equal(1);
    const { code, stdout, stderr } = await command('verify-ledger.ts').ended;
    expect([code, stderr]).to.deep.equal([1, '']);
    expect(stdout).to.match(
      /^contact \S+, entry 2: .+\n\d+ chains, \d+ entries, 1 faults, on DATA_DIR \S+\n$/,
    );
  }).timeout(START_MS);

  it('ends on SIGTERM with everything that it started, and logs what it did in order', async () => {
    demo.kill('SIGTERM');
    const { code, stdout, stderr } = await demo.ended;
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^Assent runs, ready in \d+ s\. Open\n {2}(\S+)\n/m);
    const order = ['mongod ', 'Assent runs, ', `  ${facts.gateway}\n`, 'Ctrl-C ends it.', 'Ending; '];
    const places = order.map((words) => stdout.indexOf(words));
    expect(stdout.match(/https?:\S+/g), 'one address').to.deep.equal([facts.gateway]);
    expect(places)
      .to.deep.equal([...places].sort((a, b) => a - b))
      .and.not.include(-1);
    const [, mongod = ''] = /^mongod .* \(pid (\d+)\)/m.exec(stdout) ?? [];
    expect(() => process.kill(Number(mongod), 0)).to.throw('ESRCH');
    expect(await parts()).to.deep.equal([false, false, false]);
    expect(await readdir(dataDir))
      .to.include.members(['demo.json', 'mongo'])
      .and.not.include('assent.lock');
  }).timeout(START_MS);

  it('remembers at a second start whom its carrier had blocked, so that START is answered', async () => {
    demo = startDemo();
    await demo.says('Ctrl-C ends it.');
    expect(await said('text.ts', PERSON, 'START', '--to', 'stylist')).to.match(STARTED);
  }).timeout(START_MS);
});
