import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Pool, request } from 'undici';

/** Numbers that carriers disconnected on one day, YYYY-MM-DD, one a line; null where the day has no file (yet). */
export type DeactivationFile = (day: string) => Promise<AsyncIterable<string> | null>;

type DeactivationOptions = { apiBase: string; accountSid: string; authToken: string };

/** Longest wait for a head, and between two chunks of a body, ms. */
const WAIT_MS = 20_000;

/** A number has at most 16 characters. A file with longer lines is no list of numbers. */
const LONGEST_LINE = 200;

/** Thrown at a line longer than any line of a list of numbers. The rest of the file is not read. */
export class LineTooLong extends Error {
  override name = 'LineTooLong';
}

/**
 * Twilio has one host per product: "messaging.twilio.com" is not the host of its API. A simulator uses one host for
 * all.
 */
export function messagingBase(apiBase: string): string {
  const url = new URL(apiBase);
  if (/^api\.([\w-]+\.)*twilio\.com$/.test(url.hostname))
    url.hostname = url.hostname.replace(/^api\./, 'messaging.');
  return url.origin;
}

/** "Specified date is not available yet". */
const NOT_YET = 30114;

/**
 * Reads Twilio's deactivation files. The address of a day answers 307 with a link that works for about two minutes.
 * For a day without a file it answers an error whose code is documented and whose HTTP status is not. Source: Twilio
 * Docs, "Deactivations resource" and error 30114.
 */
export function createDeactivationFile(options: DeactivationOptions): {
  deactivatedOn: DeactivationFile;
  close: () => Promise<void>;
} {
  const base = messagingBase(options.apiBase);
  const pool = new Pool(base, { connections: 1, headersTimeout: WAIT_MS, bodyTimeout: WAIT_MS });
  const credentials = Buffer.from(`${options.accountSid}:${options.authToken}`).toString('base64');
  const headers = { accept: 'application/json', authorization: `Basic ${credentials}` };
  return {
    deactivatedOn: async (day) => {
      const answer = await pool
        .request({ method: 'GET', path: `/v1/Deactivations?Date=${day}`, headers })
        .catch(() => unread('could not be asked for'));
      const text = await answer.body.text().catch(() => '');
      const said = read(text);
      if (answer.statusCode === 404 || said?.code === NOT_YET) return null;
      if (answer.statusCode !== 307) return unread(`answered ${answer.statusCode}`);
      const { location } = answer.headers;
      const link = typeof location === 'string' ? location : String(said?.redirect_to);
      return open(link, new URL(base).protocol);
    },
    close: () => pool.close(),
  };
}

/** Null where the text is no JSON. */
function read(text: string): { redirect_to?: unknown; code?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Sends none of our credentials: the link is signed and leads to another host. */
async function open(link: string, protocol: string): Promise<AsyncIterable<string> | null> {
  const url = URL.canParse(link) ? new URL(link) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== protocol))
    return unread('leads nowhere');
  const file = await request(url, { headersTimeout: WAIT_MS, bodyTimeout: WAIT_MS }).catch(() =>
    unread('could not be opened'),
  );
  if (file.statusCode === 200) return linesIn(file.body);
  file.body.resume();
  return file.statusCode === 404 ? null : unread(`answered ${file.statusCode}`);
}

/**
 * The lines of a text, gzipped or not. Reads as the chunks arrive, so that a file of any length needs the memory of
 * one chunk.
 */
export async function* linesIn(body: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of unpacked(body)) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE)
      throw new LineTooLong("the carrier's deactivation file is no list of numbers: a line is too long");
    for (const line of lines) if (line.trim() !== '') yield line.trim();
  }
  if (rest.trim() !== '') yield rest.trim();
}

/**
 * Detects gzip by the first two bytes, because some stores do not name a file's encoding. Latin-1 suffices for
 * digits.
 */
async function* unpacked(body: Readable): AsyncGenerator<string> {
  const pieces: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const whole = Readable.from(follow(first.value, pieces));
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  // A truncated file fails the reader: `pipeline` destroys the last stream with the error.
  const plain = isPacked ? pipeline(whole, createGunzip(), () => undefined) : whole;
  for await (const piece of plain) yield (piece as Buffer).toString('latin1');
}

async function* follow(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The message never contains a link: everyone who has the link may read the file. */
function unread(how: string): never {
  throw new Error(`the carrier's deactivation file ${how}`);
}
