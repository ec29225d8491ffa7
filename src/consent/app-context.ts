import type { AlarmKind } from '../domain/words/word-files.ts';
import type { GateClock } from '../sending/gate.ts';
import type { OutcomeRecorder } from '../sending/outcome-recorder.ts';
import type { Lookup } from '../sending/twilio/lookup.ts';
import type { KeyRing, LedgerKeys } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import type { Writer } from './consent-writer.ts';
import type { CatalogCache } from './programs/catalog.ts';

/**
 * What every use-case works with: those of consent, whose folder it stands in, and those of campaigns, contacts, receipts,
 * jobs and the API. Made once for each process.
 */
export type AppContext = GateClock & {
  /** The blind index of a number. */
  indexOf: (number: string) => string;
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  catalog: CatalogCache;
  writer: Writer;
  settler: OutcomeRecorder;
  /** Null: numbers are judged by the numbering plan alone. */
  lookup: Lookup | null;
  /** Where short links begin, without a slash at its end. */
  publicUrl: string;
  log: Log;
  /** Told of every text that calls a person, for the metrics of the process. */
  onAlarm?: (kind: AlarmKind) => void;
  /** Told of every text that the database took, by whatever door, of one that it had already, and of an uncertain form. */
  onText?: (outcome: 'recorded' | 'repeated' | 'uncertain' | 'unreadable') => void;
  /** Told once of each stop of a sender, by its code. */
  onStop?: (code: string) => void;
};

/** Lines never carry a number or a text. */
export type Log = {
  info: (fields: Record<string, unknown>, line: string) => void;
  warn: (fields: Record<string, unknown>, line: string) => void;
  error: (fields: Record<string, unknown>, line: string) => void;
};

/** `log` for what one request does: its lines bear the id that its answer bears. */
export function withRequestId(log: Log, id: unknown): Log {
  return {
    info: (fields, line) => log.info({ id, ...fields }, line),
    warn: (fields, line) => log.warn({ id, ...fields }, line),
    error: (fields, line) => log.error({ id, ...fields }, line),
  };
}
