import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/rig/free-port.ts';
import { playPast } from '../../scripts/seed/past/past.ts';
import { PAST_PROGRESS } from '../../scripts/seed/past/progress.ts';
import { DEMO_SENDERS } from '../../scripts/seed/programs.ts';
import { seed } from '../../scripts/seed/seed.ts';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { faultsOf, verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { createLog } from '../../src/running/log.ts';
import type { Store } from '../../src/store/store.ts';
import { type Running, startWeb } from '../../src/web.ts';
import { type Client, clientWith } from '../api/client.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const PEOPLE = 1000;
/** Longest that playing may take, on a machine that does much else. */
const PLAY_MS = 600_000;

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
    again = () => playPast({ ...place, people: PEOPLE, now: new Date(), say: () => undefined });
    played.push(await again());
    web = await startWeb(config, createLog('silent', 'web'));
    client = clientWith(`http://127.0.0.1:${web.port}`, apiKey);
  }).timeout(PLAY_MS);
  after(async () => {
    await web.stop();
    await closeTestStore(store);
    await rm(dataDir, { recursive: true, force: true });
  });
  const show = async (path: string, query?: string) => {
    const { status, body } = await client('get', path, query === undefined ? {} : { query });
    expect(status, path).to.equal(200);
    return body;
  };
  const items = async (path: string) => (await show(path)).items;

  it('has two campaigns that are over, with clicks, replies and opt-outs, and one that paused by itself', async () => {
    const [coats, boise] = [await show('/campaigns/autumn-coats'), await show('/campaigns/boise-opening')];
    const flash = await show('/campaigns/flash-sale');
    expect([coats.state, boise.state, flash.state]).to.deep.equal(['finished', 'finished', 'paused']);
    expect(flash.paused_by).to.include({ by: 'rule', rule: 'opt-outs' });
    expect(flash.progress.messages.planned).to.be.greaterThan(0);
    for (const { id, progress } of [coats, boise]) expect(progress.clicked.people, id).to.be.greaterThan(0);
    const { rows } = await show('/reports/opt-outs');
    const left = rows.map(({ campaign, opted_out }: { campaign: string; opted_out: number }) => [
      campaign,
      opted_out > 0,
    ]);
    expect(Object.fromEntries(left)).to.include({ 'autumn-coats': true, 'boise-opening': true });
    const closed = (await show('/inbox', 'state=closed')).items;
    expect(closed.length).to.be.greaterThan(0);
  });

  it('has holds with their words and a score', async () => {
    const holds = await items('/holds');
    expect(holds.length).to.be.at.least(5);
    for (const { id, score } of holds) {
      expect(score).to.be.within(5, 9);
      const reason = { reason: 'A test reads them' };
      const { body } = await client('post', `/holds/${id}/read`, { body: reason });
      expect(body.texts[0].words).to.be.a('string').and.not.equal('');
    }
  });

  it('has texts for staff of several ages, two of them alarms', async () => {
    const open = await items('/inbox');
    const kinds = open.flatMap(({ alarm }: { alarm: { kind: string } | null }) => alarm?.kind ?? []);
    expect(kinds).to.deep.equal(['legal', 'abuse']);
    const ages = open.map(({ age_seconds }: { age_seconds: number }) => age_seconds / 3600);
    expect(Math.max(...ages)).to.be.greaterThan(20);
    expect(ages.filter((hours: number) => hours < 1).length).to.be.at.least(2);
    expect((await show('/reports/inbox')).weeks.length).to.be.greaterThan(0);
  });

  it('has an alarm of quality, an incident, and an error code that nobody knows', async () => {
    const alarms = await items('/quality/alarms');
    const bounces = alarms.filter(({ rule }: { rule: string }) => rule === 'bounces');
    expect(bounces.map(({ subject }: { subject: string }) => subject)).to.deep.equal([
      'sheet Boise store opening',
    ]);
    const [incident] = await items('/incidents');
    expect([incident.of, incident.sender]).to.deep.equal(['reach', DEMO_SENDERS.shop.number]);
    const [unknown] = await items('/error-codes/unknown');
    expect(unknown).to.include({ code: '30499', classed: null });
  });

  it('has prices, segments, templates, members of the program with hours and caps, and two phones of staff', async () => {
    expect((await show('/prices')).prices.length).to.be.greaterThan(0);
    expect((await items('/segments')).length).to.be.at.least(5);
    expect((await items('/templates')).length).to.be.at.least(6);
    expect((await items('/test-recipients')).length).to.equal(2);
    const tree = { kind: 'segment', id: 'members' };
    const { body } = await client('post', '/segments/preview', {
      body: { program: 'rewards', topic: 'offers', tree },
    });
    expect(body.matches.people).to.be.greaterThan(50);
  });

  it('is summed up: every past day of the month has its figures', async () => {
    const sums = await store.dailyFigures.find({ program: 'orders' }).sort({ day: -1 }).limit(30).toArray();
    expect(sums).to.have.length(30);
    expect(sums.filter(({ groups }) => groups.length > 0).length).to.be.at.least(28);
    const { programs } = await show('/reports/growth');
    const { days } = programs.find(({ program }: { program: string }) => program === 'deals');
    const moved = days.filter(({ confirmed }: { confirmed: number }) => confirmed > 0);
    expect(moved.length).to.be.at.least(28);
  });

  it('has ledgers that verify, and nothing that has not left', async () => {
    const report = await verifyLedger(store, config, () => undefined);
    expect(report.chains).to.be.greaterThan(PEOPLE / 2);
    expect([report.faults, faultsOf(report)]).to.deep.equal([[], 0]);
    const states = ['sending', 'accepted', 'sent', 'unknown'] as const;
    expect(await store.deliveries.countDocuments({ state: { $in: [...states] } })).to.equal(0);
    const due = { state: 'planned' as const, campaign: { $exists: false }, dueAt: { $lte: new Date() } };
    expect(await store.deliveries.countDocuments(due)).to.equal(0);
  });

  it('is completed where it was interrupted, and then not played again; nothing is there twice', async () => {
    const counts = async () =>
      Promise.all([
        store.consentEvents.countDocuments({}),
        store.inbound.countDocuments({}),
        store.contacts.countDocuments({}),
        store.campaigns.countDocuments({}),
      ]);
    const before = await counts();
    const progress = await PAST_PROGRESS.read(store);
    if (progress === null) throw new Error('the past left no progress');
    await PAST_PROGRESS.write(store, { ...progress, done: progress.done - 20, finished: false }, new Date());
    await web.stop();
    played.push(await again(), await again());
    web = await startWeb(config, createLog('silent', 'web'));
    expect(played).to.deep.equal([true, true, false]);
    expect(await counts()).to.deep.equal(before);
  }).timeout(PLAY_MS);
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
