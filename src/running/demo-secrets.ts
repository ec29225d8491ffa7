import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'KEYRING',
  'BLIND_INDEX_KEY',
  'LEDGER_KEY',
  'SESSION_SECRET',
] as const;

/** Secrets in the form of environment variables. */
type DemoSecrets = Record<(typeof NAMES)[number], string>;

const OWNER_ONLY = 0o600;

/**
 * The demo's own secrets: random, made on the first start, kept in `dataDir`/demo-keys.json (readable by its owner
 * alone), and the same ever after, because the stored numbers can be read with no others. Restricts a file mode
 * that is too wide. Throws when the file exists but cannot be read.
 */
export function demoSecrets(dataDir: string): DemoSecrets {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return madeSecrets(dataDir) ?? firstSecrets(fileIn(dataDir));
}

/** The secrets of an existing demo, for commands that only read; undefined when no demo has run here. */
export const madeSecrets = (dataDir: string): DemoSecrets | undefined => readSecrets(fileIn(dataDir));

const fileIn = (dataDir: string): string => join(dataDir, 'demo-keys.json');

/** `env` with these secrets where a variable is unset or empty. */
export function withSecrets(env: NodeJS.ProcessEnv, secrets: Partial<DemoSecrets>): NodeJS.ProcessEnv {
  const unset = Object.entries(secrets).filter(([name]) => !env[name]);
  return { ...env, ...Object.fromEntries(unset) };
}

function readSecrets(file: string): DemoSecrets | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure;
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, OWNER_ONLY);
  const secrets = parseSecrets(text);
  if (secrets) return secrets;
  throw new Error(
    `${file} is damaged. Without it the numbers stored beside it cannot be read; restore it, or remove the folder.`,
  );
}

function parseSecrets(text: string): DemoSecrets | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const secrets = value as DemoSecrets;
    return NAMES.every((name) => typeof secrets[name] === 'string') ? secrets : undefined;
  } catch {
    return undefined;
  }
}

function firstSecrets(file: string): DemoSecrets {
  const secrets: DemoSecrets = {
    TWILIO_ACCOUNT_SID: `AC${randomBytes(16).toString('hex')}`,
    TWILIO_AUTH_TOKEN: randomBytes(16).toString('hex'),
    KEYRING: `demo-1:${randomBytes(32).toString('base64')}`,
    BLIND_INDEX_KEY: `1:${randomBytes(32).toString('base64')}`,
    LEDGER_KEY: `1:${randomBytes(32).toString('base64')}`,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
  };
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, `${JSON.stringify(secrets, null, 2)}\n`, { mode: OWNER_ONLY, flush: true });
  try {
    // Creates the file by a link: it is there whole or not at all, and never replaces the keys that another start
    // made.
    linkSync(whole, file);
    return secrets;
  } catch (failure) {
    const written = readSecrets(file);
    if (written) return written;
    throw failure;
  } finally {
    rmSync(whole);
  }
}
