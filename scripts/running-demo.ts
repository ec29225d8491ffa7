import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, loadDotEnv } from '../src/config.ts';
import { holderOf } from '../src/running/data-dir-lock.ts';
import { embeddedAddress, KEY_FILE, PORT_FILE } from '../src/running/mongod/address.ts';

const demoFile = z.object({
  gateway: z.string(),
  simulator: z.string(),
  apiKey: z.string(),
  /** Label to number: E.164, or the digits of a short code. */
  numbers: z.record(z.string(), z.string()),
  /** Address of its database. */
  mongodb: z.string(),
  /** The process that wrote this file, by the name that the lock of DATA_DIR has while the process runs. */
  holder: z.string(),
});

/** Where the demo that runs on this data directory can be reached. */
export type RunningDemo = z.infer<typeof demoFile>;

/** A failure whose message is printed without a stack, and says what to do next. */
export class CommandFailure extends Error {}

const START_FIRST = 'No demo is running. Start it first: npm run demo';

/** Reads `demo.json` from DATA_DIR, which `.env` may set (default: ".data"). Throws `CommandFailure` if there is no such file. */
export async function findDemo(): Promise<RunningDemo> {
  loadDotEnv();
  const path = join(process.env.DATA_DIR || '.data', 'demo.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandFailure(START_FIRST);
  });
  try {
    return demoFile.parse(JSON.parse(text));
  } catch {
    throw new CommandFailure(`${path} cannot be read. Stop the demo and start it again: npm run demo`);
  }
}

/** Where a gateway answers, and a key to its API. */
export type GatewayAccess = Pick<RunningDemo, 'gateway' | 'apiKey'>;

const NO_KEY =
  'A key to the API is missing: put one with the scope contacts:read into ASSENT_API_KEY. npm run key -- --name support --scopes contacts:read makes one.';
const NO_PLACE = 'For another installation set ASSENT_URL and ASSENT_API_KEY.';
const NO_ADDRESS = 'must be the address of a gateway, such as https://sms.example.com';

/**
 * Returns the installation that `--url` and `--key`, or else ASSENT_URL and ASSENT_API_KEY, name; `.env` may set these
 * too. With a key alone, it is the gateway on this machine. Without both it is the running demo. Throws
 * `CommandFailure` if neither is there.
 */
export async function findGateway(given: { url?: string; key?: string }): Promise<GatewayAccess> {
  loadDotEnv();
  const { ASSENT_URL, ASSENT_API_KEY, PORT } = process.env;
  const url = given.url ?? (ASSENT_URL || undefined);
  const apiKey = given.key ?? (ASSENT_API_KEY || undefined);
  if (url === undefined && apiKey === undefined) {
    return findDemo().catch((error: unknown) => {
      throw error instanceof CommandFailure ? new CommandFailure(`${error.message}\n${NO_PLACE}`) : error;
    });
  }
  if (apiKey === undefined || !/^[!-~]+$/.test(apiKey)) throw new CommandFailure(NO_KEY);
  const address = url ?? `http://localhost:${PORT || 3000}`;
  if (!isAddress(address))
    throw new CommandFailure(`${given.url === undefined ? 'ASSENT_URL' : '--url'} ${NO_ADDRESS}`);
  return { gateway: address.replace(/\/+$/, ''), apiKey };
}

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
}

/**
 * Returns the address of the embedded database that the demo or `npm start` runs on DATA_DIR. Throws `CommandFailure` if there
 * never was one. The file of an earlier demo does not count if another process holds the folder now.
 */
export async function embeddedUri(): Promise<string> {
  const demo = await findDemo().catch(() => null);
  const dataDir = process.env.DATA_DIR || '.data';
  const holder = holderOf(dataDir);
  if (demo !== null && demo.holder === holder) return demo.mongodb;
  const read = (name: string): Promise<string> => readFile(join(dataDir, name), 'utf8');
  const [port, key] = await Promise.all([read(PORT_FILE), read(KEY_FILE)]).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new CommandFailure(
        `DATA_DIR ${dataDir} belongs to another user. Run this as the user who started it.`,
      );
    throw new CommandFailure(
      `Nothing runs on DATA_DIR ${dataDir}. Start it first (npm start, or npm run demo for the demo), or set MONGODB_URI.`,
    );
  });
  return embeddedAddress(Number(port), key);
}

/** Returns the database that a command works on, and a name for it that is safe to print: the address may hold a password. Throws like `embeddedUri`. */
export async function databaseInUse(): Promise<{ uri: string; place: string }> {
  const given = process.env.MONGODB_URI;
  if (given) return { uri: given, place: 'MONGODB_URI' };
  return { uri: await embeddedUri(), place: `DATA_DIR ${process.env.DATA_DIR || '.data'}` };
}

/** Calls a part of the demo. Throws `CommandFailure` with `unreached` if nothing answers. */
export async function call(
  url: string,
  init: RequestInit = {},
  unreached = START_FIRST,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init).catch(() => {
    throw new CommandFailure(unreached);
  });
  return { status: response.status, body: await response.json().catch(() => null) };
}

/** Runs a command. Prints the message of a `CommandFailure` or a `ConfigError` and sets exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof CommandFailure || error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
