import { createHash } from 'node:crypto';
import type { AuditAct, AuditDetails, AuditSubject } from '../../domain/audit/acts.ts';
import { canonical } from '../../domain/canonical-json.ts';
import { type Database, defineCollection } from '../collection.ts';
import {
  type LedgerKeys,
  type Mac,
  type MacState,
  macOf,
  stateOf,
  type WrappedKey,
} from '../sealing/keys.ts';

/** One act of somebody, as the trail keeps it. Insert only. */
export type AuditEntryDoc = {
  /** Chain and place, the place with leading zeros, so that entries of one moment sort as they were written. */
  _id: string;
  /** Day in UTC, process, and number of the chain in that process: "2026-12-01:9f3c….1". */
  chain: string;
  /** Place in the chain, from 1. */
  seq: number;
  at: Date;
  /** Who acted: "key:ab12", "staff:rosa". */
  actor: string;
  act: AuditAct;
  subject: AuditSubject | null;
  /** The handle of the person that it is about, so that it is found by what staff read out; null: about no person. */
  handle: string | null;
  program: string | null;
  /** Why, sealed under the key ring, because people write anything there. */
  reason: WrappedKey | null;
  details: AuditDetails;
  /** Hash of the entry before; zeros for the first of a chain. */
  prev: string;
  /** SHA-256 over all of the above but `_id`, as canonical JSON, hex. */
  hash: string;
  mac: Mac;
};

export const auditEntries = defineCollection<AuditEntryDoc>()('auditEntries', {
  'in-chain': { key: { chain: 1, seq: 1 }, unique: true },
  newest: { key: { at: -1, _id: -1 } },
  'of-actor': { key: { actor: 1, at: -1, _id: -1 } },
  'of-handle': { key: { handle: 1, at: -1, _id: -1 } },
  'of-subject': { key: { 'subject.kind': 1, 'subject.id': 1, at: -1, _id: -1 } },
  'of-act': { key: { act: 1, at: -1, _id: -1 } },
});

type Unsigned = Omit<AuditEntryDoc, '_id' | 'hash' | 'mac'>;

/** Signs and names an entry that has its place in a chain. */
export function signAuditEntry(keys: LedgerKeys, entry: Unsigned): AuditEntryDoc {
  const hash = auditHashOf(entry);
  const _id = `${entry.chain}#${String(entry.seq).padStart(8, '0')}`;
  return { _id, ...entry, hash, mac: macOf(keys, ['audit', entry.chain, entry.seq, hash]) };
}

/** The hash of an entry, whatever else the row holds. */
export function auditHashOf(entry: Unsigned): string {
  const { chain, seq, at, actor, act, subject, handle, program, reason, details, prev } = entry;
  const hashed = { chain, seq, at, actor, act, subject, handle, program, reason, details, prev };
  return createHash('sha256').update(canonical(hashed)).digest('hex');
}

export const auditMacStateOf = (keys: LedgerKeys, { chain, seq, hash, mac }: AuditEntryDoc): MacState =>
  stateOf(keys, ['audit', chain, seq, hash], mac);

/** Which entries a list holds. Null: any. `until` is not part of the time. */
export type AuditFilter = {
  actor: string | null;
  acts: readonly AuditAct[] | null;
  subject: AuditSubject | null;
  handle: string | null;
  from: Date | null;
  until: Date | null;
};

export type AuditPosition = { at: Date; id: string };

function matching(filter: AuditFilter, after: AuditPosition | null): object {
  const { actor, acts, subject, handle, from, until } = filter;
  const times = { ...(from === null ? {} : { $gte: from }), ...(until === null ? {} : { $lt: until }) };
  const older = after && { $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.id } }] };
  return {
    ...(actor === null ? {} : { actor }),
    ...(acts === null ? {} : { act: { $in: [...acts] } }),
    ...(handle === null ? {} : { handle }),
    ...(subject === null ? {} : { 'subject.kind': subject.kind, 'subject.id': subject.id }),
    ...(Object.keys(times).length === 0 ? {} : { at: times }),
    ...older,
  };
}

