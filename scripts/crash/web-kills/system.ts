import { loadConfig } from '../../../src/config.ts';
import type { OwnNumber } from '../../../src/simulator/options.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import { answers, type Children } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { SENDERS } from '../../seed/programs.ts';
import { seed } from '../../seed/seed.ts';
import type { InstrumentedBuild } from '../instrument/build.ts';

/** Everything under test. The carrier runs in this process; web and worker are processes of their own. */
export type WebKillSystem = {
  simulator: Simulator;
  store: Store;
  config: ReturnType<typeof loadConfig>;
  /** Kills the web process with SIGKILL, starts a new one on the same port, and resolves when the old one is gone. */
  killWeb: () => Promise<void>;
  /** Resolves once the web process answers. */
  webAnswers: () => Promise<void>;
  close: () => Promise<void>;
};

/** The README tells an operator to configure these retries, and the same address as fallback. */
const RETRY = '#rc=3&rt=9000&rp=5xx,ct,rt';

/** A carrier posts some texts twice without being asked. */
const TWICE = [{ match: { share: 0.15 }, on: 'inbound', effect: { kind: 'duplicate', times: 1 } }];

async function behaveTwice(simulator: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${simulator}/sim/behaviours`, { method: 'PUT', headers, body: JSON.stringify(TWICE) });
}

const START_MS = 30_000;

/** The numbers of the demo. The carrier posts their texts to `inboundUrl`, and tries the same address as fallback. */
const ownNumbers = (inboundUrl: string): OwnNumber[] =>
  Object.values(SENDERS).map(({ number, kind, handling, messagingServiceSid }) => ({
    ...{ number, kind, handling, messagingServiceSid },
    ...{ inboundUrl, fallbackUrl: inboundUrl },
  }));

export async function startSystem(
  rig: DatabaseRig,
  children: Children,
  build: InstrumentedBuild,
): Promise<WebKillSystem> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const env = gatewayEnvironment({ ...rig, port, simulatorPort });
  const config = loadConfig(env);
  await seed(rig.uri, DATABASE);
  const { accountSid, authToken } = config.twilio;
  const numbers = ownNumbers(`${config.publicUrl}/webhooks/twilio/inbound${RETRY}`);
  const simulator = await createSimulator({ port: simulatorPort, accountSid, authToken, seed: 1, numbers });
  await behaveTwice(simulator.url);
  const start = (role: string) =>
    children.start(build.main, { env: { ...env, ROLE: role }, execArgv: ['--import', build.preload] });
  let web = start('web');
  const worker = start('worker');
  const webAnswers = (): Promise<void> => answers(`${config.publicUrl}/readyz`, START_MS);
  await webAnswers();
  const store = await openStore({ uri: rig.uri, database: DATABASE });
  return {
    simulator,
    store,
    config,
    killWeb: async () => {
      await children.end(web, 'SIGKILL');
      web = start('web');
    },
    webAnswers,
    close: async () => {
      await store.close();
      await Promise.all([children.end(web, 'SIGTERM'), children.end(worker, 'SIGTERM')]);
      await simulator.close();
    },
  };
}
