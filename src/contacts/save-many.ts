import type { Desk } from '../consent/desk.ts';
import { type FieldFault, faultsOfAnybody } from '../domain/audience/save-profile.ts';
import { noRefusals, type Refusals, refuse } from './line-report.ts';
import { numbersIn, rowsWithinTries, type Tries, TriesSpent } from './number-tries.ts';
import { readKnown, type SaveRequest } from './profile-round.ts';
import { type Saved, type SaveResult, saveProfiles } from './save-profile.ts';

/** One line of a long list, and how much room it takes. */
export type Row = { line: number; bytes: number } & ({ request: SaveRequest } | { faults: FieldFault[] });

/** What became of a long list. */
export type Report = Refusals & { lines: number; created: number; updated: number; unchanged: number };

/** A batch is written when it has so many lines, or so many bytes of them. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Saves people batch by batch, and takes no further line while one is written. Each line is saved or refused by
 * itself, in its order. What was saved before something failed stays; the same list again changes nothing. `tries`: null
 * where unknown numbers are not counted. Throws `TriesSpent` at the first line that may not be dealt with.
 */
export async function saveMany(desk: Desk, rows: AsyncIterable<Row>, tries: Tries | null): Promise<Report> {
  const report: Report = { lines: 0, created: 0, updated: 0, unchanged: 0, ...noRefusals() };
  let batch: Row[] = [];
  let bytes = 0;
  let done = 0;
  const write = async (): Promise<void> => {
    const most = tries === null ? batch.length : await withinTries(desk, batch, tries);
    await writeBatch(desk, report, batch.slice(0, most));
    done = batch[most - 1]?.line ?? done;
    if (most < batch.length) throw new TriesSpent(done);
    [batch, bytes] = [[], 0];
  };
  for await (const row of rows) {
    report.lines += 1;
    batch.push(row);
    bytes += row.bytes;
    if (batch.length >= BATCH_LINES || bytes >= BATCH_BYTES) await write();
  }
  if (batch.length > 0) await write();
  return report;
}

/** A line that is wrong in itself names no number: nothing is done with it. */
async function withinTries(desk: Desk, batch: readonly Row[], tries: Tries): Promise<number> {
  const { known } = await readKnown(desk.store);
  const numbersOf = (row: Row): string[] => {
    const isWrong = 'faults' in row || faultsOfAnybody(row.request.changes, known, desk.now()).length > 0;
    return isWrong ? [] : numbersIn(row.request, known.fields);
  };
  return rowsWithinTries(desk, batch, numbersOf, tries);
}

/** Lines that cannot be used wait in the batch for their turn, so that faults are told in the order of lines. */
async function writeBatch(desk: Desk, report: Report, batch: readonly Row[]): Promise<void> {
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
    else if (result.kind === 'refused' && result.inItself) refuse(report, row.line, result.faults);
    else report.refused_unnamed += 1;
  }
}

function count(report: Report, result: Saved): void {
  if (result.created) report.created += 1;
  else if (result.changed.length > 0) report.updated += 1;
  else report.unchanged += 1;
}
