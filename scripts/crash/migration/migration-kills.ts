import { dirname, join } from 'node:path';
import type { Document } from 'mongodb';
import { ROOT } from '../../../src/config.ts';
import { migrate } from '../../../src/store/migrations.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { messageOf } from '../../rig/children.ts';
import { MIGRATION_POINTS } from '../instrument/kill-points.ts';
import type { Trap } from '../instrument/preload.ts';
import type { Outcome, Scenario, ScenarioContext } from '../scenario.ts';
import { addRowsOfBefore, SECOND_POINTS } from './second-migration.ts';

/** An order to run the migrations of the instrumented build and the made-up second one, as `npm run migrate` does. */
export type MigrationOrders = {
  kind: 'migrate';
  store: string;
  migrations: string;
  uri: string;
  database: string;
};

/** The process is ready for its order. */
export type MigrationReady = { kind: 'ready' };

/** The result of a migration: indexes, rows and marks. Times are left out. */
export type DatabaseShape = { indexes: string[]; rows: Map<string, string>; marks: string[] };

export const MIGRATION_KILLS: Scenario = {
  name: 'migration-kills',
  about:
    'a second migration, with and without old rows, is killed at each of its steps and run again to its end',
  nodes: 1,
  run,
};

/** Each must be 0. */
export const MIGRATION_COUNTS = [
  { name: 'unkilled', words: 'points at which nothing was killed' },
  { name: 'unfinished', words: 'runs after a kill that did not come to their end' },
  { name: 'indexes', words: 'indexes unlike those of a run that was left alone' },
  { name: 'rows', words: 'rows lost, doubled or otherwise unlike them' },
  { name: 'marks', words: 'marks of migrations unlike them' },
] as const;

const OLD_ROWS = 3000;

/** The starting databases, and at which passing of a point the run is killed. An empty database runs the baseline first. */
const BEGINNINGS = [
  { from: 'old', make: makeOld, nth: 1 },
  { from: 'empty', make: async () => undefined, nth: 2 },
] as const;

type Beginning = (typeof BEGINNINGS)[number];

type Found = {
  killed: number;
  unkilled: number;
  unfinished: number;
  indexes: number;
  rows: number;
  marks: number;
};

async function run(stage: ScenarioContext): Promise<Outcome> {
  const found: Found = { killed: 0, unkilled: 0, unfinished: 0, indexes: 0, rows: 0, marks: 0 };
  const facts: string[] = [];
  for (const beginning of BEGINNINGS) {
    const whole = await fresh(stage, { database: 'crash_whole', beginning }, async (database) => {
      if ((await migrateOnce(stage, database, null)) !== 'done') found.unfinished += 1;
    });
    for (const point of [...MIGRATION_POINTS, ...SECOND_POINTS])
      await killAt(stage, { point, beginning, whole, found });
    const { rows, indexes, marks } = whole;
    facts.push(
      `  ${found.killed} kills by the end of those that began ${beginning.from}: ${rows.size} rows, ` +
        `${indexes.length} indexes, ${marks.length} marks`,
    );
  }
  const violations = MIGRATION_COUNTS.map(({ name, words }) => ({ name, words, count: found[name] }));
  return { facts, violations };
}

type Kill = { point: string; beginning: Beginning; whole: DatabaseShape; found: Found };

/** Kills the first and the second run at the same point, and lets the third run end. */
async function killAt(stage: ScenarioContext, { point, beginning, whole, found }: Kill): Promise<void> {
  const trap: Trap = { kind: 'trap', point, nth: beginning.nth, act: 'kill' };
  const database = `crash_${beginning.from}_${point}`;
  const shape = await fresh(stage, { database, beginning }, async () => {
    for (let run = 0; run < 2; run += 1) {
      const killed = (await migrateOnce(stage, database, trap)) === 'killed';
      if (killed) found.killed += 1;
      // In an empty database the second migration finds no rows and only drops an index.
      else if (run === 0 && beginning.from === 'old') found.unkilled += 1;
    }
    if ((await migrateOnce(stage, database, null)) !== 'done') found.unfinished += 1;
  });
  const unlike = differences(whole, shape);
  for (const name of ['indexes', 'rows', 'marks'] as const) found[name] += unlike[name].length;
}

/** Makes a database, does the work, returns its shape, and drops the database. */
async function fresh(
  { rig }: ScenarioContext,
  { database, beginning }: { database: string; beginning: Beginning },
  work: (database: string) => Promise<void>,
): Promise<DatabaseShape> {
  const store: Store = await openStore({ uri: rig.uri, database });
  try {
    await store.db.dropDatabase();
    await beginning.make(store);
    await work(database);
    return await shapeOf(store);
  } finally {
    await store.db.dropDatabase();
    await store.close();
  }
}

async function migrateOnce(
  { rig, children, build }: ScenarioContext,
  database: string,
  trap: Trap | null,
): Promise<'done' | 'killed' | 'failed'> {
  const child = children.start(join(ROOT, 'scripts', 'crash', 'migration', 'run-once.ts'), {
    execArgv: ['--import', build.preload, '--import', 'tsx'],
  });
  const parts = join(dirname(build.main), 'store');
  const orders: MigrationOrders = {
    ...{ kind: 'migrate', uri: rig.uri, database },
    ...{ store: join(parts, 'store.js'), migrations: join(parts, 'migrations.js') },
  };
  const ended = new Promise<'done' | 'killed' | 'failed'>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === 'SIGKILL' ? 'killed' : code === 0 ? 'done' : 'failed');
    });
  });
  await messageOf<MigrationReady>(child, 'ready');
  if (trap !== null) child.send(trap);
  child.send(orders);
  return ended;
}

/** Makes a database as the baseline left it, with the rows and the index that the second migration changes. */
async function makeOld(store: Store): Promise<void> {
  await migrate(store, () => new Date());
  await addRowsOfBefore(store, OLD_ROWS);
}

async function shapeOf(store: Store): Promise<DatabaseShape> {
  const names = (await store.db.listCollections({}, { nameOnly: true }).toArray()).map(
    (collection) => collection.name,
  );
  const indexes: string[] = [];
  for (const name of names.sort()) {
    const found = await store.db.collection(name).indexes();
    indexes.push(...found.map(({ v: _, ...index }) => `${name} ${JSON.stringify(index)}`));
  }
  const rows = new Map<string, string>();
  for await (const { _id, ...row } of store.db.collection<Document>('deliveries').find()) {
    rows.set(String(_id), JSON.stringify(row));
  }
  const marks = await store.db.collection<Document>('marks').find().toArray();
  return { indexes: indexes.sort(), rows, marks: marks.map((mark) => String(mark._id)).sort() };
}

/** The differences between an undisturbed run and a killed run. */
export function differences(
  whole: DatabaseShape,
  killed: DatabaseShape,
): Record<'indexes' | 'rows' | 'marks', string[]> {
  const unlike = (expected: readonly string[], other: readonly string[]): string[] => [
    ...expected.filter((name) => !other.includes(name)),
    ...other.filter((name) => !expected.includes(name)),
  ];
  const ids = new Set([...whole.rows.keys(), ...killed.rows.keys()]);
  return {
    indexes: unlike(whole.indexes, killed.indexes),
    rows: [...ids].filter((id) => whole.rows.get(id) !== killed.rows.get(id)),
    marks: unlike(whole.marks, killed.marks),
  };
}
