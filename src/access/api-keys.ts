import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { PERMISSIONS, type Permission } from '../domain/access/permissions.ts';
import { utcDay } from '../domain/durations.ts';
import {
  type ApiKeyDoc,
  findApiKey,
  insertApiKey,
  insertKeyWithin,
  keysMadeBy,
  pageApiKeys,
  revokeApiKey,
  takeUnknown,
  touchApiKey,
} from '../store/api-keys.ts';
import { findStaff, orderAdminChanges } from '../store/staff.ts';
import type { Store } from '../store/store.ts';
import { changeStaff } from './staff.ts';

export type ApiScope = Exclude<Permission, 'staff:manage'>;

/** The scopes that a key may have. Each route names the scope it needs. Only people manage staff. */
export const SCOPES = PERMISSIONS.filter(
  (permission): permission is ApiScope => permission !== 'staff:manage',
);

/** The valid key of one request, as read from the database for this request. */
export type ApiKey = {
  id: string;
  name: string;
  scopes: ReadonlySet<ApiScope>;
  /**
   * HMAC-SHA-256 under the key's secret, base64url. Shows later whether a request was the same; the stored hash
   * cannot be guessed back.
   */
  keyedHash: (text: string) => string;
  /** The first key of the chain of creators that led to this key; this key itself when no key created it. */
  root: string;
  /**
   * Whether the root key has `contacts:read`. Keys under such a root, alone or two together, could save a number
   * and then read which contact it is, so the unknown numbers that they name per day are limited. Keys under any
   * other root are not limited, and their answers do not say whether a number was known.
   */
  mayLookUp: boolean;
};

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const SHAPE = /^Bearer ak_([0-9a-f]{16})_([\w-]{43})$/i;

/** The last use of a key is stored at most once in this time, ms. */
const NOTE_USE_MS = 60_000;

/** A key that creates others, and its root key. */
type Maker = Pick<ApiKey, 'id' | 'root' | 'mayLookUp'>;

type WantedKey = { name: string; scopes: readonly ApiScope[] };

/** Fields of a new key that say where it comes from, for keys that no other key created. */
type Origin = Pick<ApiKeyDoc, 'madeBy' | 'root' | 'staff' | 'rotatedFrom'> & { mayLookUp?: boolean };

const originOf = (maker: Maker | null): Origin =>
  maker === null ? {} : { madeBy: maker.id, root: maker.root, mayLookUp: maker.mayLookUp };

/**
 * Creates a key. Without a maker, the operator created it on the database. The returned `key` is shown only once:
 * the database stores only its hash.
 */
export const createKey = (
  store: Store,
  wanted: { name: string; scopes: readonly ApiScope[] },
  now: Date,
  maker: Maker | null = null,
): Promise<{ key: string; id: string }> => insertNewKey(store, wanted, now, originOf(maker));

async function insertNewKey(
  store: Store,
  wanted: WantedKey,
  now: Date,
  origin: Origin,
): Promise<{ key: string; id: string }> {
  const { doc, ...made } = newKeyOf(wanted, now, origin);
  await insertApiKey(store, doc);
  return made;
}

const newKeyId = (): string => randomBytes(ID_BYTES).toString('hex');

/** A new key: its secret, and the document that has only the hash of it. */
function newKeyOf(
  wanted: WantedKey,
  now: Date,
  { mayLookUp = wanted.scopes.includes('contacts:read'), ...origin }: Origin,
  id = newKeyId(),
): { key: string; id: string; doc: ApiKeyDoc } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const doc: ApiKeyDoc = {
    _id: id,
    name: wanted.name,
    // The secret has 256 random bits, so it cannot be guessed and needs no slow hash.
    sha256: hashOf(secret),
    scopes: SCOPES.filter((scope) => wanted.scopes.includes(scope)),
    createdAt: now,
    revokedAt: null,
    lastUsedAt: null,
    mayLookUp,
    ...origin,
  };
  return { key: `ak_${id}_${secret}`, id, doc };
}

/** A key as people see it, without the hash of its secret. */
type ApiKeyView = {
  id: string;
  name: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  /** The key that created it. Null when the operator created it on the database, or a member of staff. */
  madeBy: string | null;
  /** The member of staff who created it, as a stored actor. */
  staff: string | null;
  /** The key that it takes the place of. */
  rotatedFrom: string | null;
};

const viewOf = ({
  _id: id,
  name,
  scopes,
  createdAt,
  lastUsedAt,
  revokedAt,
  madeBy,
  staff,
  rotatedFrom,
}: ApiKeyDoc): ApiKeyView => ({
  id,
  name,
  scopes,
  createdAt,
  lastUsedAt,
  revokedAt,
  madeBy: madeBy ?? null,
  staff: staff ?? null,
  rotatedFrom: rotatedFrom ?? null,
});

