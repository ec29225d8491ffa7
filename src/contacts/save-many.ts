import type { Desk } from '../consent/desk.ts';
import type { FieldFault } from '../domain/audience/save-profile.ts';
import type { SaveRequest } from './profile-round.ts';
import { type Refused, type Saved, type SaveResult, saveProfiles } from './save-profile.ts';

/** One line of a long list, and how much room it takes. */
export type Row = { line: number; bytes: number } & ({ request: SaveRequest } | { faults: FieldFault[] });

export type LineFault = FieldFault & { line: number };

/** What became of a long list. Every line is counted; the first faults are shown. */
export type Report = {
  lines: number;
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  errors: LineFault[];
  errors_left_out: number;
  /** Refused for what is held of a person, when the look-ups of whoever asks were spent: which lines, is not told. */
  untold: number;
};

/** A batch is written when it has so many lines, or so many bytes of them. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
const MOST_ERRORS = 100;

/**
 * Asked before a line is refused for what is held of a contact, which tells that they are. False: it may not be told, and
 * such lines are only counted from then on.
 */
export type MayTell = (contact: string) => Promise<boolean>;

type Saving = { desk: Desk; report: Report; mayTell: MayTell; spent: boolean };

/**
 * Saves people batch by batch, and takes no further line while one is written. Each line is saved or refused by
 * itself, in its order. What was saved before something failed stays; the same list again changes nothing.
 */
export async function saveMany(desk: Desk, rows: AsyncIterable<Row>, mayTell: MayTell): Promise<Report> {
  const report: Report = {
    lines: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    refused: 0,
    errors: [],
    errors_left_out: 0,
    untold: 0,
  };
  const saving: Saving = { desk, report, mayTell, spent: false };
  let batch: Row[] = [];
  let bytes = 0;
  const write = async (): Promise<void> => {
    await writeBatch(saving, batch);
    [batch, bytes] = [[], 0];
  };
  for await (const row of rows) {
    report.lines += 1;
    batch.push(row);
    bytes += row.bytes;
    if (batch.length >= BATCH_LINES || bytes >= BATCH_BYTES) await write();
  }
  await write();
  return report;
}

/** Lines that cannot be used wait in the batch for their turn, so that faults are told in the order of lines. */
async function writeBatch(saving: Saving, batch: readonly Row[]): Promise<void> {
  const { desk, report } = saving;
  const requests = batch.flatMap((row): SaveRequest[] => ('request' in row ? [row.request] : []));
  const results = requests.length === 0 ? [] : await saveProfiles(desk, requests);
  const next = results.values();
  for (const row of batch) {
    if ('faults' in row) {
      refuse(report, row.line, row.faults);
      continue;
    }
    const result = next.next().value as SaveResult;
    if (result.kind === 'saved') count(report, result);
    else if (await maySay(saving, result)) refuse(report, row.line, faultsOf(result));
    else {
      report.refused += 1;
      report.untold += 1;
    }
  }
}

async function maySay(saving: Saving, { contact }: Refused): Promise<boolean> {
  if (contact === undefined) return true;
  saving.spent ||= !(await saving.mayTell(contact));
  return !saving.spent;
}

const faultsOf = (refused: Refused): readonly FieldFault[] =>
  refused.kind === 'erased' ? [ERASED] : refused.faults;

const ERASED: FieldFault = { field: 'phone', message: 'The person was erased.' };

function count(report: Report, result: Saved): void {
  if (result.created) report.created += 1;
  else if (result.changed.length > 0) report.updated += 1;
  else report.unchanged += 1;
}

function refuse(report: Report, line: number, faults: readonly FieldFault[]): void {
  const room = Math.max(0, MOST_ERRORS - report.errors.length);
  report.refused += 1;
  report.errors.push(...faults.slice(0, room).map((fault) => ({ line, ...fault })));
  report.errors_left_out += Math.max(0, faults.length - room);
}
