import type { Desk } from '../consent/desk.ts';
import type { FieldFault } from '../domain/audience/save-profile.ts';
import { sideBySide } from '../store/side-by-side.ts';
import { noRefusals, type Refusals, refuse } from './line-report.ts';
import { rowsWithinTries, type Tries, TriesSpent } from './number-tries.ts';
import { type Happening, type TakenEvent, takeEvent } from './take-event.ts';

/** One line of a long list of events. */
export type EventRow = { line: number } & ({ happening: Happening } | { faults: FieldFault[] });

/** What became of a long list of events; `repeated`: they stood before. */
export type EventsReport = Refusals & { lines: number; recorded: number; repeated: number };

const BATCH_LINES = 500;

/** What is refused for who or what the line names. */
const FAULTS = {
  'no-contact': { field: 'phone', message: 'There is no such contact. POST /contacts makes one.' },
  'no-coupon': {
    field: 'coupon',
    message: 'Nobody was given this code. Without it the event can be taken.',
  },
  'other-event': { field: 'id', message: 'This id stands for an event that differs.' },
} as const satisfies Record<string, FieldFault>;

/**
 * Takes events batch by batch, those of one person in their order, and no further line while a batch is taken. Each is
 * kept or refused by itself. What was kept before something failed stays; where each has an id, the same list again changes
 * nothing. Rejects where the database could not take one in time. `tries`: null where unknown numbers are not counted. Throws
 * `TriesSpent` at the first line that may not be dealt with.
 */
export async function takeEvents(
  desk: Desk,
  rows: AsyncIterable<EventRow>,
  tries: Tries | null,
): Promise<EventsReport> {
  const report: EventsReport = { lines: 0, recorded: 0, repeated: 0, ...noRefusals() };
  let batch: EventRow[] = [];
  let done = 0;
  const write = async (): Promise<void> => {
    const most = tries === null ? batch.length : await rowsWithinTries(desk, batch, numbersOf, tries);
    const taken = await takeBatch(desk, batch.slice(0, most));
    if (tries !== null && !(await mayTell(taken, tries))) throw new TriesSpent(done);
    for (const row of batch.slice(0, most)) {
      if ('faults' in row) refuse(report, row.line, row.faults);
      else note(report, row, taken.get(row) as TakenEvent);
    }
    done = batch[most - 1]?.line ?? done;
    if (most < batch.length) throw new TriesSpent(done);
    batch = [];
  };
  for await (const row of rows) {
    report.lines += 1;
    batch.push(row);
    if (batch.length >= BATCH_LINES) await write();
  }
  if (batch.length > 0) await write();
  return report;
}

const numbersOf = (row: EventRow): string[] =>
  'happening' in row && 'number' in row.happening.who ? [row.happening.who.number] : [];

/**
 * Whether what became of a batch may be told: that an event is another's, and not this number's, takes a try as an unknown
 * number does, or the number of whoever did it would be found under its id.
 */
async function mayTell(taken: ReadonlyMap<EventRow, TakenEvent>, tries: Tries): Promise<boolean> {
  const others = [...taken].filter(([row, result]) => numbersOf(row).length > 0 && isOfOther(result));
  return others.length === 0 || (await tries(others.length)) >= others.length;
}

/** That nobody is held counted before. */
const isOfOther = (taken: TakenEvent): boolean =>
  taken.kind === 'other-event' && taken.ofOther && taken.contact !== null;

type Usable = Extract<EventRow, { happening: Happening }>;

async function takeBatch(desk: Desk, batch: readonly EventRow[]): Promise<Map<EventRow, TakenEvent>> {
  const taken = new Map<EventRow, TakenEvent>();
  const usable = batch.filter((row): row is Usable => 'happening' in row);
  await sideBySide(usable, personOf, async (row) => {
    taken.set(row, await takeEvent(desk, row.happening));
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
