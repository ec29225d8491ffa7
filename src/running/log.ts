import { type DestinationStream, type Logger, pino } from 'pino';
import { standardOutput } from './standard-output.ts';

/** JSON lines. Errors are cut down to name, code and stack: a message may quote what a person typed. */
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
    at: frames.slice(0, 6).map((one) => one.trim()),
  };
}
