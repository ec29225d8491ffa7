import type { AlarmKind } from '../domain/words/word-files.ts';
import type { Lookup } from '../sending/carrier/lookup.ts';
import type { Clock } from '../sending/gate.ts';
import type { Settler } from '../sending/settle.ts';
import type { LedgerKeys } from '../store/sealing/entry-mac.ts';
import type { KeyRing } from '../store/sealing/keys.ts';
import type { Store } from '../store/store.ts';
import type { CatalogShelf } from './catalog.ts';
import type { Writer } from './writer.ts';

/**
 * What every use-case works with: those of consent, whose folder it stands in, and those of campaigns, contacts, receipts,
 * jobs and the API. Made once for each process.
 */
export type Desk = Clock & {
  /** The blind index of a number. */
  indexOf: (number: string) => string;
  store: Store;
  ring: KeyRing;
  ledgerKeys: LedgerKeys;
  catalog: CatalogShelf;
  writer: Writer;
  settler: Settler;
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
