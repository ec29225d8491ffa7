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
import type { OptedOutPerson } from '../src/simulator/options.ts';
import { createSimulator, type Simulator } from '../src/simulator/simulator.ts';
import { DATABASE, openStore } from '../src/store/store.ts';
import { type DemoSize, HELP, readDemoOptions } from './demo-options.ts';
import { refuseTakenPorts } from './demo-ports.ts';
import type { MonthOrders } from './month/play.ts';
import { inWords } from './run-on-database.ts';
import { type GatewayAccess, runCommand } from './running-demo.ts';
import { addAudience } from './seed/audience/add-audience.ts';
import { demoKey } from './seed/demo-key.ts';
import { ownNumbers } from './seed/own-numbers.ts';
import type { PastOrders } from './seed/past/past.ts';
import { isPastMissing } from './seed/past/progress.ts';
import { DEMO_SENDERS } from './seed/programs.ts';
import { addRacePeople } from './seed/race-people.ts';
import { addSamples, DEMO_PEOPLE, LEAST_FOR_PAST, SAMPLE_PEOPLE } from './seed/samples.ts';
import { refuseForeign, seed } from './seed/seed.ts';
import { stoppedAtCarrier } from './stopped-at-carrier.ts';

const START_MS = 60_000;

type StopPart = () => Promise<void> | void;
type Died = (part: string) => void;

const say = (line: string): void => {
  console.log(line);
};

/** Starts the parts in order. Each adds to `stops` the function that ends it. `died` is called if a part ends by itself. */
async function demo(wanted: DemoSize, stops: StopPart[], died: Died): Promise<void> {
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
  const { contacts: people } = wanted;
  await addPeople(wanted, { mongodb, numbers: ownNumbers(config), apiKey }, { config, env, stops });
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
  const numbers = Object.fromEntries(
    Object.entries(DEMO_SENDERS).map(([label, { number }]) => [label, number]),
  );
  const reached = { gateway, simulator: simulator.url, apiKey, numbers, logins: [] };
  const facts = { ...reached, mongodb, holder: holderOf(dataDir) ?? '' };
  writeFileSync(join(config.dataDir, 'demo.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  say(welcome(gateway, fresh));
  if (!wanted.month && people >= SAMPLE_PEOPLE) addSamplesLater(mongodb, config, { gateway, apiKey }, stops);
}

/** Adds the samples while the demo runs already, so that nobody waits for them. */
function addSamplesLater(mongodb: string, config: Config, gateway: GatewayAccess, stops: StopPart[]): void {
  let isEnding = false;
  stops.push(() => {
    isEnding = true;
  });
  const add = async (): Promise<void> => {
    const quiet = () => undefined;
    await racePeople(mongodb, config);
    if (await addSamples(gateway, (count) => addAudience(mongodb, config, count, quiet))) say(SAMPLES);
  };
  add().catch((error: unknown) => {
    if (!isEnding) say(`The samples are not complete; the next start adds the rest. ${String(error)}`);
  });
}

type Around = { config: Config; env: NodeJS.ProcessEnv; stops: StopPart[] };

/** Plays the month, or the past in small, and adds the people who are missing then. */
async function addPeople(
  { month, contacts }: DemoSize,
  orders: Omit<PastOrders, 'people'>,
  { config, ...child }: Around,
): Promise<void> {
  if (month) return playInChild('month/play.ts', { ...orders, people: contacts }, child);
  const people = Math.min(contacts, DEMO_PEOPLE);
  if (contacts >= LEAST_FOR_PAST && (await isPastMissing(orders.mongodb)))
    await playInChild('seed/past/process.ts', { ...orders, people }, child);
  await addAudience(orders.mongodb, config, contacts, say);
}

async function racePeople(mongodb: string, config: Config): Promise<void> {
  const store = await openStore({ uri: mongodb, database: DATABASE });
  await addRacePeople(store, config, new Date()).finally(() => store.close());
}

const SAMPLES = `
There are samples now: segments, templates in two languages, campaigns that run, wait and stand as drafts, and a journey with
people in it.`;

function environment(dataDir: string): NodeJS.ProcessEnv {
  const port = process.env.PORT || '3000';
  const simulator = process.env.SIMULATOR_PORT || '4010';
  return {
    ...withSecrets(process.env, demoSecrets(dataDir)),
    ROLE: 'all',
    CONSOLE: 'demo',
    TWILIO_SHARED_KEYS: process.env.TWILIO_SHARED_KEYS || newSharedKey(),
    PUBLIC_URL: `http://localhost:${port}`,
    TWILIO_API_BASE: `http://localhost:${simulator}`,
    TWILIO_LOOKUP_BASE: `http://localhost:${simulator}`,
  };
}

/** Makes a new key for each start, which gateway and carrier share. PUT /sim/signing makes the carrier sign with it. */
const newSharedKey = (): string =>
  `webhooks_sharedkey_demo${randomBytes(11).toString('hex')}:${randomBytes(32).toString('base64url')}`;

async function embedded(dataDir: string, stops: StopPart[], died: Died): Promise<string> {
  const mongod = await startEmbeddedMongod({ dataDir, log: say });
  stops.push(mongod.stop);
  void mongod.ended.then(() => died('mongod'));
  return mongod.uri;
}

/** MB. Gateway, worker and carrier share the process that plays the month. A large young generation makes its garbage collection copy far less. */
const YOUNG_SPACE = 64;

/** Plays the month, or the past, in its own process, so that its memory is freed at the end. Throws if it failed. */
async function playInChild(
  file: string,
  orders: MonthOrders | PastOrders,
  { env, stops }: { env: NodeJS.ProcessEnv; stops: StopPart[] },
): Promise<void> {
  const execArgv = [...process.execArgv, `--max-semi-space-size=${YOUNG_SPACE}`];
  const child = fork(join(ROOT, 'scripts', file), [], { execArgv, env });
  stops.push(() => ended(child));
  child.send(orders);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('The past did not end as it should have. The next start goes on with it.');
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

/** Starts a role. `ready` resolves once the role works, and never if it ends before. */
function startRole(
  role: string,
  env: NodeJS.ProcessEnv,
  died: Died,
): { stop: StopPart; ready: Promise<unknown> } {
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

const READY = `Three phones to text with, what each person's record says, and every page of the staff console.

Ctrl-C ends it. What it knows is kept.`;

/** The time since the demo process started. */
const seconds = (): string => `${Math.ceil(process.uptime())} s`;

const welcome = (gateway: string, fresh: boolean): string => `
Assent runs${fresh ? '' : ' with the data of the last start'}, ready in ${seconds()}. Open
  ${gateway}

${READY}`;

/** Runs until a signal, or until a part fails. Then ends the parts in reverse order. */
async function run(wanted: DemoSize): Promise<void> {
  const stops: StopPart[] = [];
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
    const failure = inWords(error);
    if (!ending) console.error(failure instanceof Error ? failure.message : 'The demo could not start.');
    await end(1);
  }
}

await runCommand(async () => {
  const wanted = readDemoOptions(process.argv.slice(2));
  if (wanted === null) say(HELP);
  else await run(wanted);
});
