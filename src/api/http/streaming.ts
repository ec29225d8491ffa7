import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { stringify } from 'csv-stringify';
import type { Request, Response } from 'express';
import { Problem } from './problems.ts';

const MOST_BYTES = 1024 * 1024;
const NEW_LINE = 10;

/** Lines read before other requests get a turn: a few ms of work. */
const STRETCH = 30;

/** One line of a body, numbered from 1. `fault` says why the line cannot be read. */
export type NdjsonLine = { number: number; bytes: number } & ({ json: unknown } | { fault: string });

/**
 * The lines of an NDJSON body as they arrive. Reads the next line when this one is done, and never holds more than
 * one, but for `ahead` bytes that may arrive meanwhile. Counts empty lines but skips them. Yields to the event loop
 * between lines, however many arrive at once. Throws a `Problem` when the body is of another type or breaks off; a
 * last line without its end is then not returned.
 */
export async function* readLines(request: Request, ahead = 0): AsyncGenerator<NdjsonLine> {
  refuseOtherTypes(request);
  const line = newLine();
  let ended = 0;
  const body = ahead === 0 ? request : takenAhead(request, ahead);
  // Not destroyed when reading stops early: the answer uses the same connection.
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunksOf(chunks)) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      line.add(chunk.subarray(from, end));
      from = end + 1;
      ended += 1;
      if (ended % STRETCH === 0) await nextLoop();
      const done = line.end();
      if (done !== null) yield done;
    }
    line.add(chunk.subarray(from));
  }
  const last = line.end();
  if (last !== null) yield last;
}

/** A body that goes on arriving while its first lines are worked on, until so many bytes wait. */
function takenAhead(request: Request, bytes: number): Readable {
  const body = new PassThrough({ highWaterMark: bytes });
  // The reader of the lines gets the error of a body that breaks off.
  pipeline(request, body).catch(() => undefined);
  return body;
}

async function* chunksOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch {
    throw new Problem(
      'invalid-request',
      'The body broke off. Complete lines before that may have been processed: send the body again.',
    );
  }
}

function refuseOtherTypes(request: Request): void {
  const {
    'content-length': length,
    'transfer-encoding': chunked,
    'content-encoding': packed,
  } = request.headers;
  const isEmpty = (length === undefined || length === '0') && chunked === undefined;
  if (!isEmpty && request.is('application/x-ndjson') === false) {
    throw new Problem(
      'unsupported-media-type',
      'Send application/x-ndjson in UTF-8: one JSON object a line.',
    );
  }
  if (packed !== undefined && packed !== 'identity') {
    throw new Problem('unsupported-media-type', 'Send the body without Content-Encoding.');
  }
}

/** Collects the pieces of one line. Keeps nothing of a line that is too long. */
function newLine(): { add: (piece: Buffer) => void; end: () => NdjsonLine | null } {
  let pieces: Buffer[] = [];
  let [bytes, number] = [0, 0];
  return {
    add: (piece) => {
      bytes += piece.length;
      if (bytes > MOST_BYTES) pieces = [];
      else if (piece.length > 0) pieces.push(piece);
    },
    end: () => {
      const [held, length] = [pieces, bytes];
      number += 1;
      [pieces, bytes] = [[], 0];
      if (length === 0) return null;
      if (length > MOST_BYTES) return { number, bytes: 0, fault: 'It is longer than 1 MB.' };
      const [only] = held;
      return readLine(number, only !== undefined && held.length === 1 ? only : Buffer.concat(held));
    },
  };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function readLine(number: number, whole: Buffer): NdjsonLine | null {
  const bytes = whole.length;
  try {
    const text = UTF8.decode(whole).trim();
    return text === '' ? null : { number, bytes, json: JSON.parse(text) as unknown };
  } catch {
    return { number, bytes, fault: 'It is not JSON in UTF-8.' };
  }
}

/** Lines are sent together up to this many characters: a write per line costs more than making the line. */
const TOGETHER = 16_384;

export const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;

/**
 * Sends an answer as NDJSON while it is made, no faster than the client reads; an answer without lines is an empty
 * body. Rejects with any error of `lines`. Before the first line nothing has been sent; after it, an error can only
 * break the connection.
 */
export async function sendLines(
  response: Response,
  status: number,
  answer: AsyncIterable<unknown>,
): Promise<void> {
  let waiting = '';
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const room = () => once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  const begin = () => void response.status(status).type('application/x-ndjson');
  const send = async (): Promise<void> => {
    if (!response.headersSent) begin();
    if (!response.write(waiting)) await room();
    waiting = '';
  };
  for await (const line of answer) {
    waiting += `${JSON.stringify(line)}\n`;
    if (waiting.length >= TOGETHER) await send();
    if (gone.signal.aborted) return;
  }
  if (waiting !== '') await send();
  if (!response.headersSent) begin();
  response.end();
}

/** One form of an answer other than JSON, written as it is made. */
type Form = { type: string; write: (call: never) => AsyncIterable<string | Buffer> };

/** Forms by the name that `format` uses. */
export type Forms = Readonly<Record<string, Form>>;

export type CsvRow = Readonly<Record<string, string | number | null>>;

/**
 * CSV by RFC 4180, with a header. A cell that a spreadsheet would read as a formula gets a leading apostrophe
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
    // The library quotes only the record's own line break, and does not treat a line feed as the start of a
    // formula.
    quoted_match: /[\r\n]/,
    cast: { string: (cell) => (cell.startsWith('\n') ? `'${cell}` : cell) },
  });
  const fed = pipeline(Readable.from(rows), lines);
  // An error reaches the reader of the lines.
  fed.catch(() => undefined);
  yield* lines;
  await fed;
}

/** A form that is a single text. */
export function whole<Call>(type: string, textOf: (call: Call) => Promise<string>): Form {
  const write = async function* (call: Call): AsyncGenerator<string> {
    yield await textOf(call);
  };
  return { type, write };
}

/**
 * The form that a request asks for, by `format` or else by `Accept`; null for JSON. Throws a `Problem` when an
 * answer with several forms has none that the request accepts. An answer with JSON only ignores `Accept`.
 */
export function formOf(forms: Forms, request: Request, format: unknown): Form | null {
  if (typeof format === 'string') return forms[format] ?? null;
  const types = ['application/json', ...Object.values(forms).map(({ type }) => type)];
  const accepted = request.accepts(types);
  if (accepted === false && types.length > 1)
    throw new Problem('not-acceptable', `This answer comes as ${types.join(' or ')}.`);
  return Object.values(forms).find(({ type }) => type === accepted) ?? null;
}

/**
 * Sends a form as it is written. An error before the first words becomes a problem like any other; a later error
 * cuts the answer off.
 */
export async function sendForm(response: Response, form: Form, call: unknown): Promise<void> {
  const chunks = form.write(call as never)[Symbol.asyncIterator]();
  const first = await chunks.next();
  response.status(200).type(`${form.type}; charset=utf-8`);
  if (first.done !== true) response.write(first.value);
  await pipeline(Readable.from({ [Symbol.asyncIterator]: () => chunks }), response);
}
