import { createHash, randomBytes } from 'node:crypto';
import type { EventDraft } from '../domain/consent/outcome.ts';
import type { Channel } from '../domain/consent/person.ts';
import { type ConsentEventDoc, PERSONAL_FIELDS, type PersonalField } from '../store/consent-events.ts';
import { seal, unseal } from '../store/sealing.ts';

/** Hash that stands before the first entry of every chain. */
export const GENESIS = '0'.repeat(64);

const SALT_BYTES = 16;

/** Facts about an act that every entry of it shares. */
export type Circumstances = {
  channel: Channel;
  sender: string | null;
  actor: string;
  rules: string;
  actedAt: Date;
  recordedAt: Date;
  personal: Partial<Record<Exclude<PersonalField, 'shown'>, string>>;
};

export type Chain = { contact: string; seq: number; hash: string; key: Buffer };

/** Entries in the order of their drafts, each bound to the one before; and the new head. */
export function appendTo(
  chain: Chain,
  drafts: readonly EventDraft[],
  about: Circumstances,
): { events: ConsentEventDoc[]; head: { seq: number; hash: string } } {
  let { seq, hash } = chain;
  const events = drafts.map((one) => {
    seq += 1;
    const event = entry(chain, seq, hash, one, about);
    hash = event.hash;
    return event;
  });
  return { events, head: { seq, hash } };
}

function entry(
  chain: Chain,
  seq: number,
  prev: string,
  { shown, ...draft }: EventDraft,
  { personal, ...about }: Circumstances,
): ConsentEventDoc {
  const salted: Record<string, [string, string]> = {};
  const commitments: ConsentEventDoc['commitments'] = {};
  const fields: Partial<Record<PersonalField, string>> = shown === null ? personal : { ...personal, shown };
  // One draw for all salts of an entry: each draw costs more than the hash it feeds.
  const salts = randomBytes(SALT_BYTES * PERSONAL_FIELDS.length).toString('hex');
  for (const [at, field] of PERSONAL_FIELDS.entries()) {
    const value = fields[field];
    if (value === undefined) continue;
    const salt = salts.slice(at * 2 * SALT_BYTES, (at + 1) * 2 * SALT_BYTES);
    salted[field] = [salt, value];
    commitments[field] = commitmentTo(salt, value);
  }
  const open = { contact: chain.contact, seq, ...draft, ...about, commitments, prev };
  const box = seal(chain.key, placeOf(chain.contact, seq), JSON.stringify(salted));
  return { ...open, sealed: box, hash: hashOf(open) };
}

/** SHA-256 over the salt's hex text and the field, hex. */
export function commitmentTo(salt: string, value: string): string {
  return createHash('sha256').update(salt).update(value).digest('hex');
}

/** SHA-256 over the entry without `sealed` and `hash`, as JSON with sorted keys, hex. */
export function hashOf(event: Omit<ConsentEventDoc, 'sealed' | 'hash'>): string {
  return createHash('sha256').update(canonical(event)).digest('hex');
}

/** JSON with keys sorted at every depth and dates in ISO 8601. */
export function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

const placeOf = (contact: string, seq: number): string => `consentEvents:${contact}:${seq}`;

/** The personal fields of an entry with their salts; null once erased. Throws `SealBroken`. */
export function openEntry(
  event: ConsentEventDoc,
  key: Buffer,
): Partial<Record<PersonalField, [salt: string, value: string]>> | null {
  if (event.sealed === null) return null;
  return JSON.parse(unseal(key, placeOf(event.contact, event.seq), event.sealed).toString('utf8'));
}
