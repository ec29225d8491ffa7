import { join } from 'node:path';
import { Pool } from 'undici';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { loadConfig, ROOT } from '../../../src/config.ts';
import { readTemplates } from '../../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../../src/consent/programs/save-program.ts';
import type { Sender } from '../../../src/domain/program.ts';
import type { SimulatorOptions } from '../../../src/simulator/options.ts';
import { writeSender } from '../../../src/store/consent/programs.ts';
import { migrate } from '../../../src/store/migrations.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { answers, messageOf } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { openWire, type Wire } from '../../rig/wire.ts';
import type { ScenarioContext } from '../scenario.ts';
import { type ClaimWatch, watchClaims } from './evidence/claims.ts';
import { PROCESSES, type ProcessName } from './faults.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { RACE_PROGRAMS, RACE_SENDERS, sendersAtRate } from './programs.ts';

/** The carrier as a process of its own, so that its clock readings wait for nobody else's work. */
export type CarrierReady = { kind: 'ready'; url: string };

/** Everything under test, and the means of this process to watch it and to call it. */
export type RaceSystem = {
  store: Store;
  config: ReturnType<typeof loadConfig>;
  fleet: Fleet;
  claims: ClaimWatch;
  carrier: Pool;
  /** A connection pool to the API of each web process. */
  webs: [Pool, Pool];
  apiKeys: string[];
  /** Segments a second by sender. */
  rates: Record<string, number>;
  /** File for the stamps of each process. */
  stamps: string;
  /** Folder of all files that the processes write. */
  folder: string;
  /** Wires between the web processes and the database, when the load asks for them. */
  webWires: Wire[];
  /** Whether the database itself fails during the run. */
  databaseFails: boolean;
  /** Freezes the carrier's process for this many ms. */
  stopCarrier: (ms: number) => Promise<void>;
  /** Resolves once both web processes answer at all. */
  alive: () => Promise<void>;
  /** Resolves once both web processes say that they are ready for texts. */
  ready: () => Promise<void>;
  close: () => Promise<void>;
};

/** The part of a stress that holds from the start of the system to its end. */
export type SystemLoad = {
  /** Behaviours of the carrier, as PUT /sim/behaviours takes them. */
  behaviours: readonly object[];
  /** Share of each sender's usual limit. */
  rateShare: number;
  /** Each web process reaches the database through a wire that can be cut. */
  webWires: boolean;
  /** The database itself is killed, frozen or fails over. Outcomes that a healthy process recorded may then be lost. */
  databaseFails: boolean;
  /** The level from which the processes log. */
  logLevel: 'error' | 'fatal';
};

const START_MS = 90_000;

/** A key may make 1,200 requests a minute at each web process. */
const API_KEYS = 8;

/** Fallback and retries as the README tells an operator to configure them. */
const RETRY = '#rc=2&rt=9000&rp=5xx,ct,rt';

