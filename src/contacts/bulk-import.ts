import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import { type FieldFault, faultsOfAnybody } from '../domain/contacts/profile-changes.ts';
import { perPersonInParallel } from '../store/batching.ts';
import { type IncomingEvent, recordContactEvent, type TakenEvent } from './events.ts';
import { numbersIn, rowsWithinTries, type Tries, TriesSpent } from './number-tries.ts';
import { readKnown, type Saved, type SaveRequest, type SaveResult, saveProfiles } from './profiles.ts';

export type LineFault = FieldFault & { line: number };

/**
 * The refused lines of a long list, as the answer reports them. A line that is wrong in itself is named. A line
 * that is refused because of what is stored about a person, or because the number is unknown, is only counted:
 * naming the line would tell whose number is known.
 */
type Refusals = {
  refused: number;
  errors: LineFault[];
  errors_left_out: number;
  refused_unnamed: number;
};

const MOST_ERRORS = 100;

const noRefusals = (): Refusals => ({
  refused: 0,
  errors: [],
  errors_left_out: 0,
  refused_unnamed: 0,
});

/** Counts every refused line, and keeps the first faults to show. */
function refuse(report: Refusals, line: number, faults: readonly FieldFault[]): void {
  const room = Math.max(0, MOST_ERRORS - report.errors.length);
  report.refused += 1;
  report.errors.push(...faults.slice(0, room).map((fault) => ({ line, ...fault })));
  report.errors_left_out += Math.max(0, faults.length - room);
}

/** Who sends a list. `tries`: null when unknown numbers are not counted. */
type BulkCaller = { actor: Actor; tries: Tries | null };

/** One line of a long list, and its size. */
export type ImportRow = { line: number; bytes: number } & (
  | { request: SaveRequest }
  | { faults: FieldFault[] }
);

/** The result of a long list. */
type Report = Refusals & { lines: number; created: number; updated: number; unchanged: number };

/** A batch is written when it has this many lines, or this many bytes of lines. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Saves people batch by batch, and reads no further line while a batch is written. Each line is saved or refused by
 * itself, in order. What was saved before a failure stays saved; the same list again changes nothing. Throws
 * `TriesSpent` at the first line that may not be processed.
 */
export async function saveMany(
  context: AppContext,
  rows: AsyncIterable<ImportRow>,
  { actor, tries }: BulkCaller,
): Promise<Report> {
  const report: Report = { lines: 0, created: 0, updated: 0, unchanged: 0, ...noRefusals() };
  let batch: ImportRow[] = [];
  let bytes = 0;
  let done = 0;
  const write = async (): Promise<void> => {
    const most = tries === null ? batch.length : await withinTries(context, batch, tries);
    await writeBatch(context, report, batch.slice(0, most));
    done = batch[most - 1]?.line ?? done;
    if (most < batch.length) throw new TriesSpent(done);
    [batch, bytes] = [[], 0];
  };
  try {
    for await (const row of rows) {
      report.lines += 1;
      batch.push(row);
      bytes += row.bytes;
      if (batch.length >= BATCH_LINES || bytes >= BATCH_BYTES) await write();
    }
    if (batch.length > 0) await write();
  } finally {
    await recordReport(context, { actor, act: 'profiles-imported' }, report);
  }
  return report;
}

/** One entry for the whole list, also where the list broke off: its counts, and nobody by name. */
async function recordReport(
  context: Pick<AppContext, 'audit' | 'log'>,
  done: { actor: Actor; act: 'profiles-imported' | 'events-recorded' },
  report: Report | EventsReport,
): Promise<void> {
  const { errors, errors_left_out, ...totals } = report;
  await recordAudit(context, { ...done, subject: null, details: totals });
}

/**
 * How many lines of the batch the caller's tries allow. Skips lines that are wrong in themselves: they name no
 * number and nothing is done with them.
 */
async function withinTries(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  batch: readonly ImportRow[],
  tries: Tries,
): Promise<number> {
  const { known } = await readKnown(context.store);
  const numbersOf = (row: ImportRow): string[] => {
    const isWrong = 'faults' in row || faultsOfAnybody(row.request.changes, known, context.now()).length > 0;
    return isWrong ? [] : numbersIn(row.request, known.fields);
  };
  return rowsWithinTries(context, batch, numbersOf, tries);
}

