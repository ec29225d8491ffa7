import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The keys that sign the ledger, LEDGER_KEY. The active one signs; the others only verify what they signed. They never
 * stand in the database: who may write there alone can then neither make an entry nor change one.
 */
export type LedgerKeys = {
  /** Made at random at the first start on a database: an entry of another installation is none of this one. */
  installation: string;
  active: string;
  keys: ReadonlyMap<string, Buffer>;
};

/** `by`: version of the ledger key. `tag`: HMAC-SHA256 in base64url (RFC 2104). */
export type Mac = { by: string; tag: string };

type Signed = { contact: string; seq: number; hash: string };

/** The entry, signed by the active key. */
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

/** A list in JSON: no two lists of parts read alike, whatever is in them. */
export function tagOf({ installation, keys }: Omit<LedgerKeys, 'active'>, by: string, parts: Parts): string {
  const key = keys.get(by);
  if (key === undefined) throw new Error(`there is no ledger key ${by}`);
  return createHmac('sha256', key)
    .update(JSON.stringify([installation, by, ...parts]))
    .digest('base64url');
}

export function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