export async function startSystem(stage: ScenarioContext, load: SystemLoad): Promise<RaceSystem> {
  const { rig, children, build, say } = stage;
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const stamps = join(rig.folder, 'stamps.txt');
  const webWires = load.webWires ? await wiresTo(rig.uri) : [];
  const environmentOf = environments({ rig, load, ports, webWires });
  const config = loadConfig(environmentOf('web-1'));
  const store = await openStore({ uri: rig.uri, database: DATABASE });
  const senders = sendersAtRate(load.rateShare);
  const apiKeys = await fillStore(store, senders);
  const { url, ...ofCarrier } = await startCarrier(children, carrierOptions(config, ports));
  const claims = watchClaims(store);
  const fleet = startFleet({
    names: PROCESSES,
    children,
    build,
    environmentOf,
    stamps,
    onTrouble: claims.look,
    say,
  });
  const bases = [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`] as const;
  const pools = [url, ...bases].map((base) => new Pool(base, { headersTimeout: 60_000 }));
  const [control, ...webs] = pools as [Pool, Pool, Pool];
  const rates = Object.fromEntries(senders.map(({ number, rate }) => [number, rate]));
  await instruct(control, load, rates);
  const { alive, ready } = readinessOf(bases);
  // A planted bug may keep a process from being ready, and the race has to show what it does then.
  await alive();
  return {
    ...{ store, config, fleet, claims, carrier: control, webs, apiKeys, stamps, alive, ready },
    ...{ rates, webWires, folder: rig.folder, databaseFails: load.databaseFails },
    stopCarrier: ofCarrier.stop,
    close: async () => {
      await fleet.stop();
      await ofCarrier.end();
      await Promise.all(pools.map((pool) => pool.destroy()));
      await store.close();
      await Promise.all(webWires.map((wire) => wire.close()));
    },
  };
}

function readinessOf(bases: readonly string[]): Pick<RaceSystem, 'alive' | 'ready'> {
  const all = async (path: string): Promise<void> => {
    await Promise.all(bases.map((base) => answers(`${base}${path}`, START_MS)));
  };
  return { alive: () => all('/healthz'), ready: () => all('/readyz') };
}

async function startCarrier(children: ScenarioContext['children'], options: SimulatorOptions) {
  const file = join(ROOT, 'scripts', 'crash', 'race', 'carrier.ts');
  const child = children.start(file, { execArgv: ['--import', 'tsx'] });
  child.send(options);
  const { url } = await messageOf<CarrierReady>(child, 'ready');
  return {
    url,
    stop: async (ms: number): Promise<void> => {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGCONT');
    },
    end: () => children.end(child, 'SIGKILL'),
  };
}

/** Opens one wire for each web process. The driver must not use the set's own addresses, which bypass the wire. */
async function wiresTo(uri: string): Promise<Wire[]> {
  const port = Number(new URL(uri).port);
  return [await openWire(port), await openWire(port)];
}

/** The same database and account at another port of this machine. */
function straightTo(uri: string, port: number): string {
  const address = new URL(uri);
  address.port = String(port);
  address.searchParams.delete('replicaSet');
  address.searchParams.set('directConnection', 'true');
  return address.href;
}

type Ground = {
  rig: DatabaseRig;
  load: SystemLoad;
  ports: readonly [number, number, number];
  webWires: Wire[];
};

function environments({ rig, load, ports, webWires }: Ground) {
  return (name: ProcessName): NodeJS.ProcessEnv => {
    const at = name.endsWith('1') ? 0 : 1;
    const wire = name.startsWith('web') ? webWires[at] : undefined;
    const uri = wire === undefined ? rig.uri : straightTo(rig.uri, wire.port);
    const dataDir = name.startsWith('web') ? join(rig.folder, name) : rig.folder;
    const places = { folder: rig.folder, dataDir, uri, port: ports[at], simulatorPort: ports[2] };
    return { ...gatewayEnvironment(places), ROLE: name.slice(0, -2), LOG_LEVEL: load.logLevel };
  };
}

/** The carrier's output rate as a share of the input rate, so that messages wait there when a STOP comes. */
const THROUGH = 0.5;

/** More messages than two steps make. Lists are searched for messages that were lost in the last minutes. */
const KEPT_MESSAGES = 100_000;

async function instruct(carrier: Pool, load: SystemLoad, rates: Record<string, number>): Promise<void> {
  const senders = Object.entries(rates).map(([number, rate]) => [
    number,
    { segmentsPerSecond: rate * THROUGH },
  ]);
  const orders = {
    behaviours: load.behaviours,
    senders: Object.fromEntries(senders),
    retention: { messages: KEPT_MESSAGES },
  };
  for (const [name, order] of Object.entries(orders)) {
    const body = JSON.stringify(order);
    const { statusCode } = await carrier.request({
      method: 'PUT',
      path: `/sim/${name}`,
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (statusCode >= 300) throw new Error(`the carrier refused its ${name} with ${statusCode}`);
  }
}

/** Migrates and writes programs and API keys. */
async function fillStore(store: Store, senders: readonly Sender[]): Promise<string[]> {
  const now = new Date();
  await migrate(store, () => now);
  const templates = await readTemplates(ROOT);
  for (const sender of senders) await writeSender(store, sender);
  for (const program of RACE_PROGRAMS) await saveProgram(store, templates, program, now);
  const keys = Array.from({ length: API_KEYS }, (_, at) =>
    createKey(store, { name: `race ${at}`, scopes: SCOPES }, now),
  );
  return (await Promise.all(keys)).map(({ key }) => key);
}

function carrierOptions(
  config: RaceSystem['config'],
  [first, second, port]: readonly [number, number, number],
): SimulatorOptions {
  const hook = (webPort: number): string => `http://127.0.0.1:${webPort}/webhooks/twilio/inbound${RETRY}`;
  return {
    port,
    accountSid: config.twilio.accountSid,
    authToken: config.twilio.authToken,
    seed: 1,
    numbers: Object.values(RACE_SENDERS).map(({ number, kind, handling, messagingServiceSid }, at) => {
      const [own, spare] = at === 1 ? [second, first] : [first, second];
      const urls = { inboundUrl: hook(own), fallbackUrl: hook(spare) };
      return { number, kind, handling, messagingServiceSid, ...urls };
    }),
  };
}
