import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const KEY_BYTES = 32;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const required = z.string({ error: 'is required' });
const token = required.regex(/^[!-~]{16,}$/, 'must be at least 16 characters without spaces');

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: 'must be a whole number', abort: true })
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`);

/** An absolute URL, returned without its trailing slash. */
const address = z
  .string()
  .refine((text) => webAddress(text) !== undefined, {
    error: 'must be an absolute http or https URL without user, query and fragment',
    abort: true,
  })
  .transform((text) => webAddress(text)?.href.replace(/\/+$/, '') ?? text);

/** An issuer, as the provider spells it: some end with a slash, and the spelling is compared. */
const issuer = z
  .string()
  .refine(
    (text) => webAddress(text) !== undefined,
    'must be an absolute http or https URL without user, query and fragment',
  );

const MADE_SO = 'docs/operations/keys.md says how to make one';
const keyList = (example: string) =>
  z.string({ error: `is required; ${MADE_SO}` }).transform((text, context) => {
    const entries = text.split(',').map((entry) => entry.trim());
    const keys = new Map<string, Buffer>();
    for (const entry of entries) {
      const [, id = '', encoded = ''] = /^([\w.-]+):([A-Za-z0-9+/_-]+=*)$/.exec(entry) ?? [];
      const key = Buffer.from(encoded, 'base64');
      const malformed = id === '' || key.length !== KEY_BYTES;
      const problem = malformed ? `is not ${example}; ${MADE_SO}` : keys.has(id) ? 'repeats an id' : null;
      if (problem !== null) {
        context.addIssue({ code: 'custom', message: `entry ${keys.size + 1} ${problem}` });
        return z.NEVER;
      }
      keys.set(id, key);
    }
    return keys as ReadonlyMap<string, Buffer>;
  });

/**
 * Key ids and secrets are Twilio's own. Neither contains a comma, and no id contains a colon, because the signature
 * header uses both as separators.
 */
const sharedKeys = z.string().transform((text, context) => {
  const keys = new Map<string, string>();
  for (const entry of text.split(',')) {
    const [, id = '', secret = ''] = /^\s*([\w-]{1,100}):([!-~]{16,})\s*$/.exec(entry) ?? [];
    const malformed =
      'is not <key id>:<secret of at least 16 characters>; docs/operations/keys.md says where Twilio has both';
    const problem = id === '' ? malformed : keys.has(id) ? 'repeats a key id' : null;
    if (problem !== null) {
      context.addIssue({ code: 'custom', message: `entry ${keys.size + 1} ${problem}` });
      return z.NEVER;
    }
    keys.set(id, secret);
  }
  return keys as ReadonlyMap<string, string>;
});

/**
 * Every variable with its rule, its default (written as in the environment) and one line of help. A test compares
 * `.env.example` with this list.
 */
export const ENVIRONMENT = z.object({
  PORT: wholeNumber(1, 65_535).prefault('3000').meta({ help: 'Port the gateway listens on.' }),
  WORKER_PORT: wholeNumber(1, 65_535).optional().meta({
    help: 'Port on which a worker serves /healthz and /metrics; empty opens none. Each worker of a machine needs its own.',
  }),
  PUBLIC_URL: address
    // Twilio refuses a host with an underscore, and its signatures cover the URL that Twilio called, so the host
    // cannot be rewritten.
    .refine((text) => !webAddress(text)?.hostname.includes('_'), 'must not have an underscore in its host')
    .prefault('http://localhost:3000')
    .meta({
      help: 'URL at which the carrier and people reach the gateway. Signatures are checked against it, and short links begin with it; it may have a path.',
    }),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/./, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .meta({
      help: 'Replica set to use; its database is assent unless the URI names one. Empty, with ROLE=all, starts an embedded one-node set under DATA_DIR.',
    }),
  DATA_DIR: z
    .string()
    .transform((path) => resolve(path))
    .prefault('.data')
    .meta({
      help: 'Folder for the embedded database, the spool and the demo keys. Use a durable volume, one folder per web process, and no folder of a demo.',
    }),
  SIMULATOR_PORT: wholeNumber(1, 65_535)
    .prefault('4010')
    .meta({ help: 'Port of the carrier simulator. Only the demo uses it.' }),
  TWILIO_ACCOUNT_SID: required
    .regex(/^AC[0-9a-f]{32}$/, 'must be AC and 32 hexadecimal digits')
    .meta({ help: 'Account SID, "AC" and 32 hexadecimal digits. Required; the demo makes its own.' }),
  TWILIO_AUTH_TOKEN: token.meta({
    help: 'Auth token that signs webhooks and authenticates REST calls. Required; the demo makes its own.',
  }),
  TWILIO_AUTH_TOKEN_SECONDARY: token.optional().meta({
    help: 'Second auth token whose signatures are accepted while a token is rotated.',
  }),
  TWILIO_SHARED_KEYS: sharedKeys.optional().meta({
    help: 'Shared keys whose signatures are also accepted, "key id:secret" separated by commas; two while one is rotated.',
  }),
  TWILIO_API_BASE: address
    .prefault('https://api.twilio.com')
    .meta({ help: "Base URL of the carrier's REST API. The demo sets it to the simulator." }),
  TWILIO_LOOKUP_BASE: address.optional().meta({
    help: "Base URL of the carrier's Lookup API, https://lookups.twilio.com. Each look-up costs money; empty looks nothing up.",
  }),
  KEYRING: keyList('<id>:<base64 of 32 bytes>').meta({
    help: 'Keys that wrap the data keys, "id:base64 of 32 bytes" separated by commas, the active key first. Required.',
  }),
  BLIND_INDEX_KEY: keyList('<version>:<base64 of 32 bytes>')
    .refine(
      (keys) => [...keys.keys()].join() === '1',
      'must be one key, of version 1: there is no way yet to change the key of a database',
    )
    .meta({
      help: 'Key of the blind index of numbers, "1:base64 of 32 bytes". Never change it: with another key nobody is found. Required.',
    }),
  LEDGER_KEY: keyList('<version>:<base64 of 32 bytes>').meta({
    help: 'Keys of the ledger, "version:base64 of 32 bytes" separated by commas; the first one signs, all verify. Required.',
  }),
  SESSION_SECRET: z.string().min(32, 'must be at least 32 characters').optional().meta({
    help: 'Signs the cookies of the console, at least 32 characters. Required where CONSOLE is on; the demo makes its own.',
  }),
  CONSOLE: z.enum(['off', 'on', 'demo'], { error: 'must be off, on or demo' }).prefault('off').meta({
    help: 'Pages for staff: off, on (members sign in with accounts), or demo. Only npm run demo sets demo: one press signs in, on this machine alone.',
  }),
  OIDC_ISSUER: issuer.optional().meta({
    help: 'Issuer of your OpenID Connect provider, by which invited members may sign in with CONSOLE=on. Empty: by password and passkey alone.',
  }),
  OIDC_CLIENT_ID: z.string().max(500).optional().meta({
    help: 'Client id that the provider gave to Assent. Register PUBLIC_URL and /console/sign-in/oidc/callback as its redirect address.',
  }),
  OIDC_CLIENT_SECRET: z
    .string()
    .max(500)
    .optional()
    .meta({ help: 'Client secret that the provider gave to Assent.' }),
  PROXIES: wholeNumber(0, 9).prefault('0').meta({
    help: 'Proxies of yours before the gateway that add to X-Forwarded-For, a number. Tries to sign in are counted by the address that they saw.',
  }),
  ROLE: z.enum(['web', 'worker', 'all'], { error: 'must be web, worker or all' }).prefault('all').meta({
    help: 'Role of this process: web (HTTP), worker (dispatch and jobs), or all (starts one of each).',
  }),
  PLAN_AGAIN: z
    .enum(['none', 'transactional'], { error: 'must be none or transactional' })
    .prefault('none')
    .meta({
      help: 'Class whose messages are sent once more when the carrier shows no trace of them: none, or transactional, which may then arrive twice.',
    }),
  HAND_OVER: z.enum(['all', 'answers'], { error: 'must be all or answers' }).prefault('all').meta({
    help: 'Messages that a worker sends: all, or only answers to people, for example after a database was restored.',
  }),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
    .prefault('info')
    .meta({ help: `Level of the least severe log lines that are written: ${LOG_LEVELS.join(', ')}.` }),
  SHUTDOWN_SECONDS: wholeNumber(1, 600)
    .prefault('20')
    .meta({ help: 'Seconds that a process may take to finish its work after SIGTERM before it exits.' }),
});

export type Config = Readonly<{
  port: number;
  /** Undefined: the worker opens no port. */
  workerPort: number | undefined;
  /** Without a trailing slash. */
  publicUrl: string;
  /** Undefined: the embedded database. */
  mongodbUri: string | undefined;
  /** Absolute path. */
  dataDir: string;
  simulatorPort: number;
  twilio: Readonly<{
    accountSid: string;
    authToken: string;
    /** The tokens whose signatures count: one, or two while one is being rotated. */
    signingTokens: readonly string[];
    /** Secrets of the shared keys whose signatures count, by key id. */
    sharedKeys: ReadonlyMap<string, string>;
    apiBase: string;
    /** Undefined: numbers are judged by the numbering plan alone. */
    lookupBase: string | undefined;
  }>;
  keyRing: Readonly<{ active: string; keys: ReadonlyMap<string, Buffer> }>;
  /** Keys by version, from 1. One key only, until rows can be re-keyed. */
  blindIndexKeys: readonly Buffer[];
  /** The active key signs the ledger; the other keys only verify it. */
  ledgerKeys: Readonly<{ active: string; keys: ReadonlyMap<string, Buffer> }>;
  /** Null: no console is served. */
  console: Readonly<{
    kind: 'on' | 'demo';
    sessionSecret: string;
    proxies: number;
    /** The provider by which members may sign in; null: there is none. */
    oidc: Readonly<{ issuer: string; clientId: string; clientSecret: string }> | null;
  }> | null;
  role: 'web' | 'worker' | 'all';
  /** Classes that may be planned once more after a crash. */
  planAgain: Readonly<{ transactional: boolean }>;
  /** `answers`: the worker sends answers to people only; all other deliveries stay planned. */
  handOver: 'all' | 'answers';
  logLevel: (typeof LOG_LEVELS)[number];
  shutdownSeconds: number;
}>;

/** Lists every problem of the environment at once. The message names variables and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration is not valid:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** Reads the configuration of a command. An empty variable counts as unset. Throws ConfigError. */
export const loadConfig = (env: NodeJS.ProcessEnv): Config => load(env, () => []);
/** As `loadConfig`, for the gateway: also refuses a PUBLIC_URL that the carrier cannot call. Throws ConfigError. */
export const loadGatewayConfig = (env: NodeJS.ProcessEnv): Config => load(env, unreachable);

/** Returns the variables that are set. An empty variable counts as unset. */
export const setIn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
export const problemsOf = (error: z.ZodError | undefined): string[] =>
  error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
export const ringOf = (keys: ReadonlyMap<string, Buffer>): Config['keyRing'] =>
  Object.freeze({ active: [...keys.keys()][0] ?? '', keys });

function load(env: NodeJS.ProcessEnv, furtherProblems: (env: NodeJS.ProcessEnv) => string[]): Config {
  const set = setIn(env);
  const parsed = ENVIRONMENT.safeParse(set);
  const problems = [
    ...problemsOf(parsed.error),
    ...withoutDatabase(set),
    ...unfitConsole(set),
    ...furtherProblems(set),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const value = parsed.data;
  const second = value.TWILIO_AUTH_TOKEN_SECONDARY;
  return Object.freeze({
    port: value.PORT,
    workerPort: value.WORKER_PORT,
    publicUrl: value.PUBLIC_URL,
    mongodbUri: value.MONGODB_URI,
    dataDir: value.DATA_DIR,
    simulatorPort: value.SIMULATOR_PORT,
    twilio: Object.freeze({
      accountSid: value.TWILIO_ACCOUNT_SID,
      authToken: value.TWILIO_AUTH_TOKEN,
      signingTokens: Object.freeze([value.TWILIO_AUTH_TOKEN, ...(second ? [second] : [])]),
      sharedKeys: value.TWILIO_SHARED_KEYS ?? new Map(),
      apiBase: value.TWILIO_API_BASE,
      lookupBase: value.TWILIO_LOOKUP_BASE,
    }),
    keyRing: ringOf(value.KEYRING),
    blindIndexKeys: Object.freeze([...value.BLIND_INDEX_KEY.values()]),
    ledgerKeys: ringOf(value.LEDGER_KEY),
    console: consoleOf(value),
    role: value.ROLE,
    planAgain: Object.freeze({ transactional: value.PLAN_AGAIN === 'transactional' }),
    handOver: value.HAND_OVER,
    logLevel: value.LOG_LEVEL,
    shutdownSeconds: value.SHUTDOWN_SECONDS,
  });
}

/**
 * This check is no refinement of the schema: zod runs a refinement of the whole object only when every variable is
 * valid, so the operator would learn of this problem only after correcting the others.
 */
function withoutDatabase({ ROLE, MONGODB_URI }: NodeJS.ProcessEnv): string[] {
  if (MONGODB_URI !== undefined || (ROLE !== 'web' && ROLE !== 'worker')) return [];
  return [`MONGODB_URI is required with ROLE=${ROLE}: only ROLE=all starts the embedded database`];
}

function consoleOf(value: z.infer<typeof ENVIRONMENT>): Config['console'] {
  const { CONSOLE: kind, PROXIES: proxies, SESSION_SECRET: sessionSecret = '' } = value;
  if (kind === 'off') return null;
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = value;
  const isWhole = issuer !== undefined && clientId !== undefined && clientSecret !== undefined;
  const oidc = isWhole && kind === 'on' ? Object.freeze({ issuer, clientId, clientSecret }) : null;
  return Object.freeze({ kind, sessionSecret, proxies, oidc });
}

const OIDC_VARIABLES = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;

/** The three variables of a provider are set together, and its answers come over TLS. */
function unfitOidc(env: NodeJS.ProcessEnv): string[] {
  const missing = OIDC_VARIABLES.filter((name) => env[name] === undefined);
  if (missing.length === OIDC_VARIABLES.length) return [];
  const isPlain = env.OIDC_ISSUER?.startsWith('http:') === true && !isLoopback(env.OIDC_ISSUER);
  return [
    ...missing.map((name) => `${name} is required with the other OIDC variables`),
    ...(isPlain ? ['OIDC_ISSUER must begin with https://: over http, anybody can sign in as anybody'] : []),
  ];
}

/** Faults of the variables that CONSOLE depends on, as sentences; empty where there are none. */
function unfitConsole({ CONSOLE, ...env }: NodeJS.ProcessEnv): string[] {
  if (CONSOLE !== 'demo' && CONSOLE !== 'on') return [];
  const secret =
    env.SESSION_SECRET === undefined ? [`SESSION_SECRET is required with CONSOLE=${CONSOLE}`] : [];
  return [...secret, ...(CONSOLE === 'demo' ? unfitDemo(env) : [...unfitAccounts(env), ...unfitOidc(env)])];
}

/** The console of the demo asks nobody for a password, so it stands beside a simulated carrier on this machine alone. */
function unfitDemo({ TWILIO_API_BASE }: NodeJS.ProcessEnv): string[] {
  const isSimulated =
    TWILIO_API_BASE !== undefined && URL.canParse(TWILIO_API_BASE) && isLoopback(TWILIO_API_BASE);
  if (isSimulated) return [];
  return ['CONSOLE must be off or on: the console of the demo needs a simulated carrier on this machine'];
}

/** Over http everybody on the way reads passwords and cookies. */
function unfitAccounts(env: NodeJS.ProcessEnv): string[] {
  const { data } = ENVIRONMENT.pick({ PUBLIC_URL: true }).safeParse(env);
  if (data === undefined || !data.PUBLIC_URL.startsWith('http:') || isLoopback(data.PUBLIC_URL)) return [];
  return ['PUBLIC_URL must begin with https:// with CONSOLE=on: over http, passwords can be read on the way'];
}

const ADDRESSES = ENVIRONMENT.pick({ PUBLIC_URL: true, TWILIO_API_BASE: true });

/**
 * Refuses a loopback PUBLIC_URL when the carrier is not on this machine: Twilio refuses a message whose callback
 * URL has such a host (Twilio Docs, error 21609). Reports nothing while one of the two addresses is invalid by
 * itself.
 */
function unreachable(env: NodeJS.ProcessEnv): string[] {
  const { data } = ADDRESSES.safeParse(env);
  if (data === undefined || !isLoopback(data.PUBLIC_URL) || isLoopback(data.TWILIO_API_BASE)) return [];
  return [
    `PUBLIC_URL is ${data.PUBLIC_URL}, which the carrier at TWILIO_API_BASE cannot reach: set the address that the gateway has on the internet`,
  ];
}

/** Whether the URL names this machine itself. */
export const isLoopback = (url: string): boolean =>
  /^(localhost|.+\.localhost|127\..+|0\.0\.0\.0|\[::1?\])$/.test(new URL(url).hostname);

/**
 * Loads `.env` of the working folder into the environment, if the file exists. Variables that are already set win.
 */
export function loadDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}

function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !/[?#\s]/.test(text);
  return plain && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** The project folder, which contains `templates`. Works from the sources and from `dist`. */
export const ROOT = join(
  import.meta.dirname,
  import.meta.dirname.endsWith(join('dist', 'src')) ? '../..' : '..',
);

/**
 * V8 flags for the memory of each role's process. In a web process, objects of a request live for some hundred
 * milliseconds: with enough young space V8 copies far fewer of them. A worker plans in batches, which live longer
 * and end as garbage of the old space. V8 would let that space grow to twice the live objects; collected sooner, a
 * worker holds half as much memory at the same speed.
 */
export const NODE_FLAGS = {
  web: ['--max-semi-space-size=128'],
  worker: ['--max-semi-space-size=16', '--heap-growing-percent=50'],
} as const;
