import {
  type Cleaning,
  type Countries,
  type Normalised,
  type NumberFormatRefusal,
  normaliseNumber,
} from '../domain/normalise-number.ts';
import { yieldingEach } from '../store/batching.ts';

/** One number of a list, as given. `unreadable`: a line without a number. */
type RawNumber = { line: number } & ({ number: string; country: string | null } | { unreadable: string });

export type NormalisedLine = { line: number } & (
  | (Extract<Normalised, { kind: 'number' }> & {
      /** The first line with the same number. */
      sameAs: number | null;
    })
  | Extract<Normalised, { kind: 'refused' }>
  | { kind: 'unreadable'; message: string }
);

export type NormaliseReport = {
  lines: number;
  /** Numbers that were given as E.164. */
  kept: number;
  /** Numbers from which something was removed, or in which something was changed. */
  cleaned: number;
  byCleaning: Partial<Record<Cleaning, number>>;
  /** Numbers read by an allowed country that was not stated, by that country. */
  guessed: Record<string, number>;
  refused: number;
  byRefusal: Partial<Record<NumberFormatRefusal, number>>;
  unreadable: number;
  duplicates: number;
};

const emptyReport = (): NormaliseReport => ({
  lines: 0,
  kept: 0,
  cleaned: 0,
  byCleaning: {},
  guessed: {},
  refused: 0,
  byRefusal: {},
  unreadable: 0,
  duplicates: 0,
});

/**
 * Normalises numbers one after the other and counts them in a report. Keeps only the digits and the line of earlier
 * numbers, some 50 bytes each, and nothing once it is done.
 */
export function createNormaliser(allowed: Countries['allowed']): {
  next: (raw: RawNumber) => NormalisedLine;
  report: NormaliseReport;
} {
  const report = emptyReport();
  const firstLines = new Map<number, number>();
  const next = (raw: RawNumber): NormalisedLine => {
    const { line } = raw;
    report.lines += 1;
    if ('unreadable' in raw) {
      report.unreadable += 1;
      return { line, kind: 'unreadable', message: raw.unreadable };
    }
    const read = normaliseNumber(raw.number, { stated: raw.country, allowed });
    count(report, read, raw.number);
    if (read.kind === 'refused') return { line, ...read };
    // An E.164 number has at most 15 digits: a double holds it whole.
    const digits = Number(read.e164.slice(1));
    const sameAs = firstLines.get(digits) ?? null;
    if (sameAs === null) firstLines.set(digits, line);
    else report.duplicates += 1;
    return { line, ...read, sameAs };
  };
  return { next, report };
}

function count(report: NormaliseReport, read: Normalised, written: string): void {
  if (read.kind === 'refused') {
    report.refused += 1;
    report.byRefusal[read.why] = (report.byRefusal[read.why] ?? 0) + 1;
    return;
  }
  if (read.e164 === written) report.kept += 1;
  if (read.cleaned.length > 0) report.cleaned += 1;
  for (const cleaning of read.cleaned) report.byCleaning[cleaning] = (report.byCleaning[cleaning] ?? 0) + 1;
  if (read.from !== 'guess') return;
  const country = read.country ?? 'none';
  report.guessed[country] = (report.guessed[country] ?? 0) + 1;
}

/** Normalises a list, and yields to the event loop meanwhile. Nothing is stored or logged. */
export async function normaliseNumbers(
  numbers: readonly { number: string; country: string | null }[],
  allowed: Countries['allowed'],
): Promise<{ lines: NormalisedLine[]; report: NormaliseReport }> {
  const normaliser = createNormaliser(allowed);
  const lines: NormalisedLine[] = [];
  for await (const raw of yieldingEach(numbers)) {
    lines.push(normaliser.next({ line: lines.length + 1, ...raw }));
  }
  return { lines, report: normaliser.report };
}
