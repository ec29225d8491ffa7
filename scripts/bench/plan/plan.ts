import { loadavg } from 'node:os';
import { loadConfig } from '../../../src/config.ts';
import { readPrograms, writeSender } from '../../../src/store/consent/programs.ts';
import { type DeliveryDoc, OF_CAMPAIGN } from '../../../src/store/deliveries/delivery.ts';
import { DATABASE, openStore, type Store } from '../../../src/store/store.ts';
import type { Children } from '../../rig/children.ts';
import type { DatabaseRig } from '../../rig/database.ts';
import { gatewayEnvironment } from '../../rig/environment.ts';
import { freePort } from '../../rig/free-port.ts';
import { seed } from '../../seed/seed.ts';
import { addAudience } from '../audience-people.ts';
import { machineOf } from '../machine.ts';
import { median } from '../report.ts';
import { type PlanPass, planPass } from './pass.ts';

export type PlanOptions = { pairs: number; million: boolean };

/** The numbers of people in the database. Nine tenths of them are subscribed and get the campaign. */
const SIZES = [20_000, 200_000];
const MILLION = 1_000_000;

/** A speed, in segments a second, that never limits a pass. */
const RATE = 10_000;

const TARGETS = { firstMs: 2000, megabytes: 300, flat: 1.1 };

type Ground = { children: Children; env: NodeJS.ProcessEnv; store: Store; say: (line: string) => void };

/** Measures a campaign from "go" to the end of its plan, against a plain insert of finished rows, with audiences of two sizes. */
export async function benchPlan(
  rig: DatabaseRig,
  children: Children,
  { pairs, million }: PlanOptions,
  say: (line: string) => void,
): Promise<void> {
  const { line } = await machineOf(rig.uri);
  say(`planning, one web process and one worker, which also sends\n${line}\n`);
  const ports = { port: await freePort(), simulatorPort: await freePort() };
  const env = gatewayEnvironment({ ...rig, ...ports });
  await seed(rig.uri, DATABASE);
  const store = await openStore({ uri: rig.uri, database: DATABASE });
  try {
    for (const sender of (await readPrograms(store)).senders)
      await writeSender(store, { ...sender, rate: RATE, receipts: false });
    const peaks: number[] = [];
    for (const people of million ? [...SIZES, MILLION] : SIZES)
      peaks.push(await ofSize({ children, env, store, say }, people, pairs));
    const flat = (peaks.at(-1) ?? Number.NaN) / (peaks[0] ?? Number.NaN);
    say(
      `\npeak memory, largest audience ÷ smallest: ${flat.toFixed(2)} (target ${TARGETS.flat}); load average at the end, including the bench itself: ${loadavg()[0]?.toFixed(1)}`,
    );
  } finally {
    await store.close();
  }
}

/** Adds people to the audience, measures, and resolves with the median of the peak memory of web and worker, MB. */
async function ofSize(ground: Ground, people: number, pairs: number): Promise<number> {
  const { env, store, say } = ground;
  const began = performance.now();
  const from = await store.contacts.countDocuments();
  await addAudience(store, loadConfig(env), { from, to: people });
  say(`${people} people (${people - from} added in ${((performance.now() - began) / 1000).toFixed(0)} s)`);
  const passes: PlanPass[] = [];
  for (let at = 1; at <= pairs; at += 1) {
    const pass = await planPass(ground, `plan-${people}-${at}`);
    const floor = await planFloor(store, pass.campaign);
    passes.push(pass);
    const { web, worker } = pass.megabytes;
    say(
      `pair ${at}: "go" to first hand-over ${pass.firstMs.toFixed(0)} ms; ${pass.people} people planned, ${pass.perSecond.toFixed(0)}/s; floor ${floor.toFixed(0)}/s, ratio ${(pass.perSecond / floor).toFixed(3)}`,
    );
    say(
      `  meanwhile ${pass.sentPerSecond.toFixed(0)} messages/s; peak MB: web ${web.toFixed(0)}, worker ${worker.toFixed(0)}`,
    );
  }
  const peak = median(passes.map(({ megabytes }) => megabytes.web + megabytes.worker));
  say(
    `  medians: first hand-over after ${median(passes.map((pass) => pass.firstMs)).toFixed(0)} ms (target ${TARGETS.firstMs}), web + worker ${peak.toFixed(0)} MB (target ${TARGETS.megabytes})`,
  );
  return peak;
}

/** The rows of one insert, as many as in a slice of a plan, and the rows of the floor in all. */
const SLICE = 500;
const ROWS = 20_000;

const SCRATCH = 'bench-floor';

/**
 * Measures rows a second when nothing is read, decided, merged or encrypted: finished rows of a campaign are inserted one slice
 * after another into a collection with the same indexes.
 */
async function planFloor(store: Store, campaign: string): Promise<number> {
  const scratch = store.db.collection<DeliveryDoc>(SCRATCH, {
    writeConcern: { w: 'majority', journal: true },
  });
  const rows = await store.deliveries.find({ campaign }).hint(OF_CAMPAIGN).limit(ROWS).toArray();
  await scratch.drop().catch(() => undefined);
  for (const { key, name = '_id_', partialFilterExpression } of await store.deliveries.indexes()) {
    if (name === '_id_') continue;
    const partial = partialFilterExpression === undefined ? {} : { partialFilterExpression };
    await scratch.createIndex(key, { name, ...partial });
  }
  // The rows are as a planner writes them.
  const planned = rows.map((row): DeliveryDoc => ({ ...row, state: 'planned', open: true }));
  const began = performance.now();
  for (let from = 0; from < planned.length; from += SLICE)
    await scratch.insertMany(planned.slice(from, from + SLICE), { ordered: false });
  const ms = performance.now() - began;
  await scratch.drop();
  return (planned.length * 1000) / ms;
}
