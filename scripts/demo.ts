import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, loadConfig, loadDotEnv, ROOT } from '../src/config.ts';
import { holderOf, lockDataDir } from '../src/running/data-dir-lock.ts';
import { demoSecrets, withSecrets } from '../src/running/demo-secrets.ts';
import { portTaken } from '../src/running/http.ts';
import { startEmbeddedMongod } from '../src/running/mongod/embedded-mongod.ts';
import type { OptedOutPerson, OwnNumber } from '../src/simulator/options.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';
import { DATABASE } from '../src/store/store.ts';
import { HELP, readDemoOptions, type Wanted } from './demo-options.ts';
import { refuseTakenPorts } from './demo-ports.ts';
import type { Orders } from './month/play.ts';
import { inWords } from './run-on-database.ts';
import { runCommand } from './running-demo.ts';
import { addAudience } from './seed/audience/add-audience.ts';
import { demoKey } from './seed/demo-key.ts';
import { SENDERS } from './seed/programs.ts';
import { refuseForeign, seed } from './seed/seed.ts';
import { stoppedAtCarrier } from './stopped-at-carrier.ts';

/** Retries what the carrier would otherwise drop. Source: Twilio Docs, webhook connection overrides. */
const RETRY = '#rc=3&rt=9000&rp=5xx,ct,rt';

const START_MS = 60_000;

type Stop = () => Promise<void> | void;
type Died = (part: string) => void;

const say = (line: string): void => {
  console.log(line);
};

