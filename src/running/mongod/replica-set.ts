import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';
import { DATABASE_USER, REPLICA_SET } from './address.ts';
import { MongodError } from './find-mongod.ts';

const NOT_YET_INITIALIZED = 94;
const ALREADY_INITIALIZED = 23;
const USER_EXISTS = 51_003;
const POLL_MS = 10;
const PRIMARY_MS = 60_000;

/**
 * Makes the mongod on this port the primary of a replica set of one, and sets `key` as the password of its one
 * account. Initiates a new set, or gives an existing set its new address. Logs in with the key file as `__system`,
 * which works whatever accounts exist. Throws MongodError when mongod does not become primary within a minute.
 */
export async function becomePrimary(port: number, key: string): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 10_000,
    auth: { username: '__system', password: key },
    authSource: 'local',
    authMechanism: 'SCRAM-SHA-256',
  });
  const deadline = performance.now() + PRIMARY_MS;
  try {
    const admin = client.db('admin');
    while (!(await isSettled(admin, `127.0.0.1:${port}`))) {
      if (performance.now() > deadline) {
        throw new MongodError(`The embedded mongod did not become primary within ${PRIMARY_MS / 1000} s.`);
      }
      await sleep(POLL_MS);
    }
    await giveAccount(admin, key);
  } finally {
    await client.close();
  }
}

async function giveAccount(admin: Db, pwd: string): Promise<void> {
  try {
    const rights = { pwd, roles: ['root'], mechanisms: ['SCRAM-SHA-256'] };
    await admin.command({ createUser: DATABASE_USER, ...rights });
  } catch (failure) {
    if (!hasCode(failure, USER_EXISTS)) throw failure;
    await admin.command({ updateUser: DATABASE_USER, pwd });
  }
}

async function isSettled(admin: Db, host: string): Promise<boolean> {
  try {
    return await step(admin, host);
  } catch (failure) {
    // A node that changes its state closes its connections.
    if (failure instanceof MongoNetworkError) return false;
    throw failure;
  }
}

/** Takes one step towards a primary. True when the node is primary under this address. */
async function step(admin: Db, host: string): Promise<boolean> {
  const hello = await admin.command({ hello: 1 });
  if (hello.isWritablePrimary) return hello.me === host;
  const config = await currentConfig(admin);
  if (!config) {
    await initiate(admin, host);
    return false;
  }
  const [member] = config.members;
  if (member?.host === host) return false;
  // Forced: a node whose address is not in its own configuration counts itself as removed and has no majority.
  const moved = { ...config, version: config.version + 1, members: [{ ...member, host }] };
  await admin.command({ replSetReconfig: moved, force: true });
  return false;
}

async function initiate(admin: Db, host: string): Promise<void> {
  try {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  } catch (failure) {
    // The replica set of a former run exists; the node has not finished reading its configuration.
    if (!hasCode(failure, ALREADY_INITIALIZED)) throw failure;
  }
}

type SetConfig = { version: number; members: { host: string }[] };

async function currentConfig(admin: Db): Promise<SetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 })).config as SetConfig;
  } catch (failure) {
    if (hasCode(failure, NOT_YET_INITIALIZED)) return undefined;
    throw failure;
  }
}

function hasCode(failure: unknown, code: number): boolean {
  return failure instanceof MongoServerError && failure.code === code;
}
