import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { playPast } from '../../scripts/seed/past/past.ts';
import { DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/running/log.ts';
import type { Store } from '../../src/store/store.ts';
import { type Running, startWeb } from '../../src/web.ts';
import { type Client, clientWith } from '../api/client.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const PEOPLE = 1000;

describe('the past of the demo', () => {
  let store: Store;
  let dataDir: string;
  let web: Running;
  let client: Client;
  let again: () => Promise<boolean>;
  let config: Config & { mongodbUri: string; database: string };
  const played: boolean[] = [];
  before(async () => {
    const opened = await openTestStore();
    store = opened.store;
    dataDir = await mkdtemp(join(tmpdir(), 'assent-past-'));
    await seed(opened.uri, opened.name);
    const { key: apiKey } = await createKey(store, { name: 'demo', scopes: SCOPES }, new Date());
    config = {
      ...loadConfig(await environment(dataDir)),
      mongodbUri: opened.uri,
      database: opened.name,
    };
    const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
    const numbers = Object.values(DEMO_SENDERS).map((sender) => ({ ...sender, inboundUrl }));
    const place = { mongodb: opened.uri, database: opened.name, config, numbers, apiKey };
    again = () => playPast({ ...place, people: PEOPLE, now: new Date(), say: (line) => console.log(line) });
    played.push(await again());
    web = await startWeb(config, createLog('silent', 'web'));
    client = clientWith(`http://127.0.0.1:${web.port}`, apiKey);
  });
  after(async () => {
    await web.stop();
    await closeTestStore(store);
    await rm(dataDir, { recursive: true, force: true });
  });
  const _show = async (path: string, query?: string) => {
    const { status, body } = await client('get', path, query === undefined ? {} : { query });
    expect(status, path).to.equal(200);
    return body;
  };

  it('explores', async () => {
    const out: Record<string, unknown> = {};
    for (const path of ['/campaigns', '/holds', '/inbox', '/quality/alarms', '/quality', '/incidents', '/error-codes/unknown', '/test-recipients', '/journeys', '/journeys/after-purchase/progress', '/campaigns/autumn-coats/results', '/reports/list-quality']) {
      const { status, body } = await client('get', path);
      out[path] = { status, body };
    }
    for (const path of ['/reports/growth', '/reports/deliverability', '/reports/opt-outs', '/reports/errors']) {
      const { status, body } = await client('get', path);
      out[path] = { status, body };
    }
    (await import('node:fs')).writeFileSync('/tmp/past.json', JSON.stringify(out, null, 1));
  });
});

async function environment(dataDir: string): Promise<NodeJS.ProcessEnv> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  return {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    SIMULATOR_PORT: String(simulatorPort),
    TWILIO_API_BASE: `http://127.0.0.1:${simulatorPort}`,
    TWILIO_LOOKUP_BASE: `http://127.0.0.1:${simulatorPort}`,
    DATA_DIR: dataDir,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'primary-token-of-a-test',
    KEYRING: `k1:${randomBytes(32).toString('base64')}`,
    BLIND_INDEX_KEY: `1:${randomBytes(32).toString('base64')}`,
    LEDGER_KEY: `1:${randomBytes(32).toString('base64')}`,
    SESSION_SECRET: randomBytes(32).toString('hex'),
  };
}
