import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, loadDotEnv } from '../src/config.ts';
import { ROOT } from '../src/open-desk.ts';
import { lockDataDir } from '../src/running/data-dir-lock.ts';
import { demoSecrets, withSecrets } from '../src/running/keys-file.ts';
import { startEmbeddedMongod } from '../src/running/mongod/start.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { demoKey } from './seed/demo-key.ts';
import { SENDERS } from './seed/programs.ts';
import { seed } from './seed/seed.ts';

const say = (line: string): void => {
  console.log(line);
};

/** Retries what the carrier would otherwise drop: connection, read time-outs and 5xx. Source: Twilio Docs, connection overrides. */
const RETRY = '#rc=3&rp=5xx,ct,rt';

type Stop = () => Promise<void> | void;

async function demo(stops: Stop[]): Promise<void> {
  loadDotEnv();
  const dataDir = process.env.DATA_DIR || '.data';
  stops.push(lockDataDir(dataDir));
  const port = process.env.SIMULATOR_PORT || '4010';
  const secrets = withSecrets(process.env, demoSecrets(dataDir));
  const env = { ...secrets, TWILIO_API_BASE: `http://localhost:${port}` };
  const config = loadConfig(env);
  const gateway = config.publicUrl;
  const mongod = config.mongodbUri ?? (await embedded(config.dataDir, stops));
  const fresh = await seed(mongod);
  const apiKey = await demoKey(mongod, config.dataDir);
  const simulator = await createSimulator({
    port: config.simulatorPort,
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authToken,
    seed: 1,
    numbers: Object.values(SENDERS).map(({ number, kind, handling, messagingServiceSid }) => ({
      number,
      kind,
      handling,
      messagingServiceSid,
      inboundUrl: `${gateway}/webhooks/twilio/inbound${RETRY}`,
    })),
  });
  stops.push(() => simulator.close());
  for (const role of ['web', 'worker'] as const) {
    stops.push(startRole(role, { ...env, MONGODB_URI: mongod, LOG_LEVEL: process.env.LOG_LEVEL || 'warn' }));
  }
  await answers(`${gateway}/readyz`);
  const numbers = Object.fromEntries(Object.entries(SENDERS).map(([label, { number }]) => [label, number]));
  const facts = { gateway, simulator: simulator.url, apiKey, numbers, logins: [] };
  writeFileSync(join(config.dataDir, 'demo.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  say(welcome(gateway, simulator.url, fresh));
}

async function embedded(dataDir: string, stops: Stop[]): Promise<string> {
  const mongod = await startEmbeddedMongod({ dataDir, log: say });
  stops.push(mongod.stop);
  return mongod.uri;
}

function startRole(role: string, env: NodeJS.ProcessEnv): Stop {
  const child = fork(join(ROOT, 'src', 'main.ts'), [], { env: { ...env, ROLE: role } });
  child.once('exit', (code, signal) => {
    if (signal === null && code !== 0) {
      say(`The ${role} process ended with code ${code}; the demo ends too.`);
      process.kill(process.pid, 'SIGTERM');
    }
  });
  return () => ended(child);
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

const START_MS = 30_000;

async function answers(url: string): Promise<void> {
  for (const giveUp = Date.now() + START_MS; ; ) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (Date.now() > giveUp) throw new Error(`The gateway did not become ready within ${START_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function welcome(gateway: string, simulator: string, fresh: boolean): string {
  return `
Assent runs${fresh ? '' : ', and goes on where it ended'}. Look at
  ${gateway}/api/docs       the API
  ${gateway}/readyz         what is ready
  ${simulator}/sim/ledger   what the carrier saw

Now text it, from another terminal:
  npm run text -- +15551230001 JOIN
  npm run text -- +15551230001 "Yes!"
  npm run text -- +15551230001 MENU
  npm run text -- +15551230001 STOP
  npm run status -- +15551230001

Ctrl-C ends it. What it knows is kept.`;
}

if (process.argv.includes('--help')) {
  say(
    'npm run demo\n\nStarts database, carrier simulator and gateway on this machine, seeded, until Ctrl-C.\nPorts: PORT (3000), SIMULATOR_PORT (4010). Data: DATA_DIR (.data).',
  );
} else {
  const stops: Stop[] = [];
  let ending: Promise<void> | null = null;
  const end = (code: number): Promise<void> => {
    ending ??= (async () => {
      for (const stop of stops.reverse()) await stop();
      process.exit(code);
    })();
    return ending;
  };
  process.on('SIGINT', () => void end(0));
  process.on('SIGTERM', () => void end(0));
  await demo(stops).catch(async (error: unknown) => {
    const told = error instanceof ConfigError || error instanceof Error;
    console.error(told ? error.message : 'The demo could not start.');
    await end(1);
  });
}