/** Entries, the newest first. */
export const pageAuditEntries = (
  database: Database,
  filter: AuditFilter,
  { after, limit }: { after: AuditPosition | null; limit: number },
): Promise<AuditEntryDoc[]> =>
  auditEntries(database).find(matching(filter, after)).sort({ at: -1, _id: -1 }).limit(limit).toArray();

/** How many entries match, counted up to `most`. */
export const countAuditEntries = (database: Database, filter: AuditFilter, most: number): Promise<number> =>
  auditEntries(database).countDocuments(matching(filter, null), { limit: most });

/** Everybody who acted, as entries store them. */
export const actorsOnRecord = (database: Database): Promise<string[]> =>
  auditEntries(database).distinct('actor');

/** Every chain of a day sorts between these. */
const chainsOf = (day: string) => ({ $gte: `${day}:`, $lt: `${day};` });

/** How many entries one day has, counted up to `most`. */
export const countAuditDay = (database: Database, day: string, most: number): Promise<number> =>
  auditEntries(database).countDocuments({ chain: chainsOf(day) }, { limit: most });

const CHAIN_PAGE = 1000;

/** The entries of all chains of one day, chain by chain, each in its order, page by page. */
export async function* auditDay(database: Database, day: string): AsyncGenerator<AuditEntryDoc[]> {
  const chains = await auditEntries(database).distinct('chain', { chain: chainsOf(day) });
  for (const chain of chains) {
    let after = 0;
    for (;;) {
      const rows = await auditEntries(database)
        .find({ chain, seq: { $gt: after } })
        .sort({ seq: 1 })
        .limit(CHAIN_PAGE)
        .toArray();
      const last = rows.at(-1);
      if (last === undefined) break;
      yield rows;
      after = last.seq;
    }
  }
}

/** How the chains of one day ended, noted after the day. */
export type AuditDayDoc = {
  /** The day, UTC. */
  _id: string;
  closedAt: Date;
  heads: { chain: string; seq: number; hash: string }[];
  entries: number;
  /** How many chains had a fault when the day was closed. */
  faults: number;
  mac: Mac;
};

export const auditDays = defineCollection<AuditDayDoc>()('auditDays', {});

const partsOfDay = ({ _id, closedAt, heads, entries, faults }: Omit<AuditDayDoc, 'mac'>) =>
  ['audit day', _id, closedAt.getTime(), canonical({ heads, entries, faults })] as const;

/** Notes how the chains of a day ended. A second closing of the same day changes nothing. */
export async function insertAuditDay(
  database: Database,
  keys: LedgerKeys,
  day: Omit<AuditDayDoc, 'mac'>,
): Promise<void> {
  const { _id, ...fields } = day;
  const mac = macOf(keys, partsOfDay(day));
  await auditDays(database).updateOne({ _id }, { $setOnInsert: { ...fields, mac } }, { upsert: true });
}

export const findAuditDay = (database: Database, day: string): Promise<AuditDayDoc | null> =>
  auditDays(database).findOne({ _id: day });

export const auditDayState = (keys: LedgerKeys, day: AuditDayDoc): MacState =>
  stateOf(keys, partsOfDay(day), day.mac);

/** The first day with entries that begins after another day; null: none. */
export async function nextAuditDay(database: Database, after: string | null): Promise<string | null> {
  // Every chain of a day sorts before "<day>;".
  const first = await auditEntries(database)
    .find(after === null ? {} : { chain: { $gt: `${after};` } }, { projection: { chain: 1 } })
    .sort({ chain: 1, seq: 1 })
    .limit(1)
    .next();
  return first === null ? null : first.chain.slice(0, first.chain.indexOf(':'));
}

/** The last day that was closed; null: none. */
export async function lastClosedDay(database: Database): Promise<string | null> {
  return (await auditDays(database).find({}).sort({ _id: -1 }).limit(1).next())?._id ?? null;
}
