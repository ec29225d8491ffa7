import { writeSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';

/**
 * A logger that writes JSON lines. Errors are reduced to name, code and stack, because a message may quote what a
 * person typed.
 */
export function createLog(
  level: string,
  role: string,
  destination: DestinationStream = standardOutput(),
): Logger {
  const options = {
    level,
    base: { role, pid: process.pid },
    serializers: { err: errorFields, error: errorFields },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, destination);
}

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code } = error as { code?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    at: frames.slice(0, 6).map((frame) => frame.trim()),
  };
}

/**
 * A pipe whose reader is slow is tried this often, with this many ms between. After that, lines are dropped until
 * the pipe takes one.
 */
const TRIES = 10;
const BETWEEN_MS = 10;

const NOTHING = new Uint8Array();

/**
 * Standard output, one write per line. Drops a line that cannot be written, because the disk is full or nobody
 * reads: pino's own destination would end the process then, and its exit hook would retry for ever. After a line
 * was written in part, its rest comes before the next line, so that every line is whole.
 */
export function standardOutput(write = toOwnOutput()): DestinationStream {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let tries = TRIES;
  let rest: Uint8Array = NOTHING;
  const put = (bytes: Uint8Array): Uint8Array => {
    let left = bytes;
    for (let failed = 0; left.length > 0; ) {
      try {
        left = left.subarray(write(left));
      } catch (error) {
        failed += 1;
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || failed >= tries) return left;
        Atomics.wait(pause, 0, 0, BETWEEN_MS);
      }
    }
    return left;
  };
  return {
    write: (line) => {
      rest = put(rest);
      if (rest.length > 0) return;
      const bytes = Buffer.from(line);
      const left = put(bytes);
      if (left.length < bytes.length) rest = left;
      tries = left.length === 0 ? TRIES : 1;
    },
  };
}

/**
 * Opens standard output at once: until Node has opened it, a pipe whose reader hangs blocks the process that writes
 * to it.
 */
function toOwnOutput(): (bytes: Uint8Array) => number {
  const { fd } = process.stdout;
  return (bytes) => writeSync(fd, bytes);
}
