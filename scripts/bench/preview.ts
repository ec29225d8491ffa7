import { MongoClient } from 'mongodb';
import { loadConfig } from '../../src/config.ts';
import { compile } from '../../src/domain/segments/query.ts';
import type { Resolved } from '../../src/domain/segments/tree.ts';
import { openContext } from '../../src/open-context.ts';
import { previewAudience } from '../../src/segments/preview.ts';
import type { Store } from '../../src/store/store.ts';
import { DATABASE } from '../../src/store/store.ts';
import { type DatabaseRig, emptyDatabase } from '../rig/database.ts';
import { gatewayEnvironment } from '../rig/environment.ts';
import { seed } from '../seed/seed.ts';
import { addAudience } from './audience-people.ts';
import { cpuMs, machineOf } from './machine.ts';
import { median } from './report.ts';

export type PreviewOptions = { contacts: number; pairs: number };

type Say = (line: string) => void;
type Case = { name: string; exact: boolean; tree: Resolved; target: number };

/** Targets for 1 million contacts, ms. */
const CASES: readonly Case[] = [
  { name: 'narrow, quick', exact: false, tree: tree(['NV'], 21, 45), target: 150 },
  { name: 'narrow, at its widest, quick', exact: false, tree: tree(['IL'], 18, 80), target: 150 },
  { name: 'wide, quick', exact: false, tree: tree(['OH', 'CA', 'TX'], 18, 80), target: 150 },
  { name: 'wide, exact', exact: true, tree: tree(['OH', 'CA', 'TX'], 18, 80), target: 4000 },
];

/** Five clauses: subscribed, place, age, clicked lately, and not bought lately. */
function tree(states: string[], from: number, to: number): Resolved {
  return {
    kind: 'all',
    of: [
      { kind: 'subscription', state: 'subscribed', program: 'deals' },
      { kind: 'state', oneOf: states },
      { kind: 'age', from, to },
      { kind: 'did', event: 'click', days: 180 },
      { kind: 'did-not', event: 'purchase', days: 30 },
    ],
  };
}

/**
 * Measures the whole preview, as the API answers it, against one `countDocuments` of the same filter with the same indexes. The
 * pairs alternate, after one of each that warms the cache.
 */
export async function benchPreview(rig: DatabaseRig, options: PreviewOptions, say: Say): Promise<void> {
  const { line, mongodPid } = await machineOf(rig.uri);
  await widenCache(rig.uri);
  say(`preview, five clauses, ${options.contacts} contacts\n${line}, ${CACHE} of cache\n`);
  const env = gatewayEnvironment({ ...rig, port: 1, simulatorPort: 1 });
  const config = loadConfig(env);
  await emptyDatabase(rig.uri);
  await seed(rig.uri, DATABASE);
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { context, close } = await openContext({ ...config, mongodbUri: rig.uri }, silent);
  try {
    await addAudience(context.store, config, { from: 0, to: options.contacts });
    await sayIndexes(context.store, say);
    for (const benchCase of CASES) {
      const program = context.catalog.current().book.programs.find(({ id }) => id === 'deals');
      const topic = program?.topics.find(({ id }) => id === 'deals');
      if (program === undefined || topic === undefined) throw new Error('the seed has no such program');
      const asked = { about: { program, topic }, exact: benchCase.exact };
      const preview = () => previewAudience(context, benchCase.tree, asked);
      const floor = () => context.store.contacts.countDocuments(compile(benchCase.tree, context.now()));
      await comparePairs(benchCase, { preview, floor }, { ...options, mongodPid }, say);
    }
  } finally {
    await close();
  }
}

/** The embedded mongod has half a GB of cache. A million contacts need three, which a server of their own would have. */
const CACHE = '3G';

async function widenCache(uri: string): Promise<void> {
  const client = await new MongoClient(uri).connect();
  try {
    const cache = { setParameter: 1, wiredTigerEngineRuntimeConfig: `cache_size=${CACHE}` };
    await client.db('admin').command(cache);
  } finally {
    await client.close();
  }
}

async function sayIndexes(store: Store, say: Say): Promise<void> {
  const stages = [{ $collStats: { storageStats: {} } }];
  const [stats] = await store.contacts.aggregate<{ storageStats: Sizes }>(stages).toArray();
  const { size, indexSizes } = stats?.storageStats ?? { size: 0, indexSizes: {} };
  const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
  const each = Object.entries(indexSizes).map(([name, bytes]) => `${name} ${mb(bytes)}`);
  say(`contacts ${mb(size)}; indexes: ${each.join(', ')}\n`);
}
type Sizes = { size: number; indexSizes: Record<string, number> };

type Both = {
  preview: () => ReturnType<typeof previewAudience>;
  floor: () => Promise<number>;
};

/** `cpu`: CPU time of mongod and of this process together, ms. */
type Took = { ms: number[]; cpu: number[] };

async function comparePairs(
  benchCase: Case,
  { preview, floor }: Both,
  { pairs, mongodPid }: Pairs,
  say: Say,
): Promise<void> {
  const matches = await floor();
  await preview();
  const [previews, floors]: [Took, Took] = [
    { ms: [], cpu: [] },
    { ms: [], cpu: [] },
  ];
  const counted = new Set<string>();
  for (let pair = 0; pair < pairs; pair += 1) {
    await measured(floor, floors, mongodPid);
    const { matches: seen } = await measured(preview, previews, mongodPid);
    counted.add(seen.exact ? 'exact' : `estimate ${seen.people} (${seen.between.join(' to ')})`);
  }
  const ratios = previews.ms.map((ms, at) => ms / (floors.ms[at] ?? Number.NaN));
  say(`${benchCase.name}: ${matches} match; ${[...counted].join(', ')}`);
  say(`  preview ${said(previews)}, target ${benchCase.target} ms`);
  say(`  countDocuments ${said(floors)}; preview ÷ countDocuments: median ${median(ratios).toFixed(2)}`);
}
type Pairs = PreviewOptions & { mongodPid: number };

const said = ({ ms, cpu }: Took): string =>
  `${median(ms).toFixed(0)} ms (${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}), CPU ${median(cpu).toFixed(0)} ms`;

async function measured<T>(work: () => Promise<T>, took: Took, mongodPid: number): Promise<T> {
  const pids = [mongodPid, process.pid];
  const before = pids.map(cpuMs);
  const began = performance.now();
  const result = await work();
  took.ms.push(performance.now() - began);
  const used = pids.map((pid, at) => (cpuMs(pid) ?? Number.NaN) - (before[at] ?? Number.NaN));
  took.cpu.push(used.reduce((sum, ms) => sum + ms, 0));
  return result;
}
