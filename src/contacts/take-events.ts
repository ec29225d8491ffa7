import type { Desk } from '../consent/desk.ts';
import type { FieldFault } from '../domain/audience/save-profile.ts';
import { sideBySide } from '../store/side-by-side.ts';
import { noRefusals, type Refusals, refuse, untoldOnceSpent } from './line-report.ts';
import { type Happening, type TakenEvent, takeEvent } from './take-event.ts';

/** One line of a long list of events. */
export type EventRow = { line: number } & ({ happening: Happening } | { faults: FieldFault[] });

/** What became of a long list of events; `repeated`: they stood before. */
export type EventsReport = Refusals & { lines: number; recorded: number; repeated: number };

/** Asked before a line by number is told what would tell of the number. False: it may not be told. */
export type MayTellOfEvents = {
  /** That nobody is held under it. */
  unknown: () => Promise<boolean>;
  /** That the event is another's, and not of this contact. */
  notTheirs: (contact: string | null) => Promise<boolean>;
  /** That the event is theirs and was taken before. */
  theirs: () => Promise<boolean>;
};

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
 * nothing. Rejects where the database could not take one in time.
 */
export async function takeEvents(
  desk: Desk,
  rows: AsyncIterable<EventRow>,
  mayTell: MayTellOfEvents,
): Promise<EventsReport> {
  const report: EventsReport = { lines: 0, recorded: 0, repeated: 0, ...noRefusals() };
  const mayBeTold = untoldOnceSpent(report);
  let batch: EventRow[] = [];
  const write = async (): Promise<void> => {
    const taken = await takeBatch(desk, batch);
    const asked = { ...mayTell, theirs: askedOnce(mayTell.theirs) };
    for (const row of batch) {
      if ('faults' in row) {
        refuse(report, row.line, row.faults);
        continue;
      }
      const result = taken.get(row) as TakenEvent;
      const ask = tellsOf(row, result, asked);
      const kind = result.kind === 'no-contact' ? 'refused' : 'stands';
      if (ask === null || (await mayBeTold(ask, kind))) note(report, row, result);
    }
    batch = [];
  };
  for await (const row of rows) {
    report.lines += 1;
    batch.push(row);
    if (batch.length >= BATCH_LINES) await write();
  }
  await write();
  return report;
}

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

/** Its answer costs a read, and holds for a batch: what other requests ask meanwhile counts soon enough. */
function askedOnce(mayTell: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  return () => {
    answer ??= mayTell();
    return answer;
  };
}

/** What must be asked before a line is told; null where the same is told whoever has the number, or something is kept of it. */
function tellsOf(
  { happening: { who } }: Usable,
  taken: TakenEvent,
  mayTell: MayTellOfEvents,
): (() => Promise<boolean>) | null {
  if ('contact' in who) return null;
  if (taken.kind === 'no-contact') return mayTell.unknown;
  if (taken.kind === 'again') return mayTell.theirs;
  if (taken.kind !== 'other-event' || !taken.ofOther) return null;
  return () => mayTell.notTheirs(taken.contact);
}

function note(report: EventsReport, { line, happening: { who } }: Usable, taken: TakenEvent): void {
  if (taken.kind === 'recorded') report.recorded += 1;
  else if (taken.kind === 'again') report.repeated += 1;
  else refuse(report, line, [faultOf(taken.kind, who)]);
}

function faultOf(kind: keyof typeof FAULTS, who: Happening['who']): FieldFault {
  const fault = FAULTS[kind];
  return kind === 'no-contact' && 'contact' in who ? { ...fault, field: 'contact' } : fault;
}
