import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { startEmbeddedMongod } from '../../src/running/mongod/embedded-mongod.ts';
import { DemoDatabase } from '../../src/store/startup-checks.ts';
import { DATABASE } from '../../src/store/store.ts';
import { programs } from '../support/program.ts';
import { scratchFolders } from '../support/scratch.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url);
const OWN = { ring: { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) }, keys: [randomBytes(32)] };

describe("a gateway on a demo's database", () => {
  const start = programs();
  const folder = scratchFolders();

  const gateway = async (own: NodeJS.ProcessEnv): Promise<{ code: number | null; stderr: string }> => {
    const env = {
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 't'.repeat(32),
      KEYRING: `k1:${randomBytes(32).toString('base64')}`,
      BLIND_INDEX_KEY: `1:${randomBytes(32).toString('base64')}`,
      LEDGER_KEY: `1:${randomBytes(32).toString('base64')}`,
      TWILIO_API_BASE: 'http://carrier.invalid',
      PUBLIC_URL: 'https://sms.example',
      PORT: String(await freePort()),
    };
    return start(MAIN, [], { ...process.env, ...env, ...own }).ended;
  };

  it('does not start with a real carrier, whatever its keys, and says what to set', async () => {
    const { uri, name, store } = await openTestStore();
    await seed(uri, name, OWN);
    const { code, stderr } = await gateway({ ROLE: 'web', MONGODB_URI: uri, DATA_DIR: folder() });
    expect(stderr).to.match(/^MONGODB_URI names a demo's database, .*Set MONGODB_URI to another one\.\n$/);
    expect(code).to.equal(1);
    await closeTestStore(store);
  }).timeout(60_000);

  it('starts with a simulator on this machine as the carrier', async () => {
    const { uri, name, store } = await openTestStore();
    await seed(uri, name, OWN);
    const at = (apiBase: string) =>
      openContext(
        {
          ...{
            mongodbUri: uri,
            database: name,
            keyRing: OWN.ring,
            ledgerKeys: OWN.ring,
            blindIndexKeys: OWN.keys,
          },
          publicUrl: 'http://localhost:3000',
          twilio: {
            accountSid: 'AC',
            authToken: 't',
            signingTokens: [],
            sharedKeys: new Map(),
            lookupBase: undefined,
            apiBase,
          },
        },
        createLog('silent', 'test'),
      );
    await (await at('http://localhost:4010')).close();
    const refused = await at('https://api.twilio.com').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DemoDatabase);
    await closeTestStore(store);
  });

  it('names DATA_DIR when the database is the embedded one', async () => {
    const dataDir = folder();
    const mongod = await startEmbeddedMongod({ dataDir, log: () => undefined });
    await seed(mongod.uri, DATABASE);
    await mongod.stop();
    const { code, stderr } = await gateway({ ROLE: 'all', MONGODB_URI: '', DATA_DIR: dataDir });
    expect(stderr).to.match(
      /^DATA_DIR \S+ holds a demo's database, .*Set DATA_DIR to a folder of its own\.\n$/,
    );
    expect(code).to.equal(1);
    expect(await readFile(join(dataDir, 'mongo', 'mongod.lock'), 'utf8'), 'its database has ended').to.equal(
      '',
    );
  }).timeout(120_000);
});
