import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildInstrumented, type InstrumentedBuild } from '../../scripts/crash/instrument/build.ts';
import { WORKER_POINTS } from '../../scripts/crash/instrument/kill-points.ts';
import { type Fleet, startFleet } from '../../scripts/crash/race/fleet.ts';
import { type Children, createChildren } from '../../scripts/rig/children.ts';
import { gatewayEnvironment } from '../../scripts/rig/environment.ts';
import { freePort } from '../../scripts/rig/free-port.ts';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { loadConfig, ROOT } from '../../src/config.ts';
import { readTemplates } from '../../src/consent/programs/catalog.ts';
import { saveProgram } from '../../src/consent/programs/save-program.ts';
import type { CarrierLedgerEntry } from '../../src/simulator/ledger.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { writeSender } from '../../src/store/consent/programs.ts';
import { migrate } from '../../src/store/migrations.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { addSubscriber, plannedFor, type TestPeople } from '../support/people.ts';

const PEOPLE = 12;
const EACH = 6;

/**
 * How often a point is passed before the kill, for points that every message passes. Some messages have left by then.
 */
const NTH: Partial<Record<string, number>> = { 'before-write': 7, 'after-check': 7, 'after-write': 7 };

/** The pause between two inserts of rows in ms. */
const MORE_MS = 5000;

/** A job whose process was killed goes to another process after a minute. Until then nobody releases old claims. */
const QUIET_MS = 300_000;

describe('P5 nothing twice, nothing lost: one worker, killed at every named point in turn', function () {
  this.timeout(600_000);
  let folder = '';
  let build: InstrumentedBuild;
  let store: Store;
  let simulator: Simulator;
  let fleet: Fleet;
  let people: TestPeople;
  const children: Children = createChildren();
  const planned: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-p5-'));
    build = await buildInstrumented(join(folder, 'gateway'));
    const { uri } = testDatabase();
    const [port, simulatorPort] = [await freePort(), await freePort()];
    const env = { ...gatewayEnvironment({ folder, uri, port, simulatorPort }), ROLE: 'worker' };
    const config = loadConfig(env);
    store = await openStore({ uri });
    await migrate(store, () => new Date());
    const templates = await readTemplates(ROOT);
    for (const sender of Object.values(SENDERS))
      await writeSender(store, { ...sender, rate: 150, receipts: false });
    for (const program of PROGRAMS) await saveProgram(store, templates, program, new Date());
    const { accountSid, authToken } = config.twilio;
    const numbers = Object.values(SENDERS).map((sender) => ({
      ...sender,
      inboundUrl: 'http://127.0.0.1:9/',
    }));
    simulator = await createSimulator({ port: simulatorPort, accountSid, authToken, numbers, seed: 1 });
    let used = 0;
    people = {
      ring: config.keyRing,
      indexOf: (number) => blindIndex(config.blindIndexKeys, number),
      number: () => `+1555017${String(used++).padStart(4, '0')}`,
    };
    fleet = startFleet({
      names: ['worker-1'],
      children,
      build,
      environmentOf: () => env,
      stamps: null,
      onTrouble: () => undefined,
      say: () => undefined,
    });
  });

  after(async () => {
    await fleet?.stop();
    await children.endAll();
    await simulator?.close();
    await store?.db.dropDatabase();
    await store?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function planMore(): Promise<void> {
    const holders = await Promise.all(Array.from({ length: PEOPLE }, () => addSubscriber(store, people)));
    const rows = holders.flatMap((holder) =>
      Array.from({ length: EACH }, () => plannedFor(holder, { createdAt: new Date() })),
    );
    await store.deliveries.insertMany(rows);
    planned.push(...rows.map((row) => row._id));
  }

  /**
   * Kills a worker at a point. Rows are inserted again and again, since the worker may have sent all before it learns
   * of the point.
   */
  async function killAt(point: string): Promise<void> {
    let died = false;
    const forget = fleet.once('worker-1', 'died', () => {
      died = true;
    });
    fleet.arm('worker-1', { kind: 'trap', point, nth: NTH[point] ?? 1, act: 'kill' });
    const more = setInterval(() => void planMore(), MORE_MS);
    await planMore();
    await until(`the process is killed ${point}`, async () => died).finally(() => {
      clearInterval(more);
      forget();
    });
  }

  const made = async (): Promise<string[]> => {
    const ledger = (await (await fetch(`${simulator.url}/sim/ledger`)).text()).split('\n');
    const entries = ledger
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as CarrierLedgerEntry);
    return entries.flatMap((carrierLedgerEntry) =>
      carrierLedgerEntry.kind === 'create' && carrierLedgerEntry.sid !== null
        ? (/[?&]d=([\w-]+)\./.exec(carrierLedgerEntry.url ?? '')?.[1] ?? '?')
        : [],
    );
  };

  it('hands over no row twice, and leaves none without a final state', async () => {
    for (const point of WORKER_POINTS) await killAt(point);
    await until(
      'no delivery is open',
      async () => (await store.deliveries.countDocuments({ open: true })) === 0,
      QUIET_MS,
    );
    const left = await made();
    expect(new Set(left).size, 'messages at the carrier').to.equal(left.length);
    const rows = await store.deliveries.find({ _id: { $in: planned } }).toArray();
    expect(rows.length).to.equal(planned.length);
    // When the carrier's list was searched meanwhile, unknown rows have the carrier's state.
    const arrived = ['accepted', 'sent', 'delivered'];
    const states = new Set(rows.map((row) => row.state));
    expect([...states]).to.include.members(['accepted', 'unknown']);
    expect([...states].filter((state) => state !== 'unknown' && !arrived.includes(state))).to.deep.equal([]);
    const wrong = rows.filter((row) => arrived.includes(row.state) && !left.includes(row._id));
    expect(wrong.map((row) => row._id)).to.deep.equal([]);
    expect(left.filter((id) => !planned.includes(id))).to.deep.equal([]);
  });
});
