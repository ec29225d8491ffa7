import type { Doctor } from '../domain/examination.ts';
import type { AlarmKind } from '../domain/words/word-files.ts';
import type { GateClock } from '../sending/gate.ts';
import type { OutcomeRecorder } from '../sending/outcome-recorder.ts';
import type { CarrierAccount } from '../sending/twilio/carrier-account.ts';
import type { Lookup } from '../sending/twilio/lookup.ts';
import type { AuditChains } from '../store/audit/audit-chains.ts';
import type { KeyRing, LedgerKeys } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import type { Writer } from './consent-writer.ts';
import type { CatalogCache } from './programs/catalog.ts';

/**
 * What the use cases of consent, campaigns, contacts, receipts, jobs and the API work with. Created once per process.
 */
export type AppContext = GateClock & {
  /** The blind index of a number. */
  indexOf: (number: string) => string;
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  catalog: CatalogCache;
  writer: Writer;
  outcomeRecorder: OutcomeRecorder;
  /** Null: numbers are judged by the numbering plan alone. */
  lookup: Lookup | null;
  /** Reads and changes what is set at the carrier. Null: the configuration has no account. */
  carrierAccount: CarrierAccount | null;
  /** Examines the set-up. Only web processes have one. */
  doctor?: Doctor;
  /** Base of short links, without a trailing slash. */
  publicUrl: string;
  /** The audit trail of this process. */
  audit: AuditChains;
  /** The most people whom the preview of a campaign places one by one. Absent: `MOST_PLACED`; tests set fewer. */
  mostPlaced?: number;
  log: Log;
  /** Called for every text with alarm words, for the metrics of this process. */
  onAlarm?: (kind: AlarmKind) => void;
  /** Called for every text that was recorded, whatever its source, for every repeat, and for every uncertain form. */
  onText?: (outcome: 'recorded' | 'repeated' | 'uncertain' | 'unreadable') => void;
  /** Called once each time a sender is stopped, with the error code. */
  onStop?: (code: string) => void;
};

/** Log lines never contain a number or the words of a text. */
export type Log = {
  info: (fields: Record<string, unknown>, line: string) => void;
  warn: (fields: Record<string, unknown>, line: string) => void;
  error: (fields: Record<string, unknown>, line: string) => void;
};

/** The log of one request: every line carries the request id that its response carries. */
export function withRequestId(log: Log, id: unknown): Log {
  return {
    info: (fields, line) => log.info({ id, ...fields }, line),
    warn: (fields, line) => log.warn({ id, ...fields }, line),
    error: (fields, line) => log.error({ id, ...fields }, line),
  };
}
