import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Request, Response } from 'express';
import { Problem } from './problem.ts';

/** One form of an answer beside JSON, written as it comes. */
export type Form = { type: string; write: (call: never) => AsyncIterable<string | Buffer> };

/** By the name that `format` asks for. */
export type Forms = Readonly<Record<string, Form>>;

export type CsvRow = Readonly<Record<string, string | number | null>>;

/**
 * CSV by RFC 4180, with a header. A cell that a spreadsheet would take for a formula gets an apostrophe before it
 * (OWASP, "CSV Injection"); a number stays a number.
 */
export function csv<Call>(columns: readonly string[], rows: (call: Call) => AsyncIterable<CsvRow>): Form {
  return { type: 'text/csv', write: (call) => csvOf(columns, rows(call)) };
}

export async function* csvOf(
  columns: readonly string[],
  rows: AsyncIterable<CsvRow>,
): AsyncGenerator<string | Buffer> {
  const lines = stringify({
    header: true,
    columns: [...columns],
    record_delimiter: 'windows',
    escape_formulas: true,
    // The library quotes the line break of the records alone, and takes a line feed for no beginning of a formula.
    quoted_match: /[\r\n]/,
    cast: { string: (cell) => (cell.startsWith('\n') ? `'${cell}` : cell) },
  });
  const fed = pipeline(Readable.from(rows), lines);
  // What went wrong reaches whoever reads the lines.
  fed.catch(() => undefined);
  yield* lines;
  await fed;
}

/** A form that is one text. */
export function whole<Call>(type: string, textOf: (call: Call) => Promise<string>): Form {
  const write = async function* (call: Call): AsyncGenerator<string> {
    yield await textOf(call);
  };
  return { type, write };
}

/**
 * The form a request asks for, by `format` or else by `Accept`; null: JSON. Throws a `Problem` where an answer of several
 * forms has none that the request accepts. An answer that is JSON alone comes whatever is accepted.
 */
export function formOf(forms: Forms, request: Request, format: unknown): Form | null {
  if (typeof format === 'string') return forms[format] ?? null;
  const types = ['application/json', ...Object.values(forms).map(({ type }) => type)];
  const accepted = request.accepts(types);
  if (accepted === false && types.length > 1)
    throw new Problem('not-acceptable', `This answer comes as ${types.join(' or ')}.`);
  return Object.values(forms).find(({ type }) => type === accepted) ?? null;
}

/** Sends a form as it is written. What fails before its first words is a problem like any other; later the answer is cut off. */
export async function sendForm(response: Response, form: Form, call: unknown): Promise<void> {
  const chunks = form.write(call as never)[Symbol.asyncIterator]();
  const first = await chunks.next();
  response.status(200).type(`${form.type}; charset=utf-8`);
  if (first.done !== true) response.write(first.value);
  await pipeline(Readable.from({ [Symbol.asyncIterator]: () => chunks }), response);
}