/** Faulty lines stay in the batch until their turn, so that faults are reported in the order of lines. */
async function writeBatch(context: AppContext, report: Report, batch: readonly ImportRow[]): Promise<void> {
  const requests = batch.flatMap((row): SaveRequest[] => ('request' in row ? [row.request] : []));
  const results = requests.length === 0 ? [] : await saveProfiles(context, requests);
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

/** One line of a long list of events. */
export type EventRow = { line: number } & ({ happening: IncomingEvent } | { faults: FieldFault[] });

/** The result of a long list of events. `repeated`: events that were recorded before. */
type EventsReport = Refusals & { lines: number; recorded: number; repeated: number };

const EVENT_BATCH_LINES = 500;

/** Refusals that depend on the person or the coupon code that a line names. */
const FAULTS = {
  'no-contact': { field: 'phone', message: 'There is no such contact. POST /contacts creates one.' },
  'no-coupon': {
    field: 'coupon',
    message: 'Nobody was given this code. The event can be recorded without it.',
  },
  'other-event': { field: 'id', message: 'This id belongs to a different event.' },
} as const satisfies Record<string, FieldFault>;

/**
 * Records events batch by batch, those of one person in order, and reads no further line while a batch is recorded.
 * Each event is recorded or refused by itself. What was recorded before a failure stays; when every event has an
 * id, the same list again changes nothing. Rejects when the database could not record an event in time. Throws
 * `TriesSpent` at the first line that may not be processed.
 */
export async function recordEvents(
  context: AppContext,
  rows: AsyncIterable<EventRow>,
  { actor, tries }: BulkCaller,
): Promise<EventsReport> {
  const report: EventsReport = { lines: 0, recorded: 0, repeated: 0, ...noRefusals() };
  let batch: EventRow[] = [];
  let done = 0;
  const write = async (): Promise<void> => {
    const most = tries === null ? batch.length : await rowsWithinTries(context, batch, numbersOf, tries);
    const taken = await takeBatch(context, batch.slice(0, most));
    if (tries !== null && !(await mayTell(taken, tries))) throw new TriesSpent(done);
    for (const row of batch.slice(0, most)) {
      if ('faults' in row) refuse(report, row.line, row.faults);
      else note(report, row, taken.get(row) as TakenEvent);
    }
    done = batch[most - 1]?.line ?? done;
    if (most < batch.length) throw new TriesSpent(done);
    batch = [];
  };
  try {
    for await (const row of rows) {
      report.lines += 1;
      batch.push(row);
      if (batch.length >= EVENT_BATCH_LINES) await write();
    }
    if (batch.length > 0) await write();
  } finally {
    await recordReport(context, { actor, act: 'events-recorded' }, report);
  }
  return report;
}

const numbersOf = (row: EventRow): string[] =>
  'happening' in row && 'number' in row.happening.who ? [row.happening.who.number] : [];

/**
 * Whether the result of a batch may be shown. That an event id belongs to another number costs a try, as an unknown
 * number does: otherwise a caller could try numbers until one fits the event id.
 */
async function mayTell(taken: ReadonlyMap<EventRow, TakenEvent>, tries: Tries): Promise<boolean> {
  const others = [...taken].filter(([row, result]) => numbersOf(row).length > 0 && isOfOther(result));
  return others.length === 0 || (await tries(others.length)) >= others.length;
}

/** An unknown number (`contact` null) was counted before. */
const isOfOther = (taken: TakenEvent): boolean =>
  taken.kind === 'other-event' && taken.ofOther && taken.contact !== null;

type Usable = Extract<EventRow, { happening: IncomingEvent }>;

async function takeBatch(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  batch: readonly EventRow[],
): Promise<Map<EventRow, TakenEvent>> {
  const taken = new Map<EventRow, TakenEvent>();
  const usable = batch.filter((row): row is Usable => 'happening' in row);
  await perPersonInParallel(usable, personOf, async (row) => {
    taken.set(row, await recordContactEvent(context, row.happening));
  });
  return taken;
}

const personOf = ({ happening: { who } }: Usable): string => ('contact' in who ? who.contact : who.number);

function note(report: EventsReport, row: Usable, taken: TakenEvent): void {
  const byNumber = 'number' in row.happening.who;
  if (taken.kind === 'recorded') report.recorded += 1;
  else if (taken.kind === 'again') report.repeated += 1;
  else if (byNumber && isRefusedAsHeld(taken)) report.refused_unnamed += 1;
  else refuse(report, row.line, [byNumber ? FAULTS[taken.kind] : ofContact(taken.kind)]);
}

const isRefusedAsHeld = (taken: TakenEvent): boolean =>
  taken.kind === 'no-contact' || (taken.kind === 'other-event' && taken.ofOther);

const ofContact = (kind: keyof typeof FAULTS): FieldFault =>
  kind === 'no-contact' ? { ...FAULTS[kind], field: 'contact' } : FAULTS[kind];
