import { closeSync, existsSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { EMPTY, optOutOf, postText, textFields } from '../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { addSubscriber, plannedFor } from '../support/people.ts';
import { programs, type RunningProgram } from '../support/program.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import type { HttpAnswer } from '../support/signed-post.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url);
const PERSON = '+15551230001';

describe('a process that is told to stop', () => {
  const run = programs();
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
    await gateway.web.stop();
  });
  afterEach(() => proxy.restore());
  after(async () => {
    await gateway.stop();
    await proxy.close();
  });

  const keys = (entries: Iterable<readonly [string, Buffer]>): string =>
    [...entries].map(([id, key]) => `${id}:${key.toString('base64')}`).join(',');
  const envOf = (role: 'web' | 'worker', seconds: number): NodeJS.ProcessEnv => {
    const { config } = gateway;
    return {
      ...process.env,
      ROLE: role,
      LOG_LEVEL: 'info',
      SHUTDOWN_SECONDS: String(seconds),
      PORT: String(config.port),
      PUBLIC_URL: config.publicUrl,
      MONGODB_URI: config.mongodbUri,
      DATA_DIR: config.dataDir,
      TWILIO_ACCOUNT_SID: config.twilio.accountSid,
      TWILIO_AUTH_TOKEN: config.twilio.authToken,
      TWILIO_API_BASE: config.twilio.apiBase,
      KEYRING: keys(config.keyRing.keys),
      LEDGER_KEY: keys(config.ledgerKeys.keys),
      BLIND_INDEX_KEY: keys(config.blindIndexKeys.map((key, at) => [String(at + 1), key])),
    };
  };
  const start = async (role: 'web' | 'worker', seconds: number): Promise<RunningProgram> => {
    const program = run(MAIN, [], envOf(role, seconds));
    await program.says(`${role} is ready`);
    return program;
  };
  /** The seconds in the lines by which a process says how long it may take. */
  const budgetsIn = (stdout: string): number[] => {
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line))
      .flatMap(({ msg, seconds }) => (msg === 'ending' ? seconds : []));
  };
  /** Sends what it is given and then nothing more. */
  const halfSent = async (text: string): Promise<Socket> => {
    const socket = connect(gateway.config.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    return socket;
  };
  /** Texts STOP while the database hangs; resolves once the text has been read, with what awaits its answer. */
  const underWay = async (person: string): Promise<() => Promise<HttpAnswer>> => {
    proxy.freeze();
    const answered = postText(gateway, textFields(person, 'STOP'));
    // The server reads in order of arrival, and this one's own look at the database takes it a second.
    expect((await fetch(`${gateway.url}/readyz`)).status).to.equal(503);
    return () => answered;
  };
  const refusesNewOnes = (): Promise<void> =>
    until('the process accepts no connection any more', () =>
      fetch(`${gateway.url}/healthz`).then(
        () => false,
        () => true,
      ),
    );

  it('finishes the text under way, makes its confirmation due, and exits with 0', async () => {
    const web = await start('web', 20);
    const answered = await underWay(PERSON);
    web.kill('SIGTERM');
    await refusesNewOnes();
    await proxy.restore();
    const { status, body } = await answered();
    expect([status, body]).to.deep.equal([200, EMPTY]);
    const { code, stderr, stdout } = await web.ended;
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(budgetsIn(stdout)).to.deep.equal([20]);
    expect(await optOutOf(gateway, PERSON)).not.to.equal(null);
    const rows = await gateway.store.deliveries.find({}).toArray();
    expect(rows.map(({ state, class: kind }) => [kind, state])).to.deep.equal([
      ['opt-out-confirmation', 'planned'],
    ]);
    expect(rows[0]?.draining).to.equal(undefined);
    expect(rows[0]?.dueAt.getTime()).to.be.below(Date.now());
  });

  it('does not wait for clients that never finish their requests', async () => {
    const web = await start('web', 4);
    const sockets = await Promise.all([
      halfSent('POST /webhooks/twilio/inbound HTTP/1.1\r\nHost: x\r\n'),
      halfSent('POST /webhooks/twilio/inbound HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nBody='),
    ]);
    expect((await fetch(`${gateway.url}/healthz`)).status).to.equal(200);
    web.kill('SIGTERM');
    const { code, stdout } = await web.ended;
    expect([code, budgetsIn(stdout)]).to.deep.equal([0, [4]]);
    for (const socket of sockets) socket.destroy();
  });

  /** Stops a worker while the carrier still owes the answer to a create call. */
  const stopDuringCall = async (number: string) => {
    const worker = await start('worker', 20);
    const { keyRing: ring, blindIndexKeys } = gateway.config;
    const indexOf = (phone: string): string => blindIndex(blindIndexKeys, phone);
    const holder = await addSubscriber(gateway.store, { ring, indexOf, number: () => number });
    const row = plannedFor(holder, { createdAt: new Date() });
    await gateway.store.deliveries.insertOne(row);
    await until('the message is on the handset', async () => (await gateway.received(number)).length === 1);
    const stateAndSid = async () => {
      const now = await gateway.store.deliveries.findOne({ _id: row._id });
      return [now?.state, typeof now?.carrierSid];
    };
    const during = await stateAndSid();
    worker.kill('SIGTERM');
    const { code, stderr, stdout } = await worker.ended;
    expect([code, stderr, budgetsIn(stdout)]).to.deep.equal([0, '', [20]]);
    return [...during, ...(await stateAndSid())];
  };

  it('records the answer of a hand-over under way, as a worker too, and exits with 0', async () => {
    const slow = { match: {}, on: 'create', effect: { kind: 'delay', ms: 1000 } };
    await gateway.sim('PUT', '/sim/behaviours', [slow]);
    // A machine that stands still for a second ends the call by its lease, or sees it answered before the signal.
    const wanted = ['sending', 'undefined', 'accepted', 'string'];
    const seen: unknown[][] = [];
    for (const last of [3, 4, 5, 6, 7]) {
      seen.push(await stopDuringCall(`+1555123000${last}`));
      if (String(seen.at(-1)) === String(wanted)) break;
    }
    expect(seen.at(-1), JSON.stringify(seen)).to.deep.equal(wanted);
  }).timeout(180_000);

  if (existsSync('/dev/full')) {
    it('answers and exits with 0 when the disk of its log is full', async () => {
      const full = openSync('/dev/full', 'w');
      const web = run(MAIN, [], envOf('web', 4), full);
      closeSync(full);
      const answers = async (): Promise<boolean> => {
        const signal = AbortSignal.timeout(2000);
        const answer = await fetch(`${gateway.url}/healthz`, { signal }).catch(() => null);
        return answer?.status === 200;
      };
      await until('the process answers', answers, 50_000);
      web.kill('SIGTERM');
      const { code, stderr } = await web.ended;
      expect([code, stderr]).to.deep.equal([0, '']);
    }).timeout(90_000);
  }

  it('spools what the database does not accept before the end, for the next process', async () => {
    const web = await start('web', 20);
    const person = '+15551230002';
    const answered = await underWay(person);
    web.kill('SIGTERM');
    await refusesNewOnes();
    await proxy.cut();
    const { status, body } = await answered();
    expect([status, body]).to.deep.equal([200, EMPTY]);
    expect((await web.ended).code).to.equal(0);
    expect(await optOutOf(gateway, person)).to.equal(null);
    await proxy.restore();
    await gateway.web.start();
    // The cut may have left a transaction open on the server, which holds the person until it ends it.
    await until('the opt-out is recorded', async () => (await optOutOf(gateway, person)) !== null, 40_000);
  }).timeout(60_000);
});