/** One page of the keys in the order of their ids, revoked ones too. */
export async function listApiKeys(
  { store }: Pick<AppContext, 'store'>,
  page: { after: string | null; limit: number },
): Promise<ApiKeyView[]> {
  return (await pageApiKeys(store, page)).map(viewOf);
}

/** The context of changes to keys. Each change writes an audit entry. */
type KeyContext = Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>;

const keySubject = (id: string) => ({ kind: 'key', id }) as const;

type Giving =
  | { kind: 'made'; key: string; id: string }
  /** Not created: the maker lacks these of the wanted scopes. */
  | { kind: 'beyond'; scopes: ApiScope[] }
  /** The maker was revoked meanwhile. The new key was revoked too, because it would outlive its maker. */
  | { kind: 'maker-revoked' };

/** Creates a key with another key, which can give only scopes that it has itself. */
export async function giveKey(
  context: KeyContext,
  wanted: { name: string; scopes: readonly ApiScope[] },
  maker: Maker & Pick<ApiKey, 'scopes'>,
): Promise<Giving> {
  const beyond = wanted.scopes.filter((scope) => !maker.scopes.has(scope));
  if (beyond.length > 0) return { kind: 'beyond', scopes: beyond };
  const { store } = context;
  const at = context.now();
  const made = await createKey(store, wanted, at, maker);
  const stored = await findApiKey(store, maker.id);
  if (stored === null || stored.revokedAt !== null) {
    await revokeApiKey(store, made.id, at);
    return { kind: 'maker-revoked' };
  }
  const details = { scopes: wanted.scopes.join(' ') };
  await recordAudit(context, {
    actor: { kind: 'key', id: maker.id },
    act: 'key-made',
    subject: keySubject(made.id),
    details,
  });
  return { kind: 'made', ...made };
}

/** Who changes keys, and the scopes that they may give and take: those of their own key or role. */
type KeyManager = { actor: Actor; scopes: ReadonlySet<string> };

const lacking = <Scope extends string>(scopes: readonly Scope[], { scopes: held }: KeyManager): Scope[] =>
  scopes.filter((scope) => !held.has(scope));

/** A form that makes a key. Its token is drawn anew for each time that the form is shown. */
type KeyForm = { form: string };

/** The form had made its key before: its id, and its name. */
type MadeBefore = { kind: 'made-before'; id: string; name: string };

type MakingByStaff =
  | Exclude<Giving, { kind: 'maker-revoked' }>
  | MadeBefore
  /** Not created: the member has left meanwhile. */
  | { kind: 'left' };

/** Creates a key for a member of staff, who can give only scopes that the own role has. One form makes one key. */
export async function makeKeyByStaff(
  context: KeyContext,
  wanted: WantedKey,
  { form, ...by }: KeyManager & KeyForm,
): Promise<MakingByStaff> {
  const beyond = lacking(wanted.scopes, by);
  if (beyond.length > 0) return { kind: 'beyond', scopes: beyond };
  const made = newKeyOf(wanted, context.now(), { staff: actorText(by.actor) }, idOfForm(by, form));
  const details = { scopes: wanted.scopes.join(' ') };
  return keepKeyOfStaff(context, made, { by, act: 'key-made', details });
}

/** Two presses of one form name the same id, so that the second makes no key. */
const idOfForm = ({ actor }: KeyManager, form: string): string =>
  hashOf(`form ${actorText(actor)} ${form}`).slice(0, ID_BYTES * 2);

type KeyAct = { by: KeyManager; act: 'key-made' | 'key-rotated'; details: Record<string, string> };

/**
 * Stores a key that a member made, together with its audit entry. Never runs at the same time as the removal of that
 * member: the removal would not see the new key, and would leave it working.
 */
async function keepKeyOfStaff(
  context: KeyContext,
  { key, id, doc }: ReturnType<typeof newKeyOf>,
  { by: { actor }, act, details }: KeyAct,
): Promise<{ kind: 'made'; key: string; id: string } | MadeBefore | { kind: 'left' }> {
  const { store, now } = context;
  let hasLeft = false;
  const draft = { actor, act, subject: keySubject(id), details };
  const done = await changeStaff(context, [draft], async (session) => {
    await orderAdminChanges(store, session, now());
    // The staff of the demo have no documents.
    hasLeft = (await findStaff(store, actor.id, session))?.state === 'left';
    return !hasLeft && insertKeyWithin(store, doc, session);
  });
  if (done) return { kind: 'made', key, id };
  const before = await findApiKey(store, id);
  return before === null || hasLeft ? { kind: 'left' } : { kind: 'made-before', id, name: before.name };
}

type Rotating =
  | { kind: 'made'; key: string; id: string }
  | MadeBefore
  | { kind: 'left' }
  | { kind: 'unknown' }
  /** A revoked key has no place to take. */
  | { kind: 'revoked' }
  | { kind: 'beyond'; scopes: string[] };

/**
 * Creates a key that takes the place of another: same name and scopes, same line. The other stays valid until it is
 * revoked, so that its user can change over. It shares the other key's root, so that limits of the line still hold.
 */
