import { Pool } from 'undici';
import type { LineType, ReassignedFact, Untold } from '../../domain/hygiene/number-verification.ts';
import type { Store } from '../../store/store.ts';
import { createCircuitBreakers } from '../circuit-breaker.ts';
import type { Monotonic } from '../gate.ts';

export type LookupQuestion = {
  number: string;
  line: boolean;
  /** Asks whether the number has a new holder since this day, YYYY-MM-DD; null: does not ask. */
  reassignedSince: string | null;
};

export type LookupAnswer =
  | { kind: 'told'; told: LookupResult }
  /** No request was made. */
  | { kind: 'paused' }
  /** A request was made, and no answer came. */
  | { kind: 'failed' };

/** Twilio's Lookup of numbers. It cannot send: it makes GET requests only. */
export type Lookup = {
  look: (question: LookupQuestion) => Promise<LookupAnswer>;
  close: () => Promise<void>;
};

type LookupOptions = {
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

/** Longest wait for one answer, ms: a person may wait at a form meanwhile. */
const LOOK_MS = 3000;

/** Concurrent Lookups of one process. Twilio publishes no limit; its 429 opens the circuit. */
const CONNECTIONS = 8;

/**
 * Longest wait for one of the connections, ms. A page of the sweep looks up about a hundred numbers, and one Lookup
 * may take half a second.
 */
const LINE_MS = 10_000;

/** An answer has about 1 kB. */
const LONGEST_ANSWER = 65_536;

/** The circuit of Lookup is stored among those of senders, so that all processes share it. */
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
  const circuits = createCircuitBreakers({ ...options, log: wordsOf(options.log) });
  const ask = asker(pool, options);
  const lookNow = async (question: LookupQuestion): Promise<LookupAnswer> => {
    if ((await circuits.allowance(CIRCUIT)).calls === 0) return { kind: 'paused' };
    const told = await ask(question);
    circuits.note(CIRCUIT, { is: told === null ? 'failed' : 'sound' });
    return told === null ? { kind: 'failed' } : { kind: 'told', told };
  };
  // In the client's own queue the time limit of the answer would run out, and count as a failure of Lookup.
  const semaphore = createSemaphore(CONNECTIONS, LINE_MS);
  return {
    look: async (question) => {
      if (!(await semaphore.take())) return { kind: 'paused' };
      return lookNow(question).finally(semaphore.leave);
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
): (question: LookupQuestion) => Promise<LookupResult | null> {
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
      // The error is dropped: it may contain the path, and so the number.
      return null;
    }
  };
}

/**
 * The path as Twilio's own SDK writes it (a contract test compares them). No other URL that we request contains a
 * number, but this API takes the number nowhere else. Source: Twilio Docs, Lookup v2.
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

/** The circuit breaker's log lines speak of a sender that pauses. Lookup sends nothing, so its lines are replaced. */
const wordsOf = (log: LookupOptions['log']): LookupOptions['log'] => ({
  error: (fields, words) => log.error(fields, words),
  warn: ({ sender: _, ...fields }) => {
    if ('error' in fields) log.warn(fields, 'the state of the Lookup circuit breaker could not be written');
    else if ('until' in fields) log.warn(fields, 'Lookup fails, so look-ups are paused for a moment');
    else log.warn(fields, 'Lookup answers again');
  },
});

/** What Lookup says about one number. */
export type LookupResult = {
  valid: boolean;
  line: LineType | null;
  untoldLine: Untold | null;
  carrier: string | null;
  reassigned: ReassignedFact['answer'];
  untoldReassigned: Untold | null;
};

/** Twilio's line types, and ours. A type that Twilio adds later is `unknown`. */
const LINES: Record<string, LineType> = {
  mobile: 'mobile',
  landline: 'landline',
  fixedVoip: 'fixed-voip',
  nonFixedVoip: 'non-fixed-voip',
  personal: 'personal',
  tollFree: 'toll-free',
  premium: 'premium',
  sharedCost: 'shared-cost',
  uan: 'company',
  voicemail: 'voicemail',
  pager: 'pager',
  unknown: 'unknown',
};

const REASSIGNED: Record<string, NonNullable<ReassignedFact['answer']>> = {
  yes: 'yes',
  no: 'no',
  no_data_available: 'no-data',
};

/** Error codes of a package, which explain a missing answer. Source: Twilio error dictionary. */
const SILENCES: Record<number, Untold> = {
  60600: 'out-of-coverage',
  60610: 'out-of-coverage',
  60601: 'not-approved',
  60606: 'not-enabled',
};

const LONGEST_NAME = 100;

/**
 * Reads an answer of the v2 API. Takes only values of a known shape: the rest may quote the number. Null where the
 * text is no such answer.
 */
export function readLookup(status: number, body: string): LookupResult | null {
  const answer = parse(body);
  if (answer === null) return null;
  const silence = SILENCES[Number(answer.code)];
  if (status !== 200 && silence !== undefined) return silent(silence);
  if (status !== 200 || typeof answer.valid !== 'boolean') return null;
  const line = objectOf(answer.line_type_intelligence);
  const reassigned = objectOf(answer.reassigned_number);
  const type = typeof line.type === 'string' ? (LINES[line.type] ?? 'unknown') : null;
  const holder = REASSIGNED[String(reassigned.is_number_reassigned)] ?? null;
  return {
    valid: answer.valid,
    line: type,
    untoldLine: type === null ? silenceOf(line) : null,
    carrier: nameOf(line.carrier_name),
    reassigned: holder,
    untoldReassigned: holder === null ? silenceOf(reassigned) : null,
  };
}

const silenceOf = (part: Record<string, unknown>): Untold => SILENCES[Number(part.error_code)] ?? 'not-told';

/** Twilio refused the whole request because of the requested packages. The refusal says nothing against the number. */
const silent = (why: Untold): LookupResult => ({
  valid: true,
  line: null,
  untoldLine: why,
  carrier: null,
  reassigned: null,
  untoldReassigned: why,
});

/** A company's name. A name that may contain a number is dropped. */
function nameOf(name: unknown): string | null {
  if (typeof name !== 'string' || name.trim() === '' || /\d{5}/.test(name)) return null;
  return name.trim().slice(0, LONGEST_NAME);
}

function parse(body: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return null;
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** A semaphore: some places, and a queue for them. */
type Semaphore = {
  /** Resolves true with a place, which the caller must leave again; false where none became free in time. */
  take: () => Promise<boolean>;
  leave: () => void;
};

export function createSemaphore(most: number, waitMs: number): Semaphore {
  const line: (() => void)[] = [];
  let taken = 0;
  const wait = (): Promise<boolean> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(go), 1);
        resolve(false);
      }, waitMs);
      line.push(go);
    });
  return {
    take: async () => {
      if (taken >= most) return wait();
      taken += 1;
      return true;
    },
    leave: () => {
      const next = line.shift();
      if (next === undefined) taken -= 1;
      else next();
    },
  };
}
