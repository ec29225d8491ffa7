import type { Request } from 'express';
import { giveWay } from '../store/in-turns.ts';
import { Problem } from './problem.ts';

const MOST_BYTES = 1024 * 1024;
const NEW_LINE = 10;

/** One line of a body as it came, numbered from 1; `fault` says why it cannot be read. */
export type Line = { number: number; bytes: number } & ({ json: unknown } | { fault: string });

/**
 * The lines of an NDJSON body as they arrive: the next is read once this one is done, and never more than one is
 * held. Empty ones are left out, and counted. However many arrive at once, others have their turn in between. Throws a
 * `Problem` where the body is of another type or breaks off; a line without its end is then not given.
 */
export async function* readLines(request: Request): AsyncGenerator<Line> {
  refuseOtherTypes(request);
  const line = newLine();
  let ended = 0;
  // Not destroyed when we stop early: the answer goes out over the same connection.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunksOf(chunks)) {
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      line.add(chunk.subarray(from, end));
      from = end + 1;
      ended += 1;
      await giveWay(ended);
      const done = line.end();
      if (done !== null) yield done;
    }
    line.add(chunk.subarray(from));
  }
  const last = line.end();
  if (last !== null) yield last;
}

async function* chunksOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch {
    throw new Problem(
      'invalid-request',
      'The body broke off. Whole lines before that may be done: send it again.',
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
    throw new Problem('unsupported-media-type', 'Send it as it is, without Content-Encoding.');
  }
}

/** Gathers the pieces of one line; of one that is too long nothing is kept. */
function newLine(): { add: (piece: Buffer) => void; end: () => Line | null } {
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

function readLine(number: number, whole: Buffer): Line | null {
  const bytes = whole.length;
  try {
    const text = UTF8.decode(whole).trim();
    return text === '' ? null : { number, bytes, json: JSON.parse(text) as unknown };
  } catch {
    return { number, bytes, fault: 'It is not JSON in UTF-8.' };
  }
}