/** Starts the parts in order; each puts on `stops` what ends it. `died` is called where a part ends by itself. */
async function demo(wanted: Wanted, stops: Stop[], died: Died): Promise<void> {
  // Of the `.env` it is the port of an installation's worker, which may run beside.
  const workerPort = process.env.WORKER_PORT ?? '';
  loadDotEnv();
  const dataDir = process.env.DATA_DIR || '.data';
  stops.push(lockDataDir(dataDir));
  const env = { ...environment(dataDir), WORKER_PORT: workerPort };
  const config = loadConfig(env);
  await refuseTakenPorts(config);
  const mongodb = config.mongodbUri ?? (await embedded(config.dataDir, stops, died));
  await refuseForeign(mongodb, config.mongodbUri === undefined ? { dataDir } : {});
  const fresh = await seed(mongodb, DATABASE, { ring: config.keyRing, keys: config.blindIndexKeys });
  const apiKey = await demoKey(mongodb, config.dataDir);
  if (wanted.month) {
    const numbers = ownNumbers(config);
    await month({ mongodb, numbers, apiKey, people: wanted.contacts }, env, stops);
  }
  if (!wanted.month && wanted.contacts > 0) await addAudience(mongodb, config, wanted.contacts, say);
  const simulator = await simulate(config, await stoppedAtCarrier(mongodb, config.keyRing));
  stops.push(() => simulator.close());
  const own = { ...env, MONGODB_URI: mongodb, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' };
  const roles = ['web', 'worker'].map((role) => startRole(role, own, died));
  stops.push(async () => {
    say(`Ending; gateway and worker take at most ${config.shutdownSeconds} s.`);
    await Promise.all(roles.map(({ stop }) => stop()));
  });
  await Promise.all(roles.map(({ ready }) => ready));
  const gateway = config.publicUrl;
  await answers(`${gateway}/readyz`);
  const numbers = Object.fromEntries(Object.entries(SENDERS).map(([label, { number }]) => [label, number]));
  const reached = { gateway, simulator: simulator.url, apiKey, numbers, logins: [] };
  const facts = { ...reached, mongodb, holder: holderOf(dataDir) ?? '' };
  writeFileSync(join(config.dataDir, 'demo.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  say(welcome(gateway, simulator.url, fresh));
}

function environment(dataDir: string): NodeJS.ProcessEnv {
  const port = process.env.PORT || '3000';
  const simulator = process.env.SIMULATOR_PORT || '4010';
  return {
    ...withSecrets(process.env, demoSecrets(dataDir)),
    ROLE: 'all',
    TWILIO_SHARED_KEYS: process.env.TWILIO_SHARED_KEYS || newSharedKey(),
    PUBLIC_URL: `http://localhost:${port}`,
    TWILIO_API_BASE: `http://localhost:${simulator}`,
    TWILIO_LOOKUP_BASE: `http://localhost:${simulator}`,
  };
}

/** Gateway and carrier both begin with it, so a new one does at each start; PUT /sim/signing has the carrier sign with it. */
const newSharedKey = (): string =>
  `webhooks_sharedkey_demo${randomBytes(11).toString('hex')}:${randomBytes(32).toString('base64url')}`;

async function embedded(dataDir: string, stops: Stop[], died: Died): Promise<string> {
  const mongod = await startEmbeddedMongod({ dataDir, log: say });
  stops.push(mongod.stop);
  void mongod.ended.then(() => died('mongod'));
  return mongod.uri;
}

/** MB. Gateway, worker and carrier share the process that plays the month: with room for the young, far less is copied. */
const YOUNG_SPACE = 64;

/** Plays the month in a process of its own, which takes with it what it remembers. Throws where it did not end well. */
async function month(orders: Orders, env: NodeJS.ProcessEnv, stops: Stop[]): Promise<void> {
  const execArgv = [...process.execArgv, `--max-semi-space-size=${YOUNG_SPACE}`];
  const child = fork(join(ROOT, 'scripts', 'month', 'play.ts'), [], { execArgv, env });
  stops.push(() => ended(child));
  child.send(orders);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('The month did not end as it should have.');
}

function ownNumbers(config: Config): OwnNumber[] {
  const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
  return Object.values(SENDERS).map(({ number, kind, handling, messagingServiceSid }) => ({
    ...{ number, kind, handling, messagingServiceSid },
    inboundUrl: inboundUrl + RETRY,
    fallbackUrl: inboundUrl,
  }));
}

async function simulate(config: Config, stopped: OptedOutPerson[]): Promise<Simulator> {
  const { accountSid, authToken } = config.twilio;
  const sharedKeys = [...config.twilio.sharedKeys].map(([id, secret]) => ({ id, secret }));
  const account = { accountSid, authToken, sharedKeys, numbers: ownNumbers(config), optedOut: stopped };
  try {
    return await createSimulator({ port: config.simulatorPort, seed: 1, ...account });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw portTaken(config.simulatorPort, 'SIMULATOR_PORT');
  }
}

/** `ready` resolves once the role does its work, and stays open where it ends before. */
function startRole(
  role: string,
  env: NodeJS.ProcessEnv,
  died: Died,
): { stop: Stop; ready: Promise<unknown> } {
  const child = fork(join(ROOT, 'src', 'main.ts'), [], { env: { ...env, ROLE: role } });
  child.once('exit', () => died(role));
  return { stop: () => ended(child), ready: once(child, 'message') };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

async function answers(url: string): Promise<void> {
  for (const giveUp = Date.now() + START_MS; ; ) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    if (Date.now() > giveUp) {
      const said = response === null ? 'nothing answers there' : await response.text();
      throw new Error(`The gateway was not ready within ${START_MS / 1000} s. ${url}: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function welcome(gateway: string, simulator: string, fresh: boolean): string {
  return `
Assent runs${fresh ? '' : ', and goes on where it ended'}. Look at
  ${gateway}/api/docs       the API
  ${gateway}/readyz         what is ready
  ${simulator}/sim/ledger   what the carrier saw

Text it from another terminal, as a phone would:
  npm run text -- +15551230001 JOIN
  npm run text -- +15551230001 "Yes!"
  npm run text -- +15551230001 MENU
  npm run text -- +15551230001 STOP
  npm run status -- +15551230001       what support would read

Ctrl-C ends it. What it knows is kept.`;
}

/** Runs until a signal, or until a part fails; then ends what started, last first. */
async function run(wanted: Wanted): Promise<void> {
  const stops: Stop[] = [];
  let ending = false;
  const end = async (code: number): Promise<void> => {
    if (ending) return;
    ending = true;
    for (const stop of stops.reverse()) await stop();
    process.exit(code);
  };
  process.on('SIGINT', () => void end(0));
  process.on('SIGTERM', () => void end(0));
  const died: Died = (part) => {
    if (!ending) say(`The ${part} process ended, so the demo ends too.`);
    void end(1);
  };
  try {
    await demo(wanted, stops, died);
  } catch (error) {
    const told = inWords(error);
    if (!ending) console.error(told instanceof Error ? told.message : 'The demo could not start.');
    await end(1);
  }
}

await runCommand(async () => {
  const wanted = readDemoOptions(process.argv.slice(2));
  if (wanted === null) say(HELP);
  else await run(wanted);
});
