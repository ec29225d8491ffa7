import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type ApiKeyDoc,
  findApiKey,
  insertApiKey,
  keysMadeBy,
  revokeApiKey,
  touchApiKey,
} from '../store/api-keys.ts';
import type { Store } from '../store/store.ts';

/** What a key may be allowed to do. A route names the one it needs. */
export const SCOPES = [
  'contacts:read',
  'contacts:write',
  'consent:write',
  'consent:overturn',
  'reviews:read',
  'reviews:write',
  'messages:write',
  'suppressions:read',
  'programs:read',
  'programs:write',
  'evidence:read',
  'jobs:read',
  'jobs:manage',
  'reports:read',
  'keys:manage',
] as const;
export type ApiScope = (typeof SCOPES)[number];

/** The bearer of one request, known to be in force when it was read. */
export type ApiKey = {
  id: string;
  name: string;
  scopes: ReadonlySet<ApiScope>;
  /** HMAC-SHA-256 under the key's secret, base64url: tells later whether the same was asked, and cannot be guessed back from what is stored. */
  keyedHash: (text: string) => string;
  /** Where the line of its makers begins: itself where it has none. */
  root: string;
  /**
   * Whether the line begins with a key that has `contacts:read`. Keys of such a line, alone or two together, could save a
   * number and then read which contact it is, so the unknown numbers that they name are limited by the day. Keys of any other
   * line are not limited, and their answers do not say whether a number was known.
   */
  mayLookUp: boolean;
};

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const SHAPE = /^Bearer ak_([0-9a-f]{16})_([\w-]{43})$/i;

/** A key's last use is noted at most once in this time, ms. */
const NOTE_USE_MS = 60_000;

/** A key that makes others, and the one that the line of its makers begins with. */
type Maker = Pick<ApiKey, 'id' | 'root' | 'mayLookUp'>;

/** Makes a key; without a maker beside the database. `key` is shown here and nowhere again: only its hash is kept. */
export async function createKey(
  store: Store,
  wanted: { name: string; scopes: readonly ApiScope[] },
  now: Date,
  maker: Maker | null = null,
): Promise<{ key: string; id: string }> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  await insertApiKey(store, {
    _id: id,
    name: wanted.name,
    // The secret has 256 random bits: nothing to guess, so nothing to slow down.
    sha256: hashOf(secret),
    scopes: SCOPES.filter((scope) => wanted.scopes.includes(scope)),
    createdAt: now,
    revokedAt: null,
    lastUsedAt: null,
    mayLookUp: maker?.mayLookUp ?? wanted.scopes.includes('contacts:read'),
    ...(maker === null ? {} : { madeBy: maker.id, root: maker.root }),
  });
  return { key: `ak_${id}_${secret}`, id };
}

/** A key made by another. Null where that was revoked meanwhile: the new one is then revoked too, or it would outlive its line. */
export async function giveKey(
  store: Store,
  wanted: { name: string; scopes: readonly ApiScope[] },
  maker: Maker,
  now: Date,
): Promise<{ key: string; id: string } | null> {
  const made = await createKey(store, wanted, now, maker);
  const stored = await findApiKey(store, maker.id);
  if (stored !== null && stored.revokedAt === null) return made;
  await revokeApiKey(store, made.id, now);
  return null;
}

/**
 * A key, then those that it made, then those that these made. Each level is read once the one before it is done: `onLevel` that
 * revokes leaves no key behind that was made meanwhile.
 */
async function* lineOf(store: Store, first: ApiKeyDoc): AsyncGenerator<ApiKeyDoc[]> {
  for (let level = [first]; level.length > 0; ) {
    yield level;
    level = await keysMadeBy(
      store,
      level.map(({ _id }) => _id),
    );
  }
}

type Revoking =
  | { kind: 'unknown' }
  /** Not revoked: it, or a key of its line, has these scopes, and the key that asks lacks them. */
  | { kind: 'beyond'; scopes: string[] }
  /** `also`: others that were revoked with it. `alive`: keys of its line that are still in force. */
  | { kind: 'revoked'; key: ApiKeyDoc; also: string[]; alive: string[] };

/**
 * Revokes a key, and where `wholeLine` says so those that it made, and those that these made. A key revokes only keys that can do no
 * more than it can: else one that may do nothing but manage keys could shut everybody out.
 */
export async function revokeKeys(
  store: Store,
  { id, wholeLine, by, now }: { id: string; wholeLine: boolean; by: Pick<ApiKey, 'scopes'>; now: Date },
): Promise<Revoking> {
  const found = await findApiKey(store, id);
  if (found === null) return { kind: 'unknown' };
  const line: ApiKeyDoc[] = [];
  for await (const level of lineOf(store, found)) line.push(...level);
  const held: ReadonlySet<string> = by.scopes;
  const named = new Set((wholeLine ? line : [found]).flatMap(({ scopes }) => scopes));
  const beyond = [...named].filter((scope) => !held.has(scope));
  if (beyond.length > 0) return { kind: 'beyond', scopes: beyond };
  const key = (await revokeApiKey(store, id, now)) ?? found;
  const alive: string[] = [];
  const also: string[] = [];
  for await (const level of lineOf(store, found)) {
    for (const { _id, revokedAt } of level) {
      if (_id === id || revokedAt !== null) continue;
      if (wholeLine) await revokeApiKey(store, _id, now);
      (wholeLine ? also : alive).push(_id);
    }
  }
  return { kind: 'revoked', key, also, alive };
}

/**
 * The key of an `Authorization` header; null where it has no key's shape, is unknown or was revoked. Read anew for
 * every request, so that a revocation counts at once. Rejects where the database could not be read.
 */
export async function authenticate(
  store: Store,
  header: string | undefined,
  now: Date,
): Promise<ApiKey | null> {
  const [, shown, secret] = SHAPE.exec(header ?? '') ?? [];
  if (shown === undefined || secret === undefined) return null;
  const stored = await findApiKey(store, shown.toLowerCase());
  if (stored === null || stored.revokedAt !== null || !matches(stored, secret)) return null;
  const noteAgain = now.getTime() - NOTE_USE_MS;
  if (stored.lastUsedAt === null || stored.lastUsedAt.getTime() <= noteAgain) {
    await touchApiKey(store, stored._id, now);
  }
  const scopes = new Set(SCOPES.filter((scope) => stored.scopes.includes(scope)));
  const keyedHash = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
  const { _id: id, name, root = id, mayLookUp } = stored;
  return { id, name, scopes, keyedHash, root, mayLookUp };
}

function matches({ sha256 }: ApiKeyDoc, secret: string): boolean {
  return timingSafeEqual(Buffer.from(sha256, 'hex'), Buffer.from(hashOf(secret), 'hex'));
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
