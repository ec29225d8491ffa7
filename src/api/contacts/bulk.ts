import { z } from 'zod';
import type { ApiKey } from '../../access/api-keys.ts';
import type { Desk } from '../../consent/desk.ts';
import { type Row, saveMany } from '../../contacts/save-many.ts';
import type { Line } from '../read-lines.ts';
import { named, readPart } from '../read-request.ts';
import type { Call } from '../route.ts';
import { contactBody, faultOfOwnNumber, requestOf } from './contacts.ts';
import { noteLookUpOfLine } from './lookup-quota.ts';

const count = z.int().min(0);

/** What an answer tells of the lines that were refused. */
export const lineFaults = {
  refused: count,
  errors: z
    .array(z.strictObject({ line: count, field: z.string(), message: z.string() }))
    .meta({ description: 'Of the faults the first hundred, in the order of lines.' }),
  errors_left_out: count,
  untold: count.meta({
    description:
      'Lines refused for what is held of a person, or since nobody is, and lines (not among the refused) that would tell whose an event is, after this key had its look-ups of the minute or the day: which they are is not told.',
  }),
};

export const bulkAnswer = z.strictObject({
  lines: count,
  created: count,
  updated: count,
  unchanged: count,
  ...lineFaults,
});

/** Saves a list of people of any length, line by line. A line that cannot be used is refused alone. */
export async function saveContacts(call: Call<object>) {
  const { desk, key, lines } = call;
  const mayTell = (contact: string | null) => noteLookUpOfLine(call, contact);
  const report = await saveMany(desk, rowsOf(desk, key, lines()), mayTell);
  const { errors, errors_left_out, ...totals } = report;
  desk.log.info({ key: key.id, ...totals }, 'profiles were saved');
  return { ...report, errors: report.errors.map((one) => ({ ...one, field: named(one.field) })) };
}

async function* rowsOf(desk: Desk, key: ApiKey, lines: AsyncIterable<Line>): AsyncGenerator<Row> {
  for await (const line of lines) yield { line: line.number, bytes: line.bytes, ...readRow(desk, key, line) };
}

function readRow(desk: Desk, key: ApiKey, line: Line) {
  if ('fault' in line) return { faults: [{ field: 'body', message: line.fault }] };
  const read = readPart(contactBody, line.json, 'body');
  if ('issues' in read) return { faults: read.issues.map(({ field, message }) => ({ field, message })) };
  const request = requestOf(read.data, key);
  const own = faultOfOwnNumber(desk, request);
  return own === null ? { request } : { faults: [own] };
}
