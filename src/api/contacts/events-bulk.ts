import { z } from 'zod';
import type { Desk } from '../../consent/desk.ts';
import { type EventRow, takeEvents } from '../../contacts/take-events.ts';
import type { Line } from '../read-lines.ts';
import { readPart } from '../read-request.ts';
import type { Call } from '../route.ts';
import { lineFaults, namedAs } from './bulk.ts';
import { untold } from './contacts.ts';
import { eventLine, FUTURE, happeningOf, liesAhead } from './events.ts';
import { withTries } from './lookup-quota.ts';

const count = z.int().min(0);

export const eventsAnswer = z.strictObject({
  lines: count,
  recorded: count.nullable().meta({ description: untold }),
  repeated: count
    .nullable()
    .meta({ description: `Taken before under the same id: each counts once. ${untold}` }),
  ...lineFaults,
});

/** Takes a long list of what people did, line by line. A line that cannot be used is refused alone; nobody is made by it. */
export async function postEvents(call: Call<object>) {
  const { desk, key, lines } = call;
  const report = await withTries(call, (tries) => takeEvents(desk, rowsOf(desk, lines()), tries), true);
  const { errors, errors_left_out, ...totals } = report;
  desk.log.info({ key: key.id, ...totals }, 'events were taken');
  const told = { ...report, errors: namedAs(errors) };
  return key.mayLookUp ? told : { ...told, recorded: null, repeated: null, refused_unnamed: null };
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
