import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import { type EventRow, takeEvents } from '../../contacts/take-events.ts';
import type { Line } from '../read-lines.ts';
import { named, readPart } from '../read-request.ts';
import type { Call } from '../route.ts';
import { lineFaults } from './bulk.ts';
import { eventLine, FUTURE, happeningOf, liesAhead } from './events.ts';
import { noteLookUpOfLine, noteNotTheirs, noteTheirs, untilSpent } from './lookup-quota.ts';

const count = z.int().min(0);

export const eventsAnswer = z.strictObject({
  lines: count,
  recorded: count,
  repeated: count.meta({
    description:
      'Taken before under the same id: each counts once. By `phone` they are `untold` once the look-ups are spent.',
  }),
  ...lineFaults,
});

/** Takes a long list of what people did, line by line. A line that cannot be used is refused alone; nobody is made by it. */
export async function postEvents(call: Call<object>) {
  const { desk, key, lines } = call;
  const report = await takeEvents(desk, rowsOf(desk, lines()), {
    unknown: () => noteLookUpOfLine(call, null),
    notTheirs: (contact) => untilSpent(noteNotTheirs(call, contact)),
    theirs: () => untilSpent(noteTheirs(call)),
  });
  const { errors, errors_left_out, ...totals } = report;
  desk.log.info({ key: key.id, ...totals }, 'events were taken');
  return { ...report, errors: report.errors.map((one) => ({ ...one, field: named(one.field) })) };
}

async function* rowsOf(desk: Desk, lines: AsyncIterable<Line>): AsyncGenerator<EventRow> {
  for await (const line of lines) yield { line: line.number, ...readRow(desk, line) };
}

function readRow(desk: Desk, line: Line) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(eventLine, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const happening = happeningOf(read.data);
  return liesAhead(happening, desk.now()) ? { faults: [FUTURE] } : { happening };
}
