import { createHmac, timingSafeEqual } from 'node:crypto';
import { randomSlice, SealBroken, seal, unseal } from './sealing.ts';

/** The installation's own keys. The first of the ring wraps new keys; the others only open old ones. */
export type KeyRing = { active: string; keys: ReadonlyMap<string, Buffer> };

/** A data key, wrapped by the key of the ring named `by`. */
export type WrappedKey = { by: string; box: Buffer };

export class KeyMissing extends Error {
  override name = 'KeyMissing';
  /** Name of the missing key; null when no process can have the key. */
  readonly by: string | null;
  constructor(message: string, by: string | null = null) {
    super(message);
    this.by = by;
  }
}

const notHere = (by: string): KeyMissing => new KeyMissing(`key ${by} is not in the key ring`, by);

/** Whether the error means that the keys of this process cannot open something. */
export const isClosed = (error: unknown): error is KeyMissing | SealBroken =>
  error instanceof KeyMissing || error instanceof SealBroken;

/**
 * Two keys per holder of a number: `profile` for number, messages and profile, `evidence` for the ledger's
 * personal fields, so that erasure can destroy the first at once and the second at its retention date.
 */
export type HolderKeys = { profile: WrappedKey | null; evidence: WrappedKey | null };
export type OpenKeys = { profile: Buffer; evidence: Buffer };

export function newHolderKeys(ring: KeyRing, contact: string): { wrapped: HolderKeys; open: OpenKeys } {
  const open = { profile: randomSlice(32), evidence: randomSlice(32) };
  const wrapped = {
    profile: wrap(ring, `holder:${contact}:profile`, open.profile),
    evidence: wrap(ring, `holder:${contact}:evidence`, open.evidence),
  };
  return { wrapped, open };
}

/** Throws `KeyMissing` when the key was destroyed or the ring lacks the key that wraps it. */
export function openHolderKey(
  ring: KeyRing,
  contact: string,
  keys: HolderKeys,
  which: keyof OpenKeys,
): Buffer {
  const wrapped = keys[which];
  if (wrapped === null) throw new KeyMissing(`the ${which} key of a contact was destroyed`);
  const by = ring.keys.get(wrapped.by);
  if (by === undefined) throw notHere(wrapped.by);
  return unseal(by, `holder:${contact}:${which}`, wrapped.box);
}

/** Whether a holder's key is wrapped by a key that this ring lacks and another process may have. */
export const isWrappedByOthers = (ring: KeyRing, keys: HolderKeys): boolean =>
  wrappersOf(keys).some((name) => !ring.keys.has(name));

/** Names of the keys that wrap a holder's keys; a destroyed key has none. */
export const wrappersOf = ({ profile, evidence }: HolderKeys): string[] =>
  [profile, evidence].flatMap((key) => key?.by ?? []);

function wrap(ring: KeyRing, place: string, key: Buffer): WrappedKey {
  const by = ring.keys.get(ring.active);
  if (by === undefined) throw notHere(ring.active);
  return { by: ring.active, box: seal(by, place, key) };
}

/** Seals with the ring itself, for data without a holder (spool, unreadable forms). Throws `KeyMissing`. */
export function sealByRing(ring: KeyRing, place: string, plain: string | Buffer): WrappedKey {
  return wrap(ring, place, typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain);
}

/**
 * Throws `KeyMissing` when another ring sealed the box, and `SealBroken` when the box does not belong to this
 * place.
 */
export function openByRing(ring: KeyRing, place: string, wrapped: WrappedKey): Buffer {
  const by = ring.keys.get(wrapped.by);
  if (by === undefined) throw notHere(wrapped.by);
  return unseal(by, place, wrapped.box);
}

/** Keys of the blind index by version, consecutive from 1. New rows use the highest. */
export type IndexKeys = readonly Buffer[];

/**
 * Keyed hash that finds a number without storing it. Versions nest: version n+1 is HMAC(key n+1, version n),
 * so that rows are re-keyed without their numbers, those of erased people too. Throws `KeyMissing` without any key.
 */
export function blindIndex(keys: IndexKeys, number: string): string {
  if (keys.length === 0) throw new KeyMissing('no blind index key');
  return keys.slice(1).reduce(nextIndexVersion, firstVersion(keys[0] as Buffer, number));
}

function firstVersion(key: Buffer, number: string): string {
  return `1.${createHmac('sha256', key).update(number).digest('base64url')}`;
}

/** One version on: the index under the new key, from the index under the old one. */
export function nextIndexVersion(before: string, key: Buffer): string {
  const version = Number(before.slice(0, before.indexOf('.')));
  return `${version + 1}.${createHmac('sha256', key).update(before).digest('base64url')}`;
}

/** One of 256 shares of all people, "00" to "ff". Set when the contact is created, never changed. */
export function bucketOf(index: string): string {
  return createHmac('sha256', 'bucket').update(index).digest('hex').slice(0, 2);
}

/**
 * The keys that sign the ledger (LEDGER_KEY). The active key signs; the others only verify. They are never in the
 * database: whoever can write only to the database can neither add an entry nor change one.
 */
export type LedgerKeys = {
  /** Random id made at the first start on a database: entries of another installation do not verify. */
  installation: string;
  active: string;
  keys: ReadonlyMap<string, Buffer>;
};

/** `by`: version of the ledger key. `tag`: HMAC-SHA256 in base64url (RFC 2104). */
export type Mac = { by: string; tag: string };

type Signed = { contact: string; seq: number; hash: string };

/** The entry, signed with the active key. */
export const signEntry = <Entry extends Signed>(keys: LedgerKeys, entry: Entry): Entry & { mac: Mac } =>
  Object.assign(entry, { mac: macOf(keys, ['entry', entry.contact, entry.seq, entry.hash]) });

export type MacState = 'fits' | 'missing' | 'unknown key' | 'wrong';

export const macStateOf = (keys: LedgerKeys, { contact, seq, hash, mac }: Signed & { mac?: Mac }): MacState =>
  stateOf(keys, ['entry', contact, seq, hash], mac);

type Parts = readonly [kind: string, ...what: (string | number | null)[]];

export const macOf = (keys: LedgerKeys, parts: Parts): Mac => ({
  by: keys.active,
  tag: tagOf(keys, keys.active, parts),
});

export function stateOf(keys: LedgerKeys, parts: Parts, mac: Mac | undefined): MacState {
  if (mac === undefined || mac === null) return 'missing';
  if (!keys.keys.has(mac.by)) return 'unknown key';
  return isEqual(tagOf(keys, mac.by, parts), String(mac.tag)) ? 'fits' : 'wrong';
}

/** The parts are serialised as a JSON list, so that no two lists give the same text. */
export function tagOf({ installation, keys }: Omit<LedgerKeys, 'active'>, by: string, parts: Parts): string {
  const key = keys.get(by);
  if (key === undefined) throw new Error(`there is no ledger key ${by}`);
  return createHmac('sha256', key)
    .update(JSON.stringify([installation, by, ...parts]))
    .digest('base64url');
}

export function isEqual(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)];
  return a.length === b.length && timingSafeEqual(a, b);
}
