import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { castOf } from '../../scripts/month/cast.ts';
import { playMonth } from '../../scripts/month/month.ts';
import { isSound } from '../../scripts/month/reckoning.ts';
import { freePort } from '../../scripts/rig/free-port.ts';
import { SENDERS } from '../../scripts/seed/programs.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { loadConfig } from '../../src/config.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { testDatabase } from '../support/mongod.ts';

/**
 * One campaign day and the nights after it. More numbers go bad than in other months: with this seed there are dead
 * numbers, landlines, and silent new holders.
 */
const SIZE = { people: 100, days: 4, seed: 52, times: 4 };

describe('a simulated month of a few days', () => {
  let store: Store;
  let dataDir: string;
  let lines: string[];
  before(async () => {
    const { uri, name } = testDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'assent-month-'));
    store = await openStore({ uri, database: name });
    await seed(uri, name);
    const { key: apiKey } = await createKey(store, { name: 'month', scopes: SCOPES }, new Date());
    const config = loadConfig(await environment(dataDir));
    const inboundUrl = `${config.publicUrl}/webhooks/twilio/inbound`;
    const numbers = Object.values(SENDERS).map((sender) => ({ ...sender, inboundUrl }));
    lines = [];
    const play = () =>
      playMonth({
        ...{ mongodb: uri, database: name, config, numbers, apiKey, now: new Date(), ...SIZE },
        say: (line) => void lines.push(line),
      });
    reckoning = await play();
    again = play;
  });
  after(async () => {
    await store.db.dropDatabase();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  let reckoning: Awaited<ReturnType<typeof playMonth>>;
  let again: () => ReturnType<typeof playMonth>;

  it('removes no good number and keeps every opt-out', () => {
    expect([reckoning.wrong, reckoning.ignored]).to.deep.equal([0, 0]);
    const { newcomers } = castOf(SIZE);
    const counted = reckoning.rows.reduce((sum, { people }) => sum + people, 0);
    expect(counted).to.be.greaterThan(newcomers.length + SIZE.people / 2);
  });

  it('finds every number that went bad and showed it', () => {
    const groups = reckoning.rows.filter(({ counts }) => counts.found > 0).map(({ group }) => group);
    expect(groups).to.include.members(['dead', 'landline', 'reassigned']);
    expect([reckoning.missed, isSound(reckoning)]).to.deep.equal([0, true]);
  });

  it('looks up the numbers of a program and finds the new holders who said nothing', async () => {
    const run = await store.verifications.findOne({});
    expect(run).to.include({ state: 'done', waiting: null });
    expect(run?.asked).to.be.greaterThan(0);
    const ended = await store.consentEvents.countDocuments({ kind: 'ended', reason: 'reassigned' });
    expect(ended).to.be.greaterThan(0);
  });

  it('finds and reports people with two numbers', () => {
    const { members } = castOf(SIZE);
    const pairs = members.filter(({ fate }) => fate.kind === 'twin').length;
    expect(pairs).to.be.greaterThan(0);
    expect(lines.find((line) => line.startsWith('Duplicates'))).to.contain(`${pairs} of ${pairs} pairs`);
  });

  it('lies in the past, and everything sent and received has the time of its day', async () => {
    const days = await store.deliveries.distinct('decision.at', { campaign: { $exists: true } });
    const stamps = new Set(days.map((at) => at.toISOString().slice(0, 13)));
    expect(
      [...stamps].every((stamp) => /T1[06]$/.test(stamp)),
      [...stamps].join(),
    ).to.equal(true);
    const late = await store.deliveries.countDocuments({ acceptedAt: { $gt: new Date(Date.now() - 1000) } });
    expect(late).to.equal(0);
    expect(
      await store.deliveries.countDocuments({ state: { $in: ['planned', 'sending', 'accepted', 'sent'] } }),
    ).to.equal(0);
  });

  it('reports again without playing when it was played before', async () => {
    const before = await store.consentEvents.countDocuments({});
    expect(await again()).to.deep.equal(reckoning);
    expect(lines).to.include('The month was played before; this is how it ended.');
    expect(await store.consentEvents.countDocuments({})).to.equal(before);
  });
});

async function environment(dataDir: string): Promise<NodeJS.ProcessEnv> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
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
