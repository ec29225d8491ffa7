import type { Database } from './collection.ts';
import { type ContactDoc, contacts } from './contacts/contacts.ts';
import { marks } from './settings.ts';

/** The server as it describes itself. */
type ReplicaSet = {
  version: string;
  /** Whether it takes messages that are compressed by zlib. */
  hasZlib: boolean;
  /** Null: a router of a sharded cluster. */
  setName: string | null;
  members: number | null;
  /** How far the slowest member is behind, seconds; null where our user may not ask. */
  lagSeconds: number | null;
};

const COMMAND_MS = 3000;

export async function readReplicaSet({ db }: Database): Promise<ReplicaSet> {
  const [build, hello] = await Promise.all([
    db.command({ buildInfo: 1 }),
    db.command({ hello: 1, compression: ['zlib'] }),
  ]);
  const setName = typeof hello.setName === 'string' ? hello.setName : null;
  const status = setName === null ? null : await statusOf({ db });
  const hosts = Array.isArray(hello.hosts) ? hello.hosts.length : null;
  const hasZlib = Array.isArray(hello.compression) && hello.compression.includes('zlib');
  return { version: String(build.version), hasZlib, setName, members: hosts, lagSeconds: lagOf(status) };
}

type Member = { stateStr?: unknown; optimeDate?: unknown };

/** Null where our user may not ask. */
async function statusOf({ db }: Pick<Database, 'db'>): Promise<Member[] | null> {
  const admin = db.admin();
  const status = await admin.command({ replSetGetStatus: 1, maxTimeMS: COMMAND_MS }).catch(() => null);
  return status === null ? null : ((status.members ?? []) as Member[]);
}

function lagOf(members: readonly Member[] | null): number | null {
  if (members === null) return null;
  const times = members.flatMap(({ stateStr, optimeDate }) =>
    (stateStr === 'PRIMARY' || stateStr === 'SECONDARY') && optimeDate instanceof Date
      ? [optimeDate.getTime()]
      : [],
  );
  return times.length === 0 ? null : (Math.max(...times) - Math.min(...times)) / 1000;
}

/** Writes one small row that a majority must confirm. Returns how long it took, ms. */
export async function checkWrite(database: Database, at: Date): Promise<number> {
  const began = performance.now();
  const concern = { w: 'majority', j: true, wtimeoutMS: COMMAND_MS } as const;
  await marks(database).updateOne(
    { _id: 'doctor' },
    { $set: { at, value: 'a write of the doctor' } },
    { upsert: true, writeConcern: concern },
  );
  return Math.round(performance.now() - began);
}

/** Some contacts, drawn at random. */
export async function sampleContacts(database: Database, size: number): Promise<ContactDoc[]> {
  return contacts(database)
    .aggregate<ContactDoc>([{ $sample: { size } }], { maxTimeMS: COMMAND_MS })
    .toArray();
}
