import { hash as digest } from 'node:crypto';
import { canonical } from '../../domain/canonical-json.ts';
import type { ActChannel } from '../../domain/consent/channels.ts';
import type { LedgerDraft } from '../../domain/consent/decision.ts';
import {
  PERSONAL_FIELDS,
  type PersonalField,
  type UnsignedEvent,
} from '../../store/consent/consent-events.ts';
import { randomSlice, seal, unseal } from '../../store/sealing/sealing.ts';

/** The previous hash of the first entry in every chain. */
export const GENESIS = '0'.repeat(64);

const SALT_BYTES = 16;
const SORTED_FIELDS = PERSONAL_FIELDS.toSorted();

/** Facts about an act that every entry of it shares. */
export type LedgerProvenance = {
  channel: ActChannel;
  sender: string | null;
  actor: string;
  rules: string;
  actedAt: Date;
  recordedAt: Date;
  personal: Partial<Record<Exclude<PersonalField, 'shown'>, string>>;
};

type Chain = { contact: string; seq: number; hash: string; key: Buffer };

/** Appends entries in the order of their drafts, each bound to the one before. Returns them with the new head. */
export function appendTo(
  chain: Chain,
  drafts: readonly LedgerDraft[],
  about: LedgerProvenance,
): { events: UnsignedEvent[]; head: { seq: number; hash: string } } {
  let { seq, hash } = chain;
  const events = drafts.map((draft) => {
    seq += 1;
    const event = entry(chain, seq, hash, draft, about);
    hash = event.hash;
    return event;
  });
  return { events, head: { seq, hash } };
}

function entry(
  chain: Chain,
  seq: number,
  prev: string,
  draft: LedgerDraft,
  about: LedgerProvenance,
): UnsignedEvent {
  const { salted, commitments } = commit(draft.shown, about.personal);
  const { disclosure } = draft;
  // Keys are sorted at every depth, so that plain JSON.stringify yields the canonical JSON.
  const open: Omit<UnsignedEvent, 'sealed' | 'hash'> = {
    actedAt: about.actedAt,
    actor: about.actor,
    answers: draft.answers,
    channel: about.channel,
    commitments,
    contact: chain.contact,
    disclosure:
      disclosure === null ? null : { touchpoint: disclosure.touchpoint, version: disclosure.version },
    kind: draft.kind,
    prev,
    program: draft.program,
    reason: draft.reason,
    recordedAt: about.recordedAt,
    rules: about.rules,
    scope: draft.scope,
    sender: about.sender,
    seq,
    topics: draft.topics,
  };
  const box = seal(chain.key, placeOf(chain.contact, seq), JSON.stringify(salted));
  const hash = digest('sha256', JSON.stringify(open), 'hex');
  return Object.assign(open, { sealed: box, hash });
}

type Salted = Partial<Record<PersonalField, [salt: string, value: string]>>;

function commit(
  shown: string | null,
  personal: LedgerProvenance['personal'],
): { salted: Salted; commitments: UnsignedEvent['commitments'] } {
  const salted: Salted = {};
  const commitments: UnsignedEvent['commitments'] = {};
  for (const field of SORTED_FIELDS) {
    const value = field === 'shown' ? (shown ?? undefined) : personal[field];
    if (value === undefined) continue;
    const salt = randomSlice(SALT_BYTES).toString('hex');
    salted[field] = [salt, value];
    commitments[field] = commitmentTo(salt, value);
  }
  return { salted, commitments };
}

/** SHA-256 over the salt's hex text and the field, hex. */
export function commitmentTo(salt: string, value: string): string {
  return digest('sha256', salt + value, 'hex');
}

/** SHA-256 over the entry without `sealed`, `hash` and `mac`, as JSON with sorted keys, hex. */
export function hashOf(event: Omit<UnsignedEvent, 'sealed' | 'hash'>): string {
  return digest('sha256', canonical(event), 'hex');
}

const placeOf = (contact: string, seq: number): string => `consentEvents:${contact}:${seq}`;

/** The personal fields of an entry with their salts; null when they were erased. Throws `SealBroken`. */
export function openEntry(event: UnsignedEvent, key: Buffer): Salted | null {
  if (event.sealed === null) return null;
  return JSON.parse(unseal(key, placeOf(event.contact, event.seq), event.sealed).toString('utf8'));
}
