import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Pool, request } from 'undici';

/** Numbers the carriers disconnected on one day, YYYY-MM-DD, a line each; null where there is no file of it (yet). */
export type DeactivationFile = (day: string) => Promise<AsyncIterable<string> | null>;

type DeactivationOptions = { apiBase: string; accountSid: string; authToken: string };

/** Longest wait for a head, and between two pieces of a body, ms. */
const WAIT_MS = 20_000;

/** A number has at most 16 characters; a file with longer lines is none of numbers. */
const LONGEST_LINE = 200;

/** What came has a line that no list of numbers has, and was not read on. */
export class LineTooLong extends Error {
  override name = 'LineTooLong';
}

/** Twilio has a host for each product ("messaging.twilio.com" is another than that of its API); a simulator is one for all. */
export function messagingBase(apiBase: string): string {
  const url = new URL(apiBase);
  if (/^api\.([\w-]+\.)*twilio\.com$/.test(url.hostname))
    url.hostname = url.hostname.replace(/^api\./, 'messaging.');
  return url.origin;
}

/** "Specified date is not available yet". */
const NOT_YET = 30114;

/**
 * Reads Twilio's deactivation files: the day's address answers 307 to a link that is good for about two minutes, and of a day
 * whose file is not there yet an error, of which the code is documented and the HTTP status is not.
 * Source: Twilio Docs, "Deactivations resource" and error 30114.
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

/** Null where it is no JSON. */
function read(text: string): { redirect_to?: unknown; code?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Without our credentials: the link is signed, and leads to another host. */
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

/** The lines of a text, packed or not, read as they come: a file of any length takes the memory of a piece of it. */
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

/** By its first two bytes: some stores say nothing of a file's encoding. Latin-1: digits, whatever else is in it. */
async function* unpacked(body: Readable): AsyncGenerator<string> {
  const pieces: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const whole = Readable.from(follow(first.value, pieces));
  const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
  // A file that is broken off fails the reader: `pipeline` destroys the last stream with the error.
  const plain = isPacked ? pipeline(whole, createGunzip(), () => undefined) : whole;
  for await (const piece of plain) yield (piece as Buffer).toString('latin1');
}

async function* follow(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Never with a link in it: whoever has one may read the file. */
function unread(how: string): never {
  throw new Error(`the carrier's deactivation file ${how}`);
}