export async function rotateKey(
  context: KeyContext,
  id: string,
  { form, ...by }: KeyManager & KeyForm,
): Promise<Rotating> {
  const { store } = context;
  const old = await findApiKey(store, id);
  if (old === null) return { kind: 'unknown' };
  if (old.revokedAt !== null) return { kind: 'revoked' };
  const beyond = lacking(old.scopes, by);
  if (beyond.length > 0) return { kind: 'beyond', scopes: beyond };
  const { name, mayLookUp, madeBy, root = id } = old;
  const scopes = SCOPES.filter((scope) => old.scopes.includes(scope));
  const origin = { mayLookUp, root, staff: actorText(by.actor), rotatedFrom: id };
  const line = madeBy === undefined ? {} : { madeBy };
  const formId = idOfForm(by, `${id} ${form}`);
  const made = newKeyOf({ name, scopes }, context.now(), { ...origin, ...line }, formId);
  return keepKeyOfStaff(context, made, { by, act: 'key-rotated', details: { from: id } });
}

/** A key by its id, with the keys that it created and that are still valid, directly or through others. */
export async function showApiKey(
  { store }: Pick<AppContext, 'store'>,
  id: string,
): Promise<{ key: ApiKeyView; alive: ApiKeyView[] } | null> {
  const found = await findApiKey(store, id);
  if (found === null) return null;
  const line: ApiKeyDoc[] = [];
  for await (const level of lineOf(store, found)) line.push(...level);
  const alive = line.filter(({ _id, revokedAt }) => _id !== id && revokedAt === null);
  return { key: viewOf(found), alive: alive.map(viewOf) };
}

/**
 * A key, then the keys it created, then the keys these created. Reads each level after the caller is done with the
 * one before, so that a caller that revokes each level misses no key created meanwhile.
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
  /** Not revoked: the key, or one created under it, has these scopes, and the caller's key lacks them. */
  | { kind: 'beyond'; scopes: string[] }
  /** `also`: other keys that were revoked with it. `alive`: keys created under it that are still valid. */
  | { kind: 'revoked'; key: ApiKeyView; also: string[]; alive: string[] };

/**
 * Revokes a key, and with `wholeLine` every key created under it. Changes nothing when it is called again. A key or a
 * member of staff can only revoke keys whose scopes it has itself: otherwise a key that may only manage keys could lock
 * everybody out.
 */
export async function revokeKeys(
  context: KeyContext,
  { id, wholeLine, by }: { id: string; wholeLine: boolean; by: KeyManager },
): Promise<Revoking> {
  const { store } = context;
  const at = context.now();
  const found = await findApiKey(store, id);
  if (found === null) return { kind: 'unknown' };
  const line: ApiKeyDoc[] = [];
  for await (const level of lineOf(store, found)) line.push(...level);
  const named = new Set((wholeLine ? line : [found]).flatMap(({ scopes }) => scopes));
  const beyond = lacking([...named], by);
  if (beyond.length > 0) return { kind: 'beyond', scopes: beyond };
  const key = (await revokeApiKey(store, id, at)) ?? found;
  const alive: string[] = [];
  const also: string[] = [];
  for await (const level of lineOf(store, found)) {
    for (const { _id, revokedAt } of level) {
      if (_id === id || revokedAt !== null) continue;
      if (wholeLine) await revokeApiKey(store, _id, at);
      (wholeLine ? also : alive).push(_id);
    }
  }
  const details = { also: also.join(' '), alive: alive.join(' ') };
  await recordAudit(context, {
    actor: by.actor,
    act: 'key-revoked',
    subject: keySubject(id),
    details,
  });
  return { kind: 'revoked', key: viewOf(key), also, alive };
}

/**
 * The key of an `Authorization` header; null when it is malformed, unknown or revoked. Reads the database for every
 * request, so that a revocation counts at once. Rejects when the database could not be read.
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

/**
 * Numbers unknown here that all keys of one root key may name per UTC day, over all web processes and routes.
 * Answers show the last four digits of a +1 number, and segment counts reveal its area code, so about 800
 * candidates are left: at this rate an attacker needs eight days to find one number.
 */
export const UNKNOWN_A_DAY = 100;

/**
 * Takes `wanted` unknown numbers from what the keys of one root key may name today. Resolves to how many were left
 * before.
 */
export function takeUnknownNumbers(
  { store, now }: Pick<AppContext, 'store' | 'now'>,
  { root }: Pick<ApiKey, 'root'>,
  wanted: number,
): Promise<number> {
  return takeUnknown(store, root, { day: utcDay(now()), wanted, most: UNKNOWN_A_DAY });
}

function matches({ sha256 }: ApiKeyDoc, secret: string): boolean {
  return timingSafeEqual(Buffer.from(sha256, 'hex'), Buffer.from(hashOf(secret), 'hex'));
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
