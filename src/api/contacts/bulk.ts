import { z } from 'zod';
import type { ApiKey } from '../../access/api-keys.ts';
import type { Desk } from '../../consent/desk.ts';
import type { LineFault } from '../../contacts/line-report.ts';
import { type Row, saveMany } from '../../contacts/save-many.ts';
import type { Line } from '../read-lines.ts';
import { named, readPart } from '../read-request.ts';
import type { Call } from '../route.ts';
import { contactBody, faultOfOwnNumber, requestOf, untold } from './contacts.ts';
import { withTries } from './lookup-quota.ts';

const count = z.int().min(0);

/** What an answer tells of the lines that were refused. */
export const lineFaults = {
  refused: count.meta({ description: 'Lines that are wrong in themselves: `errors` names them.' }),
  errors: z
    .array(z.strictObject({ line: count, field: z.string(), message: z.string() }))
    .meta({ description: 'Of the faults the first hundred, in the order of lines.' }),
  errors_left_out: count,
  refused_unnamed: count.nullable().meta({
    description: `Lines refused for what is held of a person, or since nobody is. Which they are is not told: ask one by one. ${untold}`,
  }),
};

export const bulkAnswer = z.strictObject({
  lines: count,
  created: count.nullable().meta({ description: untold }),
  updated: count.nullable().meta({ description: untold }),
  unchanged: count.nullable().meta({ description: untold }),
  ...lineFaults,
});

/** Saves a list of people of any length, line by line. A line that cannot be used is refused alone. */
export async function saveContacts(call: Call<object>) {
  const { desk, key, lines } = call;
  const report = await withTries(call, (tries) => saveMany(desk, rowsOf(desk, key, lines()), tries), true);
  const { errors, errors_left_out, ...totals } = report;
  desk.log.info({ key: key.id, ...totals }, 'profiles were saved');
  const told = { ...report, errors: namedAs(errors) };
  if (key.mayLookUp) return told;
  return { ...told, created: null, updated: null, unchanged: null, refused_unnamed: null };
}

/** Faults of lines, with their fields named as requests name them. */
export const namedAs = (errors: readonly LineFault[]): LineFault[] =>
  errors.map((one) => ({ ...one, field: named(one.field) }));

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
