import type { Desk } from '../consent/desk.ts';
import type { FieldFault } from '../domain/audience/save-profile.ts';
import {
  type MayTell,
  noRefusals,
  type Refusals,
  type RefuseForHeld,
  refuse,
  refuseForHeld,
} from './line-report.ts';
import type { SaveRequest } from './profile-round.ts';
import { type Refused, type Saved, type SaveResult, saveProfiles } from './save-profile.ts';

/** One line of a long list, and how much room it takes. */
export type Row = { line: number; bytes: number } & ({ request: SaveRequest } | { faults: FieldFault[] });

/** What became of a long list. */
export type Report = Refusals & { lines: number; created: number; updated: number; unchanged: number };

/** A batch is written when it has so many lines, or so many bytes of them. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

type Saving = { desk: Desk; report: Report; refuseHeld: RefuseForHeld };

/**
 * Saves people batch by batch, and takes no further line while one is written. Each line is saved or refused by
 * itself, in its order. What was saved before something failed stays; the same list again changes nothing.
 */
export async function saveMany(desk: Desk, rows: AsyncIterable<Row>, mayTell: MayTell): Promise<Report> {
  const report: Report = { lines: 0, created: 0, updated: 0, unchanged: 0, ...noRefusals() };
  const saving = { desk, report, refuseHeld: refuseForHeld(report, mayTell) };
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
async function writeBatch({ desk, report, refuseHeld }: Saving, batch: readonly Row[]): Promise<void> {
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
    else if (result.contact === undefined) refuse(report, row.line, faultsOf(result));
    else await refuseHeld(row.line, faultsOf(result), result.contact);
  }
}

const faultsOf = (refused: Refused): readonly FieldFault[] =>
  refused.kind === 'erased' ? [ERASED] : refused.faults;

const ERASED: FieldFault = { field: 'phone', message: 'The person was erased.' };

function count(report: Report, result: Saved): void {
  if (result.created) report.created += 1;
  else if (result.changed.length > 0) report.updated += 1;
  else report.unchanged += 1;
}
