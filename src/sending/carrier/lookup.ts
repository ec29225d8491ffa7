import { Pool } from 'undici';
import type { Store } from '../../store/store.ts';
import { createCircuits } from '../circuit.ts';
import type { Monotonic } from '../gate.ts';
import { type LookupTold, readLookup } from './lookup-answer.ts';
import { createPlaces } from './places.ts';

export type LookupQuestion = {
  number: string;
  line: boolean;
  /** Asks for a new holder since this day, YYYY-MM-DD; null: does not ask. */
  reassignedSince: string | null;
};

export type Looked =
  | { kind: 'told'; told: LookupTold }
  /** Nothing was asked. */
  | { kind: 'paused' }
  /** Asked, and no answer came. */
  | { kind: 'failed' };

/** The carrier's Lookup of numbers. It is no way to send: it reads, with a method of HTTP that can do nothing else. */
export type Lookup = {
  look: (question: LookupQuestion) => Promise<Looked>;
  close: () => Promise<void>;
};

export type LookupOptions = {
  base: string;
  accountSid: string;
  authToken: string;
  store: Store;
  now: () => Date;
  monotonic: Monotonic;
  log: {
    warn: (fields: Record<string, unknown>, line: string) => void;
    error: (fields: Record<string, unknown>, line: string) => void;
  };
};

/** Longest wait for one answer, ms: somebody waits at a form meanwhile. */
const LOOK_MS = 3000;

/** Lookups at once of one process. Twilio publishes no limit; its 429 opens the circuit. */
const CONNECTIONS = 8;

/** Longest wait for one of them, ms: a page of the sweep asks about a hundred numbers, and Lookup may take half a second. */
const LINE_MS = 10_000;

/** An answer is 1 kB. */
const LONGEST_ANSWER = 65_536;

/** Its circuit stands among those of senders, so that all processes share it. */
const CIRCUIT = 'lookup';

const POOL = {
  connections: CONNECTIONS,
  pipelining: 1,
  connectTimeout: LOOK_MS,
  headersTimeout: LOOK_MS,
  bodyTimeout: LOOK_MS,
  maxResponseSize: LONGEST_ANSWER,
};

export function createLookup(options: LookupOptions): Lookup {
  const pool = new Pool(new URL(options.base).origin, POOL);
  const circuits = createCircuits({ ...options, log: wordsOf(options.log) });
  const ask = asker(pool, options);
  const lookNow = async (question: LookupQuestion): Promise<Looked> => {
    if ((await circuits.allowance(CIRCUIT)).calls === 0) return { kind: 'paused' };
    const told = await ask(question);
    circuits.note(CIRCUIT, { is: told === null ? 'failed' : 'sound' });
    return told === null ? { kind: 'failed' } : { kind: 'told', told };
  };
  // In the client's own queue the time for an answer would run out, and count as a failure of Lookup.
  const places = createPlaces(CONNECTIONS, LINE_MS);
  return {
    look: async (question) => {
      if (!(await places.take())) return { kind: 'paused' };
      return lookNow(question).finally(places.leave);
    },
    close: async () => {
      await circuits.drain();
      await pool.destroy();
    },
  };
}

/** Null where no answer came. */
function asker(
  pool: Pool,
  { base, accountSid, authToken }: LookupOptions,
): (question: LookupQuestion) => Promise<LookupTold | null> {
  const prefix = new URL(base).pathname.replace(/\/$/, '');
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  const headers = { accept: 'application/json', authorization: `Basic ${credentials}` };
  return async (question) => {
    const path = `${prefix}${lookupPath(question)}`;
    try {
      const signal = AbortSignal.timeout(LOOK_MS);
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers, signal });
      return readLookup(statusCode, await body.text());
    } catch {
      // Not told on: an error of the client may hold the path, and so the number.
      return null;
    }
  };
}

/**
 * The path as Twilio's own SDK writes it (a contract test holds them together). The API takes the number nowhere else:
 * this is the one address that holds one. Source: Twilio Docs, Lookup v2.
 */
export function lookupPath({ number, line, reassignedSince }: LookupQuestion): string {
  const fields = [
    ...(line ? ['line_type_intelligence'] : []),
    ...(reassignedSince ? ['reassigned_number'] : []),
  ];
  const query = [
    `Fields=${encodeURIComponent(fields.join(','))}`,
    ...(reassignedSince === null ? [] : [`LastVerifiedDate=${reassignedSince.replaceAll('-', '')}`]),
  ];
  return `/v2/PhoneNumbers/${encodeURIComponent(number)}?${query.join('&')}`;
}

/** A circuit speaks of a sender that pauses; here nothing waits to be sent. */
const wordsOf = (log: LookupOptions['log']): LookupOptions['log'] => ({
  error: (fields, words) => log.error(fields, words),
  warn: ({ sender: _, ...fields }) => {
    if ('error' in fields) log.warn(fields, 'how Lookup fares could not be written');
    else if ('until' in fields) log.warn(fields, 'Lookup fails: nothing is asked for a moment');
    else log.warn(fields, 'Lookup answers again');
  },
});
